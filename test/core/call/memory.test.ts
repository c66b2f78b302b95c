import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import type { Signal } from '../../../src/core/pbx/signal.ts';
import { messagesOf, signalsOf } from '../../support/captures.ts';
import { heapUsed } from '../../support/heap.ts';

const FOLDER = 'testdata/fixtures';
const PIECE_BYTES = 65_536;

it('nothing that is known of calls keeps a piece of the stream alive', () => {
  const halves = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.raw') && !file.endsWith('.16.raw'))
    .map((file) => signalsOf(messagesOf(readFileSync(`${FOLDER}/${file}`))))
    .map((signals) => signals.slice(0, signals.length / 2));
  const correlators = halves.map(() => new Correlator());
  const before = heapUsed();
  for (const [n, signals] of halves.entries()) {
    for (const signal of signals) correlators[n]?.handle(cutOut(signal));
  }
  const grown = heapUsed() - before;
  expect(correlators.some(({ openCalls }) => openCalls.active > 0)).toBe(true);
  expect(grown).toBeLessThan(halves.length * 4_000);
});

/** Each of its texts was cut out of a piece that it shares with nobody. */
function cutOut(signal: Signal): Signal {
  return JSON.parse(JSON.stringify(signal), (_, value) =>
    typeof value === 'string' ? cut(value) : value,
  );
}

function cut(text: string): string {
  const piece = Buffer.alloc(PIECE_BYTES);
  piece.write(text, 1, 'latin1');
  return piece.toString('latin1').slice(1, 1 + text.length);
}
