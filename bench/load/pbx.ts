// A process that is a manager interface: it plays calls in real time, at any rate, and begins some that stay open.

import { setTimeout as delay } from 'node:timers/promises';
import { LivePbx } from '../../test/faults/live-pbx.ts';
import { Numbering } from '../../test/support/template.ts';
import { serve } from '../end-to-end/process.ts';
import { callRecordings, type StreamOptions, stream, talkRecordings } from '../streams.ts';

/** As many messages at most are told at once. */
const AT_ONCE = 1_000;

export type Played = { readonly messages: number; readonly thrownOut: number };
export type Play = Pick<StreamOptions, 'callsPerSecond' | 'calls'>;

const pbx = await LivePbx.listen({ tracks: false, writeTimeoutMs: 10_000 });
const numbering = new Numbering();
const recordings = callRecordings();
const talks = talkRecordings(recordings);

serve({
  port: async () => pbx.port,
  /** Until the last one has ended. */
  play: (options: Play) => play({ ...options, recordings }),
  /** Until all of them talk. */
  open: (options: Play) => play({ ...options, recordings: talks }),
});

async function play(options: Omit<StreamOptions, 'startAt'>): Promise<Played> {
  let messages = 0;
  let texts: string[] = [];
  const tell = () => {
    messages += texts.length;
    pbx.tell(texts);
    texts = [];
  };
  for (const { at, text } of stream({ ...options, numbering, startAt: Date.now() })) {
    const aheadMs = at - Date.now();
    if (aheadMs > 0 || texts.length >= AT_ONCE) {
      tell();
      await delay(Math.max(aheadMs, 0));
    }
    texts.push(text);
  }
  tell();
  return { messages, thrownOut: pbx.thrownOut };
}
