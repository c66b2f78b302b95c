// A process whose outbox has nothing to do but to keep that it was heard, again and again, to be killed at any moment. It
// writes what is kept, a line each.
//   node test/support/marking-child.ts FILE

import { writeSync } from 'node:fs';
import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { beginDisk } from '../../src/io/store/disk-link.ts';

const [, , path = ''] = process.argv;
const disk = await beginDisk({ path, when: new Promise(() => {}), onRefused: () => {} });
const nothing = { events: [], gone: [], removed: [] };
for (let n = 1; ; n += 1) {
  await disk.run({ ...nothing, saved: [['heard', String(n)]] });
  writeSync(1, `${n}\n`);
  await turn();
}
