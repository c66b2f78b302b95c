// What is told of recordings does not depend on how their bytes arrive, on what else happens, or on the PBX saying when.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AmiMessage, toMessage } from '../src/core/ami/message.ts';
import { Correlator } from '../src/core/call/correlator.ts';
import type { CallEvent } from '../src/core/event/call-event.ts';
import { isSignal, type Signal, SignalReader } from '../src/core/pbx/signal.ts';
import { Framing } from '../src/io/ami/framing.ts';
import { messagesOf, signalsOf } from './support/captures.ts';
import { runs } from './support/property-runs.ts';

const FOLDER = 'testdata/fixtures';
const recording = fc.constantFrom(...readdirSync(FOLDER).filter((file) => file.endsWith('.raw')));

function eventsOf(signals: readonly Signal[]): readonly CallEvent[] {
  const correlator = new Correlator();
  const told = signals.flatMap((signal) => correlator.handle(signal));
  return [...told, ...correlator.elapse(Number.POSITIVE_INFINITY)];
}

describe('the bytes of a recording', () => {
  it('are the same messages wherever they are cut', () => {
    const cuts = fc.array(fc.nat(), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(recording, cuts, (file, places) => {
        const bytes = readFileSync(`${FOLDER}/${file}`);
        expect(framed(piecesOf(bytes, places))).toEqual(messagesOf(bytes));
      }),
      { numRuns: runs(10) },
    );
  });
});

/** Without the banner, which is read before there are messages. */
function piecesOf(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const rest = bytes.subarray(bytes.indexOf('\n') + 1);
  const cuts = [0, ...places.map((place) => place % rest.length), rest.length].sort(
    (a, b) => a - b,
  );
  return cuts.map((cut, index) => rest.subarray(cut, cuts[index + 1]));
}

function framed(pieces: readonly Buffer[]): readonly AmiMessage[] {
  const messages: AmiMessage[] = [];
  const framing = new Framing({ onMessage: (text) => messages.push(toMessage(text)) });
  for (const piece of pieces) framing.push(piece);
  return messages;
}

describe('a PBX that does not say when', () => {
  it('is told as one that does, but for what only its clock can tell apart', () => {
    fc.assert(
      fc.property(recording, (file) => {
        const messages = messagesOf(readFileSync(`${FOLDER}/${file}`));
        const undated = eventsOf(undatedSignalsOf(messages)).map(withoutOccurrence);
        expect(undated).toEqual(eventsOf(signalsOf(messages)).map(withoutOccurrence));
      }),
      { numRuns: runs(10) },
    );
  });
});

const TIMESTAMP = /^Timestamp: (\d+\.\d+)\r\n/m;

/** Each was received when the PBX says that it was sent. */
function undatedSignalsOf(messages: readonly AmiMessage[]): readonly Signal[] {
  const reader = new SignalReader();
  return messages.flatMap(({ text }) => {
    const [, seconds = '0'] = TIMESTAMP.exec(text) ?? [];
    const receivedAt = Math.floor(Number(seconds) * 1_000);
    const result = reader.read(toMessage(text.replace(TIMESTAMP, '')), receivedAt);
    return isSignal(result) ? [result] : [];
  });
}

/** Told apart by the PBX's clock, or counted. */
function withoutOccurrence(event: CallEvent): Omit<CallEvent, 'occurrence'> {
  const { occurrence: _, ...rest } = { occurrence: '', ...event };
  return rest;
}

describe('two recordings at once', () => {
  it('are told as each alone', () => {
    fc.assert(
      fc.property(recording, fc.option(recording, { freq: 1 }), (file, other) => {
        const one = signalsOf(messagesOf(readFileSync(`${FOLDER}/${file}`)));
        const two = strangersOf(readFileSync(`${FOLDER}/${other ?? file}`), one[0]?.at ?? 0);
        fc.pre(![...one, ...two].some(({ type }) => type === 'pbx-shutdown')); // which ends all calls
        const together = [...one, ...two].toSorted((a, b) => a.at - b.at);
        const alone = [...eventsOf(sorted(one)), ...eventsOf(sorted(two))];
        expect(byCall(eventsOf(together))).toEqual(byCall(alone));
      }),
      { numRuns: runs(10) },
    );
  });
});

const sorted = (signals: readonly Signal[]) => signals.toSorted((a, b) => a.at - b.at);
const byCall = (events: readonly CallEvent[]) => Map.groupBy(events, ({ callId }) => callId);

/** The same of others: with ids, bridges and channels that nobody else has, from a time on. */
function strangersOf(bytes: Buffer, startAt: number): readonly Signal[] {
  const text = bytes
    .toString('latin1')
    .replaceAll(/\b\d(\d{9}\.\d{1,5})\b/g, '3$1')
    .replaceAll(/-[0-9a-f]([0-9a-f]{7}(?:;[12])?\r)/g, '-f$1')
    .replaceAll(/^(BridgeUniqueid: )/gm, '$1stranger-');
  const signals = signalsOf(messagesOf(Buffer.from(text, 'latin1')));
  const shift = startAt - (signals[0]?.at ?? 0);
  return signals.map((signal) => ({ ...signal, at: signal.at + shift }));
}
