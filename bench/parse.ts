// What it costs to make signals of the bytes of a manager session, beside a bare native search for the ends of messages in
// the same bytes, and beside other packages that read them. All take turns, several times, and the median of the
// turns counts; what is compared is the time of the processor, which a busy machine does not change much. The heap is as
// small as in the image.

import process from 'node:process';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { KnownEvent } from '../src/core/ami/known-events.ts';
import { SignalReader } from '../src/core/pbx/signal.ts';
import { isSignalEvent } from '../src/core/pbx/signal-readers.ts';
import { millisAt } from '../src/core/pbx/signal-time.ts';
import { integerAt, textAt } from '../src/core/pbx/signal-values.ts';
import { MessageStream, type MessageStreamOptions } from '../src/io/ami/message-stream.ts';
import type { Due, Template } from '../test/support/template.ts';
import { createForKnownPlaces, KEYS, Last, NOWHERE } from './known-places.ts';
import { openPeers } from './peers.ts';
import { createBare, type Reader } from './reader.ts';
import { atLeast, type Bench, type Form, type Goal, median, type Row, toRow } from './rows.ts';
import { callRecordings, fullRecordings, stream, toReads } from './streams.ts';

type Make = () => Reader;

/** The collector goes on in threads of its own: what these take, 0.02 to 0.2 µs a message, is nobody's here. */
const COLLECTING_MS = 10;
/** So many rounds it takes until V8 has compiled all, of 60,000 messages each. */
const WARM_UP = 8;
/** At least so many bytes come between two turns of the event loop, as with large reads of a socket. */
const TURN_BYTES = 65_536;
const SIZES = [
  { name: '64 KiB reads', bytes: 65_536 },
  { name: '1.4 kB reads', bytes: 1_400 },
] as const;

const FORMS = {
  full: { events: 60_000, rounds: 15, peerRounds: 9 },
  quick: { events: 20_000, rounds: 11, peerRounds: 0 },
} as const satisfies Record<Form, unknown>;

type Goals = { readonly [F in Form]: number } & {
  readonly peers?: Readonly<Record<string, number>>;
};

const STREAMS: readonly {
  readonly name: string;
  readonly recordings: () => readonly Template[];
  readonly goals: Goals;
}[] = [
  {
    name: 'call-class',
    recordings: callRecordings,
    goals: { full: 0.55, quick: 0.1, peers: { 'asterisk-ami': 8, 'asterisk-manager': 20 } },
  },
  { name: 'full-class', recordings: fullRecordings, goals: { full: 0.75, quick: 0.15 } },
];

export const parse: Bench = async (form) => {
  const rows: Row[] = [];
  for (const { name, recordings, goals } of STREAMS) {
    const { events } = FORMS[form];
    const dues = [...stream({ recordings: recordings(), callsPerSecond: 200 }).take(events)];
    for (const size of SIZES) {
      const reads = [...toReads(dues, size.bytes)];
      const compared = `framing and reading, ${name} stream, ${size.name}`;
      const comparison = { form, goals, dues, reads, compared, messages: dues.length };
      rows.push(...(await compareAll(comparison)));
    }
  }
  return rows;
};

type Comparison = {
  readonly form: Form;
  readonly goals: Goals;
  readonly dues: readonly Due[];
  readonly reads: readonly Buffer[];
  readonly compared: string;
  readonly messages: number;
};

async function compareAll(comparison: Comparison): Promise<readonly Row[]> {
  const { form, goals, dues, reads, compared } = comparison;
  const { rounds, peerRounds } = FORMS[form];
  const bare = await ratio(comparison, { other: createBare, rounds });
  const rows = [toRow(compared, { figure: bare, unit: '× bare scan' }, atLeast(goals[form]))];
  if (peerRounds === 0) return rows;
  const knownPlaces = createForKnownPlaces(dues, reads);
  for (const [part, ours] of [...PARTS, [LIMIT, knownPlaces] as const]) {
    const figure = await ratio(comparison, { other: createBare, ours, rounds });
    rows.push(toRow(`${compared}: ${part}`, { figure, unit: '× bare scan' }));
  }
  for (const { name, create } of await openPeers()) {
    const figure = await ratio(comparison, { other: create, rounds: peerRounds });
    const goal: Goal | undefined = goals.peers && atLeast(goals.peers[name] ?? 0);
    rows.push(toRow(`${compared}, beside ${name}`, { figure, unit: `× ${name}` }, goal));
  }
  return rows;
}

