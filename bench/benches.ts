// All benches, in the order in which they are told.

import type { Bench } from './rows.ts';

export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  parse: async () => (await import('./parse.ts')).parse,
  'open-calls': async () => (await import('./open-calls.ts')).openCalls,
  memory: async () => (await import('./memory.ts')).memory,
  'end-to-end': async () => (await import('./end-to-end.ts')).endToEnd,
  capacity: async () => (await import('./capacity.ts')).capacity,
  'start-up': async () => (await import('./start-up.ts')).startUp,
  size: async () => (await import('./size.ts')).size,
};
