// The rows of earlier runs, and the page that shows them; that alone is written by: node test/faults/kept-results.ts

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ABOUTS } from './abouts.ts';
import type { Plan } from './plan.ts';
import { failedRow, type Results, type Row, toPage } from './results.ts';

const FILE = join(import.meta.dirname, 'results.json');
const PAGE = join(import.meta.dirname, '../../docs/faults.md');

export async function keepRow(name: string, row: Row): Promise<void> {
  await keep({ ...(await read()), [name]: row });
}

export async function keepFailure(name: string, plan: Plan): Promise<void> {
  await keepRow(name, failedRow(plan));
}

async function read(): Promise<Results> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Results;
}

async function keep(results: Results): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
  await writeFile(PAGE, toPage(results, ABOUTS));
}

if (import.meta.main) await keep(await read());
