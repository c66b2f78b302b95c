// The story tells what the bridge tells, and of each message why: on every recording there is, and on damage.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Capture } from '../../../src/core/capture/format.ts';
import type { Entry } from '../../../src/core/story/entry.ts';
import { entriesOf } from '../../../src/core/story/story.ts';
import { eventsOf as eventsOfEntry, toSummary } from '../../../src/core/story/summary.ts';
import { eventsOf, messagesOf } from '../../support/captures.ts';
import { runs } from '../../support/property-runs.ts';
import { BANNER, capture, event, LOGIN, message, snapshot } from '../capture/hand-made.ts';
import { streamOf } from './tell.ts';

const FOLDER = 'testdata/fixtures';
/** `npm run test:all` asks every one. */
const EACH = runs(1) > 1 ? 1 : 30;
const recordings = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.raw'))
  .filter((_, index) => index % EACH === 0)
  .map((file) => `${FOLDER}/${file}`);

function read(path: string): Capture {
  return { startedAt: 0, text: readFileSync(path, 'latin1'), reads: [{ offset: 0, ms: 0 }] };
}

const WITH_DIGITS = { digits: true };

describe.each(recordings)('the story of %s', (path) => {
  const entries = [...entriesOf(read(path), WITH_DIGITS)];

  it('tells the events that the bridge tells, in the same order', () => {
    const told = entries.flatMap(eventsOfEntry);
    expect(told).toEqual(eventsOf(messagesOf(readFileSync(path))));
  });

  it('knows the rule of every event, and a reason for every message that told nothing', () => {
    expectReasons(entries);
  });
});

function expectReasons(entries: readonly Entry[]): void {
  for (const entry of entries) {
    const told = 'told' in entry ? entry.told : [];
    for (const { why } of told) expect(why).toMatch(/^[A-Z].*\.$/);
    if (entry.kind !== 'signal') continue;
    expect(entry.nothing === undefined).toBe(told.length > 0);
    expect(entry.nothing ?? 'told').not.toBe('');
  }
}

const ALICE = { channel: 'PJSIP/101-00000001', id: '1.1', num: '101', name: 'Alice', exten: '102' };
const BOB = { channel: 'PJSIP/102-00000002', id: '1.2', linked: '1.1', num: '102', state: '0' };
const begins = event('Newchannel', ...snapshot(ALICE));
const isCalled = event('Newchannel', ...snapshot(BOB));
const rings = event('Newstate', ...snapshot({ ...BOB, state: '5' }));
const isUp = event('Newstate', ...snapshot({ ...ALICE, state: '6' }));
const hangsUp = (who: typeof BOB | typeof ALICE) =>
  event('Hangup', ...snapshot(who), ['Cause', '16']);

/** A capture of reads that came so many milliseconds after its start. */
function timed(...pieces: readonly (readonly [ms: number, text: string])[]): Capture {
  const whole = capture(...pieces.map(([, text]) => text));
  return {
    ...whole,
    reads: whole.reads.map((one, index) => ({ ...one, ms: pieces[index]?.[0] ?? 0 })),
  };
}