type Compared = { readonly other: Make; readonly ours?: Make; readonly rounds: number };

/**
 * How many times as fast as the other we are. One session of each is open all the time, as in a process that is at work:
 * with the last object of a kind, V8 throws away what it has compiled for that kind.
 */
async function ratio(
  { reads, messages }: Comparison,
  { other, ours: make = createOurs, rounds }: Compared,
): Promise<number> {
  const ratios: number[] = [];
  const open = [other(), make()];
  for (const reader of open) for (const read of reads) reader.push(read);
  for (let round = -WARM_UP; round < rounds; round++) {
    const theirs = await cost(other, reads, messages);
    const ours = await cost(make, reads, messages);
    if (round >= 0) ratios.push(theirs / ours); // the others warm up
  }
  if (open.some((reader) => reader.messages === 0)) throw new Error('no messages were found');
  return median(ratios);
}

/** Microseconds of the processor. @throws where it finds another number of messages than there are */
async function cost(make: Make, reads: readonly Buffer[], messages: number): Promise<number> {
  const reader = make();
  globalThis.gc?.();
  await pause(COLLECTING_MS);
  const before = process.cpuUsage();
  let bytes = 0;
  for (const read of reads) {
    reader.push(read);
    bytes += read.length;
    if (bytes >= TURN_BYTES) {
      bytes = 0;
      await turn();
    }
  }
  await turn();
  const { user, system } = process.cpuUsage(before);
  const isOff = Math.abs(reader.messages - messages) > (reader.isForgetful ? reads.length : 0);
  if (isOff) throw new Error(`${make.name} found ${reader.messages} of ${messages} messages`);
  return user + system;
}

/** As src/io/ami/connection.ts and src/app/intake.ts do it. */
function createOurs(): Reader {
  const reader = new SignalReader();
  return createReader(
    (message) => reader.read(message, 0),
    (name) => reader.wants(name),
  );
}

/** What nobody exceeds who searches natively. */
const LIMIT = 'a bare scan that also cuts out three values at places known before';

/** What of it is left where nothing is wanted, where what is wanted is not read, and where nothing is made of what is read. */
const PARTS: readonly (readonly [part: string, make: Make])[] = [
  [
    'framing alone',
    () =>
      createReader(
        () => {},
        () => false,
      ),
  ],
  ['without reading values', () => createReader(() => {}, isSignalEvent)],
  [
    'with three values read, and nothing made of them',
    () => createReader(readThree(), isSignalEvent),
  ],
];

/** The same values as at places known before, as src/core/pbx reads them, where they stand in an event of a known layout. */
function readThree(): MessageStreamOptions['onMessage'] {
  const seen = new Last();
  return (message) => {
    if (!(message instanceof KnownEvent)) return;
    const { layout } = message;
    if (!Array.isArray(layout.plan)) layout.plan = KEYS.map((key) => layout.placeOf(key));
    const places = layout.plan as readonly number[];
    const [stamp = NOWHERE, state = NOWHERE, id = NOWHERE] = places;
    seen.at = millisAt(message, stamp);
    seen.state = integerAt(message, state);
    seen.id = textAt(message, id);
  };
}

function createReader(
  onMessage: MessageStreamOptions['onMessage'],
  wants: (eventName: string) => boolean,
): Reader {
  let messages = 0;
  const bytes = new MessageStream({
    wanted: (name) => {
      messages += 1;
      return wants(name);
    },
    onMessage,
  });
  return {
    push: (read) => bytes.push(read),
    get messages() {
      return messages;
    },
  };
}
