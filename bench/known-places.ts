// A limit for who reads values: a bare search for the ends of messages, and then three values of each event of a call, cut
// out at places that were found beforehand. It compares nothing, so it believes everything; and what lies in two reads it
// leaves out.

import { isSignalEvent } from '../src/core/pbx/signal-readers.ts';
import type { Due } from '../test/support/template.ts';
import { createBare, type Reader } from './reader.ts';

/** What is read of every event: when it happened, and what has become of which channel. */
export const KEYS = ['Timestamp', 'ChannelState', 'Uniqueid'] as const;
/** Of some events, since a text of each would take longer. */
const TEXT_BYTES = 4 * 1024;

/** Of one event: where its values begin and end, in turns; `NOWHERE` twice where it has none of that name. */
type Edges = readonly number[];

export const NOWHERE = -1;
const NO_EDGES = new Int32Array();

/** For these reads of this stream only, and in this order. */
export function createForKnownPlaces(dues: readonly Due[], reads: readonly Buffer[]): () => Reader {
  const edgesOfReads = placesIn(dues, reads).map((events) => Int32Array.from(events.flat()));
  return () => {
    const bare = createBare();
    const seen = new Last();
    let next = 0;
    return {
      isForgetful: true,
      push: (read) => {
        bare.push(read);
        takeValues(read, edgesOfReads[next++ % reads.length] ?? NO_EDGES, seen);
      },
      get messages() {
        return bare.messages;
      },
    };
  };
}

/** V8 leaves out what nobody can see. */
export class Last {
  at: unknown;
  state: unknown;
  id: unknown;
}

function takeValues(read: Buffer, edges: Int32Array, seen: Last): void {
  let text = '';
  let from = 0;
  let to = 0;
  for (let n = 0; n < edges.length; n += 2 * KEYS.length) {
    const last = edges[n + 2 * KEYS.length - 1] ?? 0;
    if (last > to) {
      from = edges[n] ?? 0;
      to = Math.min(read.length, Math.max(last, from + TEXT_BYTES));
      text = read.toString('latin1', from, to);
    }
    const value = (key: number) => {
      const start = edges[n + 2 * key] ?? NOWHERE;
      return start < 0 ? undefined : text.slice(start - from, (edges[n + 2 * key + 1] ?? 0) - from);
    };
    seen.at = value(0);
    seen.state = value(1);
    seen.id = value(2);
  }
}

function placesIn(dues: readonly Due[], reads: readonly Buffer[]): readonly Edges[][] {
  const places: Edges[][] = reads.map(() => []);
  const size = reads[0]?.length ?? 0;
  let start = 0;
  for (const { text } of dues) {
    const read = Math.floor(start / size);
    const isWhole = Math.floor((start + text.length - 1) / size) === read;
    if (isWhole && isOfCalls(text)) places[read]?.push(edgesOf(text, start - read * size));
    start += text.length;
  }
  return places;
}

function isOfCalls(text: string): boolean {
  return isSignalEvent(/^Event: (.*)\r/.exec(text)?.[1] ?? '');
}

function edgesOf(text: string, start: number): Edges {
  return KEYS.flatMap((key) => {
    const header = text.indexOf(`\r\n${key}: `);
    if (header < 0) return [NOWHERE, NOWHERE];
    const begin = header + key.length + 4;
    return [start + begin, start + text.indexOf('\r\n', begin)];
  });
}