describe('a story', () => {
  it('says at which silence something was told, and what it is about', () => {
    const late = timed([0, BANNER], [0, begins], [40, isUp], [2_000, isCalled]);
    expect(streamOf(late).slice(1)).toEqual([
      '+0.040 s  1.1  Newstate PJSIP/101-00000001 Up  (not sure yet: told in 250 ms, unless something else explains it)',
      '+0.290 s  1.1  nothing more was said',
      '> system_answered #1',
      "why: The caller's own channel was up before, and nobody had answered: for 250 ms nothing else has explained it.",
      'of: +0.040 s  Newstate PJSIP/101-00000001 Up',
      '+2.000 s  1.1  Newchannel PJSIP/102-00000002 Down, 102  (one more phone of the call)',
    ]);
  });

  it('counts the silence at the end of the capture too', () => {
    const pong = message('Response', 'Success', ['ActionID', 'x'], ['Ping', 'Pong']);
    const told = '> system_answered #1';
    expect(streamOf(timed([0, BANNER], [0, begins], [40, isUp], [200, pong]))).not.toContain(told);
    expect(streamOf(timed([0, BANNER], [0, begins], [40, isUp], [290, pong]))).toContain(told);
  });

  it('tells a pressed digit only where it is asked to', () => {
    const digit = [
      ['Digit', '5'],
      ['DurationMs', '120'],
      ['Direction', 'Received'],
    ] as const;
    const pressed = capture(BANNER, begins, event('DTMFEnd', ...snapshot(ALICE), ...digit));
    expect(streamOf(pressed).at(-1)).toContain('(digits are told with CALL_DTMF=true only)');
    expect(streamOf(pressed, WITH_DIGITS).slice(-2)).toEqual([
      '> dtmf #1  digit 5, by 101 Alice, duration_seconds 0.12',
      'why: Asterisk received the digit from this party.',
    ]);
  });

  it('shows what is damaged, why it was kept out, and goes on', () => {
    const forged = rings.replace('CallerIDNum: 102', 'CallerIDNum: 1\r\n\r\nEvent: Hangup\r\nX: 2');
    expect(streamOf(capture(BANNER, begins, isCalled, forged, rings)).slice(2)).toEqual([
      '+0.020 s  -  suspect: "Event: Newstate" (124 bytes)',
      'why: A channel in it is not whole, or what decides is there twice: it is damaged or forged.',
      expect.stringMatching(/^\+0.020 s {2}- {2}suspect: "Event: Hangup"/),
      'why: A channel in it is not whole, or what decides is there twice: it is damaged or forged.',
      '+0.030 s  1.1  Newstate PJSIP/102-00000002 Ringing',
      '> ringing #1',
      'why: A phone that was called is in state Ringing, the first one of this call.',
    ]);
  });

  it('gives no time to what comes before any clock is known', () => {
    const [line] = streamOf(capture(BANNER, 'Event: Newstate\nForged: yes\r\n\r\n', begins));
    expect(line).toBe('-  suspect: "Event: Newstate" (29 bytes)');
  });

  it('shows a response that answers nothing, and counts those that answer', () => {
    const stray = message('Response', 'Success', ['Message', 'forged']);
    const answer = message('Response', 'Success', ['ActionID', 'a']);
    const entries = entriesOf(capture(BANNER, LOGIN, begins, stray, answer), WITH_DIGITS);
    expect([...entries].map(({ kind }) => kind)).toEqual(['answer', 'signal', 'suspect', 'answer']);
  });

  it('says of a channel from before the capture that it was not seen to begin', () => {
    expect(streamOf(capture(BANNER, rings))[0]).toContain('began before the capture');
    const ended = capture(BANNER, begins, hangsUp(ALICE), isUp);
    expect(streamOf(ended).at(-1)).toContain('(the channel has ended)');
  });

  it('says so where Asterisk did not do what it was asked', () => {
    const names = ['Transferer', 'Transferee'];
    const blocks = names.flatMap((prefix) => snapshot(ALICE, prefix));
    const failed = event('BlindTransfer', ['Result', 'Fail'], ...blocks);
    expect(streamOf(capture(BANNER, begins, failed)).at(-1)).toBe(
      '+0.010 s  -  BlindTransfer  (Asterisk did not do it: its Result is not Success)',
    );
  });

  it('says which call becomes part of which', () => {
    const picker = { channel: 'PJSIP/103-00000003', id: '1.3', num: '103', exten: '*8' };
    const picks = event('Pickup', ...snapshot(picker), ...snapshot(BOB, 'Target'));
    const other = event('Newchannel', ...snapshot(picker));
    expect(streamOf(capture(BANNER, begins, isCalled, other, picks)).at(-1)).toBe(
      '+0.030 s  1.3  Pickup PJSIP/103-00000003 takes the call of PJSIP/102-00000002  (call 1.3 becomes part of call 1.1)',
    );
  });

  it('counts what is not read, what is read for nothing but damage, and what was cut off', () => {
    const cut = capture(
      BANNER,
      event('Cdr'),
      event('Cdr'),
      event('NewConnectedLine', ...snapshot(ALICE)),
      'Event: New',
    );
    const { unread, checked, tornBytes, calls } = toSummary(entriesOf(cut, WITH_DIGITS));
    expect([...unread]).toEqual([['Cdr', 2]]);
    expect([...checked]).toEqual([['NewConnectedLine', 1]]);
    expect(tornBytes).toBe(10);
    expect(calls.size).toBe(0);
  });

  it('has nothing to say of a capture without a message', () => {
    for (const text of ['', BANNER, '\r\n\r\n']) {
      const reads = text === '' ? [] : [{ offset: 0, ms: 0 }];
      expect([...entriesOf({ startedAt: 0, text, reads }, WITH_DIGITS)]).toEqual([]);
    }
  });

  it('finds the rules also in what is damaged, and never fails', () => {
    const text = readFileSync('testdata/fixtures/transfer-attended-caller.raw', 'latin1');
    const offset = fc.nat({ max: text.length - 1 });
    const piece = fc.constantFrom(
      '',
      '\r\n',
      '\r\n\r\n',
      '\n',
      ': ',
      'Event: ',
      'Response: ',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(offset, piece), { maxLength: 20 }), (cuts) => {
        const damaged = cuts.reduce(
          (all, [at, by]) => all.slice(0, at) + by + all.slice(at + 3),
          text,
        );
        expectReasons([...entriesOf({ ...read(recordings[0] ?? ''), text: damaged }, WITH_DIGITS)]);
      }),
      { numRuns: runs(15) },
    );
  });
});
