import { startUp } from './start-up.ts';
for (const r of await startUp('full')) console.log(r.measure, r.figure, r.unit);
