// A process that hears calls of all kinds as fast as it can, from their signals to what is told, with any number of others
// open all the time.

import { serve } from '../end-to-end/process.ts';
import { Hearing } from '../hearing.ts';
import { CallsHeard } from './calls-heard.ts';
import { memory } from './heap.ts';

/** So many calls are measured together. */
const LAP = 2_000;

type Calls = { readonly calls: number };

const hearing = new Hearing();
const heard = new CallsHeard();

serve({
  /** Until they talk. They stay open. */
  open: async ({ calls }: Calls) => hearing.hear(heard.upTo('talking', calls)),
  /** Microseconds of the processor for a signal, of each lap. */
  run: async ({ calls }: Calls) => lapsOf(calls),
  openCalls: async () => hearing.openCalls,
  heapBytes: async () => memory().heapUsed,
});

function lapsOf(calls: number): readonly number[] {
  const laps: number[] = [];
  for (let done = 0; done < calls; done += LAP) {
    hearing.take();
    hearing.hear(heard.wholeCalls(LAP));
    const { milliseconds, signals } = hearing.take();
    laps.push((milliseconds * 1_000) / signals);
  }
  return laps;
}
