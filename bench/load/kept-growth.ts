// The points of the last run and what is drawn of them; that alone is drawn by: node bench/load/kept-growth.ts

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Growth, toSvg } from './growth.ts';

const FILE = join(import.meta.dirname, 'growth.json');
const DRAWING = join(import.meta.dirname, '../../docs/performance.svg');

export async function keepGrowth(growth: Growth): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(growth, undefined, 2)}\n`);
  await writeFile(DRAWING, toSvg(growth));
}

if (import.meta.main) await keepGrowth(JSON.parse(await readFile(FILE, 'utf8')) as Growth);
