// Loaded into the process of the bridge before itself: has its clock set and its event loop starved when told to.

type Order = { readonly offsetMs?: number; readonly starveMs?: number };

const trueNow = Date.now.bind(Date);
let offsetMs = 0;
Date.now = () => trueNow() + offsetMs;

process.on('message', ({ offsetMs: offset, starveMs }: Order) => {
  offsetMs = offset ?? offsetMs;
  const until = performance.now() + (starveMs ?? 0);
  while (performance.now() < until);
});
process.on('disconnect', () => process.exit()); // who started it is gone
process.channel?.unref();
