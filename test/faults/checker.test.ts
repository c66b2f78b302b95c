import { describe, expect, it } from 'vitest';
import { check, type Delivery, type Kind } from './checker.ts';
import type { Fact } from './facts.ts';

const CALL = '1000.1';
const STORY = ['ringing', 'answered', 'hungup'];
const ACCOUNTS = { captured: 3, restored: 0, delivered: 3, pending: 0, shed: 0, refused: 0 };

/** What should be told, an event a second from 1,001 s on. */
const FACTS = facts(CALL, STORY);

function facts(callId: string, events: readonly string[]): readonly Fact[] {
  return events.map((event, n) => {
    const id = `asterisk/${callId}/${event}`;
    const payload = JSON.stringify({ event, call_id: callId, id, sequence: n + 1 });
    return { id, callId, event, at: 1_001_000 + n * 1_000, payload, namedUntil: 2_000_000 };
  });
}

function deliver({ payload, id, event }: Fact): Delivery {
  return { topic: `asterisk/call/x/${event}`, payload, receivedAt: 0, propertyId: id };
}

const [RINGING, ANSWERED, HUNGUP] = FACTS.map(deliver) as [Delivery, Delivery, Delivery];

function changed(delivery: Delivery, changes: object): Delivery {
  return { ...delivery, payload: JSON.stringify({ ...JSON.parse(delivery.payload), ...changes }) };
}

function gap(from: number, to: number, receivedAt = to): Delivery {
  const payload = JSON.stringify({
    event: 'gap',
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    id: `asterisk/bridge/gap/${to}`,
  });
  return { topic: 'asterisk/bridge/event', payload, receivedAt };
}

function judge(deliveries: readonly Delivery[], known: readonly Fact[] = FACTS) {
  return check({ prefix: 'asterisk', facts: known, deliveries, slackMs: 100 });
}

function kinds(deliveries: readonly Delivery[], known?: readonly Fact[]): readonly Kind[] {
  return judge(deliveries, known).findings.map(({ kind }) => kind);
}

describe('the checker', () => {
  it('finds nothing where all was delivered once', () => {
    const verdict = judge([RINGING, ANSWERED, HUNGUP]);
    expect(verdict).toMatchObject({ calls: 1, facts: 3, messages: 3, repeats: 0, findings: [] });
  });

  it('allows repeats with the same id, also where one says that it is late', () => {
    const late = changed(HUNGUP, { delayed_seconds: 7.5 });
    const verdict = judge([RINGING, RINGING, ANSWERED, HUNGUP, late]);
    expect(verdict).toMatchObject({ repeats: 2, findings: [] });
  });

  it.each<[string, readonly Delivery[], readonly Kind[]]>([
    ['the end is lost', [RINGING, ANSWERED], ['lost']],
    ['one in the middle is lost', [RINGING, HUNGUP], ['hole', 'lost']],
    ['all is lost', [], ['lost', 'lost', 'lost']],
    ['two change places', [ANSWERED, RINGING, HUNGUP], ['disorder']],
    [
      'a repeat says something else',
      [RINGING, ANSWERED, changed(ANSWERED, { by: 'x' }), HUNGUP],
      ['changed'],
    ],
    ['it is not what happened', [RINGING, changed(ANSWERED, { by: 'x' }), HUNGUP], ['changed']],
    [
      'the user property is not the id',
      [RINGING, ANSWERED, { ...HUNGUP, propertyId: 'x' }],
      ['changed'],
    ],
    ['it is no JSON', [RINGING, ANSWERED, HUNGUP, { ...HUNGUP, payload: '{' }], ['malformed']],
  ])('tells when %s', (_, deliveries, expected) => {
    expect(kinds(deliveries)).toEqual(expected);
  });

  it('tells a call that nobody made', () => {
    expect(
      kinds([RINGING, ANSWERED, HUNGUP, ...facts('1000.2', ['ringing']).map(deliver)]),
    ).toEqual(['phantom']);
  });

  it('tells an end that is not the last, and one that comes twice', () => {
    const after = changed(ANSWERED, { event: 'held', id: 'asterisk/1000.1/held/1', sequence: 4 });
    const { propertyId: _, ...plain } = after;
    expect(kinds([RINGING, ANSWERED, HUNGUP, plain])).toEqual(['end', 'phantom']);
    const second = changed(HUNGUP, { id: 'asterisk/1000.1/hungup/2', sequence: 4 });
    const { propertyId: __, ...end } = second;
    expect(kinds([RINGING, ANSWERED, HUNGUP, end])).toEqual(['end', 'phantom']);
  });

  it('tells accounts that do not come out even', () => {
    const judged = (captured: number) =>
      check({
        ...{ prefix: 'asterisk', facts: FACTS, deliveries: [RINGING, ANSWERED, HUNGUP] },
        ...{ slackMs: 100, accounts: { ...ACCOUNTS, captured } },
      }).findings.map(({ kind }) => kind);
    expect(judged(3)).toEqual([]);
    expect(judged(4)).toEqual(['accounts']);
  });
});

describe('a told gap', () => {
  const inferred = changed(changed(HUNGUP, { sequence: 2 }), { inferred: true });

  it('excuses what happened in it, and an end that is only inferred', () => {
    const verdict = judge([RINGING, gap(1_001_500, 1_003_500), inferred]);
    expect(verdict).toMatchObject({ excused: 1, inferred: 1, findings: [] });
  });

  it.each([
    ['before it', gap(1_002_200, 1_003_500)],
    ['behind it', gap(1_000_500, 1_001_800)],
  ])('excuses nothing %s', (_, told) => {
    expect(kinds([RINGING, told, inferred])).toEqual(['lost']);
  });

  it('excuses nothing that happens after it was told, whatever the clock of the bridge says', () => {
    const told = gap(1_000_500, 1_000_500 + 3_600_000, 1_001_800);
    expect(kinds([RINGING, told, inferred])).toEqual(['lost']);
  });

  it('excuses no call that never ends', () => {
    expect(kinds([RINGING, gap(1_001_500, 1_009_000)])).toEqual(['end']);
  });

  it('excuses a call that began in it and was part of another when it was over', () => {
    const named = (namedUntil: number) => FACTS.map((fact) => ({ ...fact, namedUntil }));
    const told = [gap(1_000_500, 1_002_500)];
    expect(kinds(told, named(1_002_400))).toEqual([]);
    expect(kinds(told, named(1_003_000))).toEqual(['lost']);
    expect(kinds([gap(1_001_500, 1_002_500)], named(1_002_400))).toEqual(['lost', 'lost']);
  });

  it('excuses no call that lived before it or behind it', () => {
    expect(kinds([RINGING, HUNGUP, gap(1_004_000, 1_005_000)])).toEqual(['hole', 'lost']);
    expect(kinds([RINGING, HUNGUP, gap(900_000, 999_000)])).toEqual(['hole', 'lost']);
  });

  it('that is told twice is one', () => {
    const told = gap(1_004_000, 1_005_000);
    expect(judge([RINGING, ANSWERED, HUNGUP, told, told])).toMatchObject({
      repeats: 1,
      gaps: [{ from: 1_004_000, to: 1_005_000 }],
    });
  });
});
