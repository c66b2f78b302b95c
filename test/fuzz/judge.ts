// Whether the code keeps its promises with bytes of any kind.

import { sanitize } from '../../src/core/capture/sanitize.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { type Told, tellOf } from '../support/hostile.ts';
import { objections } from '../support/schemas.ts';
import type { Random } from './mutate.ts';

export type Finding = { readonly promise: string; readonly detail: string };

export type Verdict = {
  /** What was to be seen of how they were treated. */
  readonly behaviours: readonly string[];
  readonly findings: Finding[];
};

/** What the bridge may take at a time from a chunk, however it was made. */
const MOST_MS = 50;
const CHUNK_BYTES = 64 * 1024;
/** Wiretap reads files of any size and takes its time; here it has to come to an end. */
const MOST_SANITIZED_BYTES = 16 * 1024;

export function judge(bytes: Buffer, random: Random): Verdict {
  try {
    const told = tellOf(chunksOf(bytes, () => CHUNK_BYTES));
    const cut = tellOf(chunksOf(bytes, () => 1 + random(2_000)));
    const findings = [
      ...callFindings(told),
      ...cutFindings(told, cut),
      ...timeFindings(told, bytes),
    ];
    const counts = sanitizeTwice(bytes, findings);
    const happened = new Set(told.events.map(({ event }) => event));
    return { behaviours: [...told.readings, ...happened, counts], findings };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { behaviours: [detail], findings: [{ promise: 'nothing throws', detail }] };
  }
}

function* chunksOf(bytes: Buffer, size: () => number): Generator<Buffer> {
  for (let from = 0, to = 0; from < bytes.length; from = to) {
    to = from + size();
    yield bytes.subarray(from, to);
  }
}

function cutFindings(told: Told, cut: Told): readonly Finding[] {
  const isSame = told.payloads.join('\n') === cut.payloads.join('\n');
  return isSame ? [] : [{ promise: 'cuts change nothing', detail: 'other payloads' }];
}

/** What was slow once may have been the machine. */
function timeFindings({ longestMs }: Told, bytes: Buffer): readonly Finding[] {
  if (longestMs <= MOST_MS) return [];
  const again = [0, 0, 0].map(() => tellOf(chunksOf(bytes, () => CHUNK_BYTES)).longestMs);
  const least = Math.min(...again);
  if (least <= MOST_MS) return [];
  return [{ promise: 'no chunk blocks', detail: `${Math.round(least)} ms` }];
}

/** The laws of a call (CONTRACT: what is one call), and the schema of every payload. */
function callFindings({ events, payloads }: Told): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [callId, own] of Map.groupBy(events, (event) => event.callId)) {
    const names = own.map(({ event }) => event);
    const detail = `${JSON.stringify(callId)}: ${names.join(' ')}`;
    if (!isLife(names)) findings.push({ promise: 'a call has one life', detail });
    if (own.some(({ sequence }, index) => sequence !== index + 1)) {
      findings.push({ promise: 'a sequence has no holes', detail });
    }
  }
  for (const [index, payload] of payloads.entries()) {
    const { event } = events[index] as CallEvent; // as many as payloads
    const wrong = objections(`call/${event}`, JSON.parse(payload));
    if (wrong.length > 0) findings.push({ promise: 'payloads fit', detail: wrong.join('; ') });
  }
  return findings;
}

function isLife(names: readonly string[]): boolean {
  const count = (name: string) => names.filter((one) => one === name).length;
  const ends = names.indexOf('hungup');
  return count('ringing') <= 1 && count('answered') <= 1 && (ends < 0 || ends === names.length - 1);
}

function sanitizeTwice(bytes: Buffer, findings: Finding[]): string {
  const text = bytes.toString('latin1', 0, MOST_SANITIZED_BYTES);
  const capture = { startedAt: 0, reads: text === '' ? [] : [{ offset: 0, ms: 0 }], text };
  const { capture: clean, counts } = sanitize(capture);
  const again = sanitize(clean);
  if (again.capture.text !== clean.text) {
    findings.push({ promise: 'what is sanitized stays', detail: 'it changed again' });
  }
  if (clean.text.split('\n').length !== text.split('\n').length) {
    findings.push({ promise: 'lines stay lines', detail: 'another number of lines' });
  }
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind]) => kind)
    .join('+');
}
