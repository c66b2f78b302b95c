// Loaded into the process of the bridge before itself: has its clock set, its event loop starved and its garbage collected
// when told to.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Order = { readonly offsetMs?: number; readonly starveMs?: number; readonly collect?: true };

setFlagsFromString('--expose-gc');
const collectGarbage: (how: object) => void = runInNewContext('gc');

const trueNow = Date.now.bind(Date);
let offsetMs = 0;
Date.now = () => trueNow() + offsetMs;

process.on('message', ({ offsetMs: offset, starveMs, collect }: Order) => {
  offsetMs = offset ?? offsetMs;
  const until = performance.now() + (starveMs ?? 0);
  while (performance.now() < until);
  if (collect) collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
});
process.on('disconnect', () => process.exit()); // who started it is gone
process.channel?.unref();
