// What a story looks like: three recordings as a reader sees them (testdata/stories/*.txt, renewed by
// `npx vitest run --project unit test/core/story/print.test.ts -u` and then looked through), and what print alone decides.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Entry, SuspectReason, Told } from '../../../src/core/story/entry.ts';
import {
  concerns,
  type Paint,
  type Printing,
  printCalls,
  printEntry,
  printHead,
  printRest,
} from '../../../src/core/story/print.ts';
import { entriesOf } from '../../../src/core/story/story.ts';
import { toSummary } from '../../../src/core/story/summary.ts';
import { ANSWERED, HUNGUP, RINGING } from '../event/call-events.ts';

const PLAIN: Printing = { paint: (_, text) => text, startedAt: RINGING.at };
const MARKED: Paint = (role, text) => `<${role}>${text}</>`;

describe('the story of a recording', () => {
  it.each(['answered-internal', 'declined', 'transfer-attended-caller'])(
    'of %s can be read',
    async (name) => {
      const text = readFileSync(`testdata/fixtures/${name}.raw`, 'latin1');
      const capture = { startedAt: 0, text, reads: [{ offset: 0, ms: 0 }] };
      const entries = [...entriesOf(capture, { digits: false })];
      const summary = toSummary(entries);
      const printing = { ...PLAIN, startedAt: summary.startedAt ?? 0 };
      const lines = [
        ...printHead(summary, printing),
        ...printCalls(summary.calls, printing),
        ...entries.flatMap((entry) => [...printEntry(entry, printing)]),
        ...printRest(summary, printing),
      ];
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
        `../../../testdata/stories/${name}.txt`,
      );
    },
  );
});

const told = (more: Partial<Told> = {}): Told => ({
  event: RINGING,
  why: 'It rings.',
  since: undefined,
  ...more,
});
const signal = (more: Partial<Extract<Entry, { kind: 'signal' }>>): Entry => ({
  kind: 'signal',
  at: RINGING.at,
  line: 'Newstate X',
  callId: RINGING.callId,
  told: [],
  nothing: undefined,
  ...more,
});

describe('print', () => {
  it('says what each piece of text is, for colours', () => {
    const entry = signal({ told: [told()] });
    expect([...printEntry(entry, { ...PLAIN, paint: MARKED })]).toEqual([
      `    +0.000 s  ${RINGING.callId}  Newstate X`,
      '<told>              > ringing #1</>',
      '<why>                why: It rings.</>',
    ]);
    expect([...printEntry(signal({ nothing: 'no' }), { ...PLAIN, paint: MARKED })]).toEqual([
      `    +0.000 s  ${RINGING.callId}  Newstate X<nothing>  (no)</>`,
    ]);
  });

  it('names the call of an event where it is not that of the message', () => {
    const lines = [...printEntry(signal({ callId: '1.1', told: [told()] }), PLAIN)];
    expect(lines[1]?.trim()).toBe(`> ringing #1 of call ${RINGING.callId}`);
  });

  it('asks for a report where there is no rule', () => {
    const lines = [...printEntry(signal({ told: [told({ why: undefined })] }), PLAIN)];
    expect(lines[2]?.trim()).toBe('why: no rule is known for this; please report it.');
  });

  it('shows nothing that would move the cursor, colour the screen or turn the text', () => {
    const line = 'Newstate \x1b[31m\x07\x9b2J\u202eevil Zoë 👋';
    const [printed] = printEntry(signal({ line }), PLAIN);
    expect(printed).toContain('\\u{1b}[31m\\u{7}\\u{9b}2J\\u{202e}evil Zoë 👋');
    const suspect: Entry = { kind: 'suspect', at: undefined, line: '\x1b', reason: 'snapshot' };
    expect([...printEntry(suspect, PLAIN)].join('')).not.toContain('\x1b');
    const from = { extension: '1', name: '\x1b]0;title\x07' };
    const calls = new Map([['1', [{ ...RINGING, from }]]]);
    expect([...printCalls(calls, PLAIN)].join('')).not.toContain('\x1b');
  });

  it('says who is who, and how a call stands at the end', () => {
    const anonymous = { extension: '', anonymous: true } as const;
    const calls = new Map([
      ['1', [{ ...RINGING, from: anonymous, to: { extension: '' } }]],
      ['2', [HUNGUP]],
      ['3', []],
    ]);
    const heads = [...printCalls(calls, PLAIN)].filter((line) => line.startsWith('call '));
    expect(heads).toEqual([
      'call 1: anonymous -> unknown: open at the end of the capture',
      'call 2: 1986 Martin -> 21 Kitchen: answered',
    ]);
  });

  it('shows the keys that subscribers read', () => {
    const [, line] = printCalls(new Map([['1', [ANSWERED]]]), PLAIN);
    expect(line?.trim()).toBe(
      '+0.000 s  answered  answered_by 21 Kitchen, ring_duration_seconds 4.321',
    );
  });

  it('counts time backwards too: clocks are set', () => {
    const [line] = printEntry(signal({ at: RINGING.at - 5 }), PLAIN);
    expect(line).toMatch(/^ {4}-0\.005 s {2}/);
  });

  it.each<SuspectReason>([
    'malformed',
    'second-event',
    'snapshot',
    'after-damage',
    'stray-response',
    'no-timestamp',
  ])('says why a message is suspect: %s', (reason) => {
    const lines = [...printEntry({ kind: 'suspect', at: RINGING.at, line: 'x', reason }, PLAIN)];
    expect(lines[1]?.trim()).toMatch(/^why: (?:It|A channel|The message) .*\.$/);
  });

  it('shows of one call what has to do with it, and what may', () => {
    const other = signal({ callId: '1.1' });
    const { callId } = RINGING;
    expect(concerns(signal({}), callId)).toBe(true);
    expect(concerns(other, callId)).toBe(false);
    expect(concerns(signal({ callId: '1.1', told: [told()] }), callId)).toBe(true);
    expect(concerns({ kind: 'void', at: 0, line: 'x', reason: 'x' }, callId)).toBe(true);
    expect(concerns({ kind: 'answer' }, callId)).toBe(false);
  });

  it('counts what was not looked at, the most frequent first', () => {
    const entries: readonly Entry[] = [
      ...['Cdr', 'Cel', 'Cdr', 'Bla'].map((name) => ({ kind: 'unread', name }) as const),
      { kind: 'checked', name: 'NewConnectedLine' },
      { kind: 'answer' },
      { kind: 'torn', bytes: 7 },
    ];
    expect([...printRest(toSummary(entries), PLAIN)]).toEqual([
      '',
      'Not read, for it says nothing of calls: Cdr 2, Bla 1, Cel 1',
      'Read only to see whether it is whole, or not about calls: NewConnectedLine 1',
      'Answers to actions of the session that was recorded: 1',
      'The capture ends within a message, after 7 bytes of it.',
    ]);
    expect(entries.flatMap((entry) => [...printEntry(entry, PLAIN)])).toEqual([]);
  });
});
