// Bytes like those of Asterisk, and not quite.

export type Random = (below: number) => number;

/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Mutation = (bytes: Buffer, random: Random, other: () => Buffer) => Buffer;

/** One to eight changes, of a part that is small enough to try many. */
export function mutate(bytes: Buffer, other: () => Buffer, random: Random): Buffer {
  let mutated = part(bytes, random);
  for (let times = 1 + random(8); times > 0; times--) {
    const mutation = MUTATIONS[random(MUTATIONS.length)];
    if (mutation !== undefined) mutated = mutation(mutated, random, other);
  }
  return mutated;
}

const MOST_BYTES = 64 * 1024;

/** From the beginning of a message on. */
function part(bytes: Buffer, random: Random): Buffer {
  if (bytes.length <= MOST_BYTES) return bytes;
  const from = bytes.indexOf('\r\n\r\n', random(bytes.length - MOST_BYTES)) + 4;
  return bytes.subarray(from, from + MOST_BYTES);
}

const WORDS = [
  ...['\r\n', '\r\n\r\n', '\n', '\r', '\0', ': ', ':', ';', '"', '\\', '%', '#', '+', '/', ' '],
  ...['Event: Hangup', 'Event: Shutdown', 'Event: Newchannel', 'Response: Success', 'ActionID: 1'],
  ...['Uniqueid: ', 'Linkedid: ', 'Channel: ', 'ChannelState: 6', 'Timestamp: 253402300799.999999'],
  ...['Timestamp: -1.000000', 'Timestamp: 10413792000.000000', 'Position: 1e400', 'Position: -0'],
  ...['DurationMs: NaN', 'Cause: 9007199254740993', '\xc3', '\xe2\x82', '\xf0\x9f\x98', '\xff\xfe'],
  ...['\\r\\n', '<unknown>', '__proto__', 'constructor', 'Local/1@x;1', 'Local/1@x;2'],
];

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[random(changed.length)] = random(256);
    return changed;
  },
  (bytes, random) => splice(bytes, place(bytes, random, 1 + random(60)), NOTHING),
  (bytes, random) => splice(bytes, place(bytes, random), word(random)),
  (bytes, random) => splice(bytes, place(bytes, random), many(random)),
  (bytes, random) => intoValue(bytes, random, Buffer.concat([word(random), word(random)])),
  (bytes, random) => intoValue(bytes, random, word(random)),
  (bytes, random) => {
    const [from, to] = message(bytes, random); // again
    return splice(bytes, place(bytes, random), bytes.subarray(from, to));
  },
  (bytes, random) => splice(bytes, message(bytes, random), NOTHING),
  (bytes, random, other) => {
    const stranger = other();
    const [from, to] = message(stranger, random);
    const [at] = message(bytes, random);
    return splice(bytes, [at, at], stranger.subarray(from, to));
  },
];

type Place = readonly [from: number, to: number];

function splice(bytes: Buffer, [from, to]: Place, insert: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(to)]);
}

function place(bytes: Buffer, random: Random, length = 0): Place {
  const from = random(bytes.length + 1);
  return [from, from + length];
}

const NOTHING = Buffer.alloc(0);

function word(random: Random): Buffer {
  return Buffer.from(WORDS[random(WORDS.length)] ?? '', 'latin1');
}

function many(random: Random): Buffer {
  const times = 1 + random(random(20) === 0 ? 20_000 : 500);
  const one = word(random);
  return Buffer.concat(Array.from({ length: times }, () => one));
}

/** Before the end of some line. */
function intoValue(bytes: Buffer, random: Random, text: Buffer): Buffer {
  const end = bytes.indexOf('\r\n', random(bytes.length + 1));
  return end < 0 ? bytes : splice(bytes, [end, end], text);
}

/** Where some message begins and ends. */
function message(bytes: Buffer, random: Random): Place {
  const before = bytes.indexOf('\r\n\r\n', random(bytes.length + 1));
  const from = before < 0 ? 0 : before + 4;
  const end = bytes.indexOf('\r\n\r\n', from);
  return [from, end < 0 ? bytes.length : end + 4];
}
