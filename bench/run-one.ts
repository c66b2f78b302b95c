// One bench, as a process of its own: what another one has made of the compiler and the heap is none of its business.
// What it gives goes to the process that has started it.
//   node bench/run-one.ts NAME full|quick

import process from 'node:process';
import { BENCHES } from './benches.ts';

const [, , name = '', form] = process.argv;
const open = BENCHES[name];
if (open === undefined) throw new Error(`there is no bench ${name}`);
const bench = await open();
const rows = await bench(form === 'quick' ? 'quick' : 'full');
process.send?.(rows);
process.disconnect?.();
