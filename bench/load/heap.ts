// Memory without what is not needed any more, and without the room that V8 keeps for what may come.

import process from 'node:process';

export function memory(): NodeJS.MemoryUsage {
  if (globalThis.gc === undefined) throw new Error('Run it with node --expose-gc.');
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return process.memoryUsage();
}
