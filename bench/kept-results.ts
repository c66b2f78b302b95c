// The figures of earlier runs, and the page that shows them; that alone is written by: node bench/kept-results.ts

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCHES } from './benches.ts';
import { type Kept, type Results, toPage } from './results.ts';

const FILE = join(import.meta.dirname, 'results.json');
const PAGE = join(import.meta.dirname, 'RESULTS.md');

export async function keep(name: string, kept: Kept): Promise<void> {
  await write({ ...(await read()), [name]: kept });
}

async function read(): Promise<Results> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Results;
}

async function write(results: Results): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
  await writeFile(PAGE, toPage(results, Object.keys(BENCHES)));
}

if (import.meta.main) await write(await read());
