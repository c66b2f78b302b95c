// Streams of a manager session made from the recordings: as many calls as asked for, each a recording that happens again
// with other people on other channels, overlapping as they would at that rate. The same seed gives the same bytes.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTimes } from '../src/core/capture/format.ts';
import { seeded } from '../test/faults/load.ts';
import { happen, Numbering, type Template, toTemplate } from '../test/faults/template.ts';

const FOLDER = join(import.meta.dirname, '../testdata/fixtures');

export type StreamOptions = {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly seed?: number;
  /** Epoch milliseconds at which it begins. */
  readonly startAt?: number;
};

/** The recordings of Asterisk 22 that last no longer than that. */
export function templates(mostSeconds = 20): readonly Template[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.raw') && !file.endsWith('.16.raw'))
    .map((file) => {
      const stem = join(FOLDER, file.slice(0, -'.raw'.length));
      const text = readFileSync(`${stem}.raw`, 'latin1');
      const times = parseTimes(readFileSync(`${stem}.times`, 'latin1'));
      return toTemplate(file.slice(0, -'.raw'.length), { ...times, text });
    })
    .filter(({ seconds, messages }) => seconds <= mostSeconds && messages.length > 0);
}

export function stream(options: StreamOptions): Buffer {
  const { calls, callsPerSecond, seed = 1, startAt = 1_770_888_000_000 } = options;
  const random = seeded(seed);
  const numbering = new Numbering();
  const all = templates();
  const due = Array.from({ length: calls }, (_, n) => {
    const template = all[Math.floor(random() * all.length)];
    if (template === undefined) throw new Error('there are no recordings');
    return [...happen(template, startAt + (n * 1_000) / callsPerSecond, numbering)];
  }).flat();
  due.sort((a, b) => a.at - b.at);
  return Buffer.from(due.map(({ text }) => text).join(''), 'latin1');
}
