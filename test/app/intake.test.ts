import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Intake } from '../../src/app/intake.ts';
import { Limits } from '../../src/app/limits.ts';
import { nextTurn } from '../../src/app/turns.ts';
import { type AmiMessage, header, toMessage } from '../../src/core/ami/message.ts';
import type { OpenCalls, SavedState } from '../../src/core/call/correlator.ts';
import type { Publication } from '../../src/core/event/publication.ts';
import type { CallChanges, Outbox } from '../../src/ports.ts';
import type { Notice } from '../../src/telemetry/notice.ts';
import { block, eventText, type Headers, messageText } from '../support/ami-text.ts';
import { messagesOf, payloadsOf, signalsOf } from '../support/captures.ts';
import { runs } from '../support/property-runs.ts';

const FIXTURE = 'testdata/fixtures/answered-internal.raw';
const ANSWERED = messagesOf(readFileSync(FIXTURE)).filter(({ kind }) => kind === 'event');
/** Somebody calls, and the phone system itself has just picked up. */
const PICKED_UP = messagesOf(readFileSync('testdata/fixtures/announcement.raw'))
  .filter(({ kind }) => kind === 'event')
  .slice(0, 3);
const [RINGING = {}] = payloadsOf(FIXTURE);
const CALL_ID = String(RINGING.call_id);
const CALL = `asterisk/call/${CALL_ID}`;
const MINUTE_MS = 60_000;
const BOOT = { date: '2026-02-12', time: '08:00:00' };

describe('the intake', () => {
  it('tells a call while it happens', () => {
    const { tell, topics, calls } = start();
    tell(upTo('DialState'));
    expect(topics()).toEqual([`${CALL}/ringing`]);
    expect(calls()).toEqual({ active: 1, ringing: 1, answered: 0 });
    tell(behind('DialState'));
    expect(topics()).toEqual([`${CALL}/ringing`, `${CALL}/answered`, `${CALL}/hungup`]);
    expect(calls()).toEqual({ active: 0, ringing: 0, answered: 0 });
  });

  it('dates what it tells by its own clock for the outbox, by that of Asterisk for people', () => {
    const { tell, published } = start();
    tell(upTo('DialState'));
    expect(published[0]?.at).toBe(1_000);
    expect(payloads(published)[0]?.timestamp).toBe(RINGING.timestamp);
  });

  it('tells the operator every event of a call without who it concerns', () => {
    const { tell, notices } = start();
    tell(ANSWERED);
    expect(notices).toEqual([
      { type: 'call-told', callId: CALL_ID, event: 'ringing', first: true },
      expect.objectContaining({ event: 'answered', first: false }),
      expect.objectContaining({ event: 'hungup', disposition: 'answered' }),
    ]);
  });

  it('remembers of each event when its bytes came', () => {
    const { tell, intake, published } = start();
    const before = performance.now();
    intake.heard();
    const heardBy = performance.now();
    tell(ANSWERED);
    for (const { readAt = 0 } of published) {
      expect(readAt).toBeGreaterThanOrEqual(before);
      expect(readAt).toBeLessThanOrEqual(heardBy);
    }
    expect(published).toHaveLength(3);
  });

  it('has messages that cannot be trusted counted, and believes them nothing', () => {
    const { tell, notices, topics } = start();
    tell([toMessage(messageText(['Event', 'Hangup'], ['Event', 'Hangup']))]);
    tell([toMessage(messageText(['Response', 'Success']))]);
    tell([toMessage('noise\r\n')]);
    const reasons = notices.map((notice) => 'reason' in notice && notice.reason);
    expect(reasons).toEqual(['second-event', 'stray-response', 'malformed']);
    expect(topics()).toEqual([]);
  });

  it('says once that Asterisk sends no times', () => {
    const { tell, notices, published } = start();
    tell(ANSWERED.map(({ text }) => toMessage(text.replace(/Timestamp: .*\r\n/, ''))));
    const limits = notices.filter(({ type }) => type === 'ami-limited');
    expect(limits).toEqual([expect.objectContaining({ missing: 'Timestamp headers' })]);
    expect(payloads(published)[0]?.timestamp).toBe('1970-01-01T00:00:01.000Z');
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('tells digits only where that is asked for (%s)', (digits, count) => {
    const { tell, topics } = start({ digits });
    const headers = [...block({ channel: 'PJSIP/501-00000000', id: CALL_ID })];
    const digit = eventText(
      'DTMFEnd',
      ...headers,
      ['Digit', '4'],
      ['DurationMs', '90'],
      ['Direction', 'Received'],
    );
    tell([...upTo('DialState'), toMessage(digit)]);
    expect(topics().filter((topic) => topic.endsWith('/dtmf'))).toHaveLength(count);
  });

  it('tells sound calls, whatever is lost, repeated, torn or put in between', () => {
    const change = fc.record({
      at: fc.nat(),
      how: fc.constantFrom('lose', 'repeat', 'tear', 'insert'),
      cut: fc.nat(),
      noise: fc.oneof(fc.string(), fc.constant('\r\n'), fc.constant('\r\nEvent: Hangup\r\n')),
    });
    const changes = fc.array(change, { maxLength: 8, size: 'max' });
    fc.assert(
      fc.property(changes, (list) => {
        const { tell, published } = start();
        tell(
          list
            .reduce(
              changed,
              ANSWERED.map(({ text }) => text),
            )
            .map(toMessage),
        );
        const told = Map.groupBy(payloads(published), ({ call_id }) => call_id);
        for (const events of told.values()) expectSound(events);
      }),
      { numRuns: runs(40) },
    );
  });
});

type Change = {
  readonly at: number;
  readonly how: string;
  readonly cut: number;
  readonly noise: string;
};

function changed(texts: readonly string[], { at, how, cut, noise }: Change): string[] {
  const index = at % Math.max(texts.length, 1);
  const text = texts[index] ?? '';
  const end = cut % (text.length + 1);
  const instead = {
    lose: [],
    repeat: [text, text],
    tear: [text.slice(0, end) + noise + text.slice(end + noise.length)],
    insert: [text, noise],
  }[how];
  return texts.toSpliced(index, 1, ...(instead ?? []));
}

/** Each event once, counted without a hole, and nothing after the end. */
function expectSound(events: readonly Record<string, unknown>[]): void {
  const names = events.map(({ event }) => event);
  expect(names).toEqual([...new Set(names)]);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  expect(names.slice(0, -1)).not.toContain('hungup');
}

describe('what is sure only after a silence', () => {
  const caller = { channel: 'PJSIP/101-00000001', id: '1.1', num: '101', exten: '630' };
  const lifted = [
    eventText('Newchannel', ...block(caller)),
    eventText('Newstate', ...block({ ...caller, state: '6' })),
  ].map(toMessage);
  const ended = [toMessage(eventText('Hangup', ...block(caller), ['Cause', '16']))];
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** An Asterisk that answers no ping until it is told to. */
  async function listening() {
    const held: (() => void)[] = [];
    let pings = 0;
    const pong = () => {
      pings += 1;
      return new Promise<void>((resolve) => void held.push(resolve));
    };
    const started = await online(pbx({ pong }));
    const passTime = (ms: number) => {
      started.clock.now += ms;
      return vi.advanceTimersByTimeAsync(ms);
    };
    const answer = () => {
      for (const resolve of held.splice(0)) resolve();
      return vi.advanceTimersByTimeAsync(0);
    };
    return { ...started, pings: () => pings, passTime, answer };
  }

  it('is told once Asterisk has answered behind all it has said, and dated when it was', async () => {
    const { tell, topics, published, passTime, answer, pings } = await listening();
    tell(lifted);
    await passTime(240);
    expect(pings()).toBe(0);
    await passTime(60);
    expect(pings()).toBe(1);
    await passTime(5_000);
    expect(topics()).toEqual([]); // what Asterisk says in time may be on its way
    await answer();
    expect(topics()).toEqual(['asterisk/call/1.1/system_answered']);
    expect(payloads(published)[0]?.timestamp).toBe('1970-01-01T00:00:01.000Z');
  });

  it('is what Asterisk says of it, where that was held up, and read before its answer', async () => {
    const { tell, published, passTime, answer } = await listening();
    const stamp = 'Timestamp: 1.050000\r\nPrivilege';
    tell(lifted);
    await passTime(5_000);
    tell(ended.map(({ text }) => toMessage(text.replace('Privilege', stamp))));
    const told = payloads(published).map(({ event }) => event);
    await answer();
    expect(payloads(published).map(({ event }) => event)).toEqual(told);
    expect(told).toEqual(['system_answered', 'hungup']);
  });

  it('is asked for by one ping at a time, and not for each thing', async () => {
    const { tell, passTime, answer, pings, topics } = await listening();
    for (let n = 0; n < 100; n += 1) {
      const id = `1.${n + 10}`;
      tell(lifted.map(({ text }) => toMessage(text.replaceAll('1.1', id))));
      await passTime(10);
      await answer();
    }
    expect(pings()).toBeLessThan(8);
    await passTime(250);
    await answer();
    expect(topics()).toHaveLength(100);
    const before = pings();
    await passTime(60_000);
    expect(pings()).toBe(before);
  });

  it('is not told while no session is up, and then only once Asterisk was asked what goes on', async () => {
    const { tell, topics, passTime, lose, again } = await listening();
    tell(lifted);
    lose();
    await passTime(60_000);
    expect(topics()).toEqual([]);
    await again(pbx());
    await passTime(1_000);
    expect(topics()).toEqual([
      'asterisk/bridge/event',
      'asterisk/call/1.1/hungup',
      'asterisk/bridge/event',
    ]);
  });

  it('is not told by an answer of a session that is over', async () => {
    const { tell, topics, passTime, lose, answer } = await listening();
    tell(lifted);
    await passTime(300);
    lose();
    await answer();
    expect(topics()).toEqual([]);
  });

  it.each([1, -1])('waits as long as ever when the clock is set by %i h', async (hours) => {
    const { tell, topics, clock, passTime, answer, pings } = await listening();
    tell(lifted);
    clock.setByMs = hours * 60 * MINUTE_MS;
    await passTime(200);
    expect(pings()).toBe(0);
    await passTime(100);
    await answer();
    expect(topics()).toEqual(['asterisk/call/1.1/system_answered']);
  });

  it('waits by the clock of Asterisk, however wrong that is', async () => {
    const { tell, topics, passTime, answer } = await listening();
    const stamped = lifted.map(({ text }) =>
      toMessage(text.replace('Privilege', 'Timestamp: 1700000000.000000\r\nPrivilege')),
    );
    tell(stamped);
    await passTime(240);
    await answer();
    expect(topics()).toEqual([]);
    await passTime(60);
    await answer();
    expect(topics()).toHaveLength(1);
  });

  it('ends the bridge where it cannot be told', async () => {
    const { tell, errors, outbox, passTime, answer } = await listening();
    outbox.append = () => {
      throw new Error('a bug');
    };
    tell(lifted);
    await passTime(300);
    await answer();
    expect(errors).toEqual([new Error('a bug')]);
  });
});

describe('after a login', () => {
  it('learns which Asterisk it is', async () => {
    const { intake } = start();
    const identity = await intake.catchUp(
      pbx({
        settings: [
          ['AsteriskVersion', '22.4.1'],
          ['SystemName', 'z\xc3\xbcrich'],
        ],
      }),
    );
    expect(identity).toEqual({ asteriskVersion: '22.4.1', systemName: 'zürich' });
  });

  it('the first time, has no gap to tell', async () => {
    const { intake, topics, notices } = start();
    intake.beginSession();
    await intake.catchUp(pbx());
    expect(topics()).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('the first time, takes up the calls that are under way', async () => {
    const { intake, topics, notices } = start();
    intake.beginSession();
    await intake.catchUp(pbx({ channels: TALKING }));
    expect(topics()).toEqual([`${CALL}/answered`]);
    expect(notices).toContainEqual(expect.objectContaining({ type: 'calls-resynced', found: 1 }));
  });

  it('tells the gap, then what it hid, then how it compares', async () => {
    const { tell, lose, again, published, topics, clock } = await online();
    tell(upTo('DialEnd'));
    clock.now = 5_000;
    lose();
    clock.now = 65_000;
    published.length = 0;
    await again(pbx());
    expect(topics()).toEqual(['asterisk/bridge/event', `${CALL}/hungup`, 'asterisk/bridge/event']);
    const [gap, hungup, resync] = payloads(published);
    expect(gap).toMatchObject({
      event: 'gap',
      from: '1970-01-01T00:00:01.000Z', // the last word of Asterisk, not the end of the connection
      to: '1970-01-01T00:01:05.000Z',
    });
    expect(hungup).toMatchObject({ inferred: true, cause: 'unknown' });
    const { timestamp, last_seen: lastSeen } = hungup ?? {};
    expect(Date.parse(String(lastSeen))).toBe(LAST_OF_ANSWER); // by the clock of Asterisk, as all of the call
    expect(Date.parse(String(timestamp))).toBe(LAST_OF_ANSWER + 64_000);
    expect(resync).toMatchObject({
      event: 'resync',
      kept: 0,
      ended: 1,
      found: 0,
      restarted: false,
    });
  });

  it.each([
    [-1, '00:00:05', '00:01:05'],
    [1, '01:00:05', '02:01:05'],
  ])(
    'tells no gap that is too short where the clock was set by %i h in it',
    async (hours, from, to) => {
      const { lose, again, published, intake, clock } = await online();
      clock.now = 3_605_000;
      intake.heard();
      lose();
      clock.now += 60_000;
      clock.setByMs = hours * 60 * MINUTE_MS;
      await again(pbx());
      expect(payloads(published)[0]).toMatchObject({
        event: 'gap',
        from: `1970-01-01T${from}.000Z`,
        to: `1970-01-01T${to}.000Z`,
      });
    },
  );

  it('goes on with a call that goes on', async () => {
    const { tell, lose, again, published } = await online();
    tell(upTo('HangupRequest'));
    lose();
    published.length = 0;
    await again(pbx({ channels: TALKING }));
    tell(behind('HangupRequest'));
    expect(payloads(published).map(({ event }) => event)).toEqual(['gap', 'resync', 'hungup']);
    expect(payloads(published)[1]).toMatchObject({ kept: 1, ended: 0, found: 0 });
    expect(payloads(published)[2]).not.toHaveProperty('inferred');
  });

  it('ends every call of before where Asterisk was started anew', async () => {
    const { tell, lose, again, published } = await online();
    tell(upTo('DialState'));
    lose();
    published.length = 0;
    await again(pbx({ boot: { ...BOOT, time: '09:00:00' } }));
    const [, hungup, resync] = payloads(published);
    expect(hungup).toMatchObject({ event: 'hungup', cause: 'pbx_restart', disposition: 'failed' });
    expect(resync).toMatchObject({ ended: 1, restarted: true });
  });

  it('takes nothing for a restart where Asterisk does not say when it began', async () => {
    const { lose, again, published } = await online();
    lose();
    await again(pbx({ boot: undefined }));
    lose();
    await again(pbx());
    expect(payloads(published).filter(({ restarted }) => restarted === true)).toEqual([]);
  });

  it('knows a restart also where Asterisk did not say in between when it began', async () => {
    const { lose, again, published } = await online();
    lose();
    await again(pbx({ boot: undefined }));
    lose();
    await again(pbx({ boot: { ...BOOT, time: '09:00:00' } }));
    expect(payloads(published).at(-1)).toMatchObject({ event: 'resync', restarted: true });
  });

  it('forgets a damage of the session before', async () => {
    const { tell, lose, again, topics, notices } = await online();
    tell([toMessage('Event: Newchannel\r\nChannel: PJSIP/1\r\n')]);
    lose();
    await again(pbx());
    notices.length = 0;
    tell(upTo('DialState'));
    expect(topics()).toContain(`${CALL}/ringing`);
    expect(notices.map(({ type }) => type)).toEqual(['call-told']);
  });

  it('asks no more than what its answers leave open', async () => {
    const asked: string[] = [];
    const { again, notices } = start();
    await again(pbx({ asked }));
    expect(asked.splice(0)).toEqual(['CoreShowChannels']);
    await again(pbx({ asked, channels: TALKING }));
    expect(asked.splice(0)).toEqual(['CoreShowChannels', 'BridgeList']);
    await again(pbx({ asked, channels: [running('Queue'), running('Park', 2)] }));
    expect(asked).toEqual(['CoreShowChannels', 'BridgeList', 'QueueStatus', 'ParkedCalls']);
    const limits = notices.filter(({ type }) => type === 'ami-limited');
    expect(limits).toMatchObject([{ missing: 'an answer to ParkedCalls (class "call")' }]);
  });

  it('reads long lists in turns, so that nothing waits for them', async () => {
    const { again, topics, calls } = start();
    const channels = Array.from({ length: 1_000 }, (_, n) => running('BackGround', n));
    let turns = 0;
    let turning = setImmediate(function turn() {
      turns += 1;
      turning = setImmediate(turn);
    });
    await again(pbx({ channels }));
    clearImmediate(turning);
    expect(topics()).toHaveLength(1_000);
    expect(calls()).toEqual({ active: 1_000, ringing: 0, answered: 0 });
    expect(turns).toBeGreaterThan(1);
  });

  it('says once that it may not ask for the calls, and ends what it cannot know of', async () => {
    const { tell, lose, again, notices, published } = await online(pbx({ refusesList: true }));
    tell(upTo('DialState'));
    lose();
    await again(pbx({ refusesList: true }));
    const limits = notices.filter(({ type }) => type === 'ami-limited');
    expect(limits).toEqual([
      expect.objectContaining({ missing: 'an answer to CoreShowChannels (class "reporting")' }),
    ]);
    expect(payloads(published).map(({ event }) => event)).toEqual([
      'ringing',
      'gap',
      'hungup',
      'resync',
    ]);
  });

  it('tells one gap where several attempts lie in it', async () => {
    const { intake, lose, again, published, clock } = await online();
    clock.now = 10_000;
    lose();
    clock.now = 20_000;
    intake.beginSession();
    intake.heard(); // a banner, and then no login
    intake.endSession();
    clock.now = 30_000;
    await again(pbx());
    expect(payloads(published)).toMatchObject([
      { event: 'gap', from: '1970-01-01T00:00:01.000Z', to: '1970-01-01T00:00:30.000Z' },
      { event: 'resync' },
    ]);
  });

  it('begins the gap where Asterisk said what came late, not where that came', async () => {
    const { intake, tell, lose, again, published, clock } = await online();
    tell(upTo('Newchannel'));
    clock.now = 9_000; // all of it said at once, the rest held up on its way for 8 s
    intake.heard();
    tell(ANSWERED.slice(1, 2));
    lose();
    published.length = 0;
    await again(pbx());
    const [gap] = payloads(published);
    const from = Date.parse(String(gap?.from));
    expect(from).toBeGreaterThanOrEqual(1_000);
    expect(from).toBeLessThan(1_100);
    lose(); // a session without an event is late in nothing
    published.length = 0;
    clock.now = 20_000;
    await again(pbx());
    expect(payloads(published)[0]).toMatchObject({ from: '1970-01-01T00:00:09.000Z' });
  });

  it('gives up comparing where the session ends in the middle of it, and tells a gap from there', async () => {
    const { intake, lose, again, published, topics, clock } = await online();
    lose();
    clock.now = 10_000;
    intake.beginSession();
    const channels = Array.from({ length: 1_000 }, (_, n) => running('BackGround', n));
    const comparing = intake.catchUp(pbx({ channels }));
    while (topics().length < 10) await nextTurn();
    clock.now = 20_000;
    intake.heard();
    lose();
    const told = published.length;
    await comparing;
    expect(published).toHaveLength(told);
    expect(told).toBeLessThan(1_000);
    published.length = 0;
    clock.now = 30_000;
    await again(pbx());
    expect(payloads(published)[0]).toMatchObject({
      event: 'gap',
      from: '1970-01-01T00:00:10.000Z',
      to: '1970-01-01T00:00:30.000Z',
    });
  });

  it('tells a gap also where the first session ended before it was caught up', async () => {
    const { intake, lose, again, published } = start();
    intake.beginSession();
    const cutOff = { ...pbx(), send: () => Promise.reject(new Error('closed')) };
    await expect(intake.catchUp(cutOff)).rejects.toThrow('closed');
    lose();
    await again(pbx());
    expect(payloads(published).map(({ event }) => event)).toEqual(['gap', 'resync']);
  });
});

describe('in the middle of a session', () => {
  const toFake = [
    ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] as const),
  ];
  beforeEach(() => void vi.useFakeTimers({ toFake }));
  afterEach(() => void vi.useRealTimers());

  /** A bridge with the recorded call in it, and an Asterisk that knows these channels. */
  async function talking({ channels = TALKING }: Pbx = {}) {
    const asked: string[] = [];
    const started = await online(pbx({ asked, channels }));
    started.tell(upTo('HangupRequest').slice(0, -1));
    started.published.length = 0;
    asked.length = 0;
    const passTime = async (ms: number) => {
      for (let left = ms; left > 0; left -= MINUTE_MS) {
        const step = Math.min(left, MINUTE_MS);
        started.clock.now += step;
        await vi.advanceTimersByTimeAsync(step);
        for (let turn = 0; turn < 4; turn += 1) await nextTurn();
      }
    };
    return { ...started, asked, passTime };
  }

  it('finds a call whose end was never seen', async () => {
    const { asked, passTime, published } = await talking({ channels: [] });
    await passTime(9 * MINUTE_MS);
    expect(asked).toEqual([]);
    await passTime(4 * MINUTE_MS);
    expect(asked).toEqual(['CoreShowChannels']);
    expect(payloads(published)).toMatchObject([
      { event: 'hungup', inferred: true, cause: 'unknown', disposition: 'answered' },
    ]);
  });

  it('leaves a call alone that only is silent, and asks for it seldom', async () => {
    const { asked, passTime, published } = await talking();
    await passTime(60 * MINUTE_MS);
    expect(published).toEqual([]);
    expect(asked.filter((name) => name === 'CoreShowChannels').length).toBeLessThan(7);
    expect(asked.length).toBeGreaterThan(2);
  });

  it('asks for nothing where no call is open', async () => {
    const { asked, passTime, tell } = await talking();
    tell(behind('HangupRequest'));
    await passTime(60 * MINUTE_MS);
    expect(asked).toEqual([]);
  });

  const DAMAGED = toMessage('Event: Hangup\r\nChannel: PJSIP/1\r\n');

  it('asks at once after what cannot be believed, but not over and over', async () => {
    const { asked, passTime, tell, published } = await talking({ channels: [] });
    for (let n = 0; n < 50; n += 1) tell([DAMAGED]);
    await passTime(300);
    expect(asked).toEqual(['CoreShowChannels']);
    await passTime(1_000);
    expect(payloads(published)).toMatchObject([{ event: 'hungup', inferred: true }]);
  });

  it('ends soon the call of somebody who hides its end by what he writes into his number', async () => {
    const { passTime, tell, calls, published, asked } = await talking({ channels: [] });
    const forged = `${CALL_ID}\r\nEvent: Hangup\r\nUniqueid: 1.1`;
    const end = behind('HangupRequest').map(({ text }) =>
      toMessage(text.replaceAll(/^((?:CallerID|ConnectedLine)Num: ).*\r$/gm, `$1${forged}\r`)),
    );
    tell(end);
    expect(published).toEqual([]);
    expect(calls()).toMatchObject({ active: 1 });
    await passTime(240);
    expect(asked).toEqual([]);
    await passTime(60);
    expect(asked).toEqual(['CoreShowChannels']);
    await passTime(1_000);
    expect(payloads(published)).toMatchObject([{ event: 'hungup', inferred: true }]);
    expect(calls()).toMatchObject({ active: 0 });
  });

  it('asks also where no call is open: what cannot be believed may hide one', async () => {
    const channels: string[] = [];
    const { passTime, tell, published, asked } = await talking({ channels });
    tell(behind('HangupRequest'));
    published.length = 0;
    channels.push(running('BackGround'));
    tell([DAMAGED]);
    await passTime(300);
    expect(asked).toContain('CoreShowChannels');
    await passTime(1_000);
    expect(published).toHaveLength(1);
  });

  it('asks once more of what cannot be believed while it is asking', async () => {
    const { passTime, tell, asked } = await talking();
    await passTime(12 * MINUTE_MS - 500);
    expect(asked).toEqual([]);
    while (asked.length === 0) await passTime(100);
    asked.length = 0;
    tell([DAMAGED]);
    await passTime(3_000);
    expect(asked).toContain('CoreShowChannels');
  });

  it('asks again after 10 s, however much cannot be believed', async () => {
    const { asked, passTime, tell } = await talking();
    for (let second = 0; second < 25; second += 1) {
      tell([DAMAGED]);
      await passTime(1_000);
    }
    expect(asked.filter((name) => name === 'CoreShowChannels')).toHaveLength(3);
  });

  it('asks after a message that was too large to be read', async () => {
    const { intake, asked, passTime } = await talking();
    intake.onOversized();
    await passTime(300);
    expect(asked).toContain('CoreShowChannels');
  });

  it('believes what Asterisk says a moment behind its answer', async () => {
    const { passTime, intake, tell, published } = await talking({ channels: [] });
    intake.onOversized();
    await passTime(300);
    tell(behind('HangupRequest'));
    await passTime(2_000);
    const [hungup, ...more] = payloads(published);
    expect(hungup).toMatchObject({ event: 'hungup', cause: 'normal_clearing' });
    expect(hungup).not.toHaveProperty('inferred');
    expect(more).toEqual([]);
  });

  it('ends nothing by an answer of a session that is over', async () => {
    const { passTime, intake, lose, published } = await talking({ channels: [] });
    intake.onOversized();
    await passTime(300);
    lose();
    await passTime(60 * MINUTE_MS);
    expect(published).toEqual([]);
  });
});

describe('started again', () => {
  it('goes on with the call that was open, after a gap from the last that was heard', async () => {
    const { tell, intake, kept, clock } = await online();
    tell(upTo('HangupRequest').slice(0, -1));
    clock.now = 4_000;
    intake.heard();
    intake.suspend();
    const next = start({ at: 60_000, openCalls: kept() });
    expect(next.calls()).toEqual({ active: 1, ringing: 0, answered: 1 });
    await next.again(pbx({ channels: TALKING }));
    next.tell(upTo('HangupRequest').slice(-1));
    next.tell(behind('HangupRequest'));
    const told = payloads(next.published);
    expect(told).toMatchObject([
      { event: 'gap', from: '1970-01-01T00:00:04.000Z', to: '1970-01-01T00:01:00.000Z' },
      { event: 'resync', kept: 1, ended: 0, found: 0 },
      { event: 'hungup', sequence: 3, hungup_by: 'callee' },
    ]);
    expect(told[2]).not.toHaveProperty('inferred');
    expect(next.notices[0]).toEqual({ type: 'calls-restored', restored: 1, damaged: 0 });
    expect(next.kept().map(({ id }) => id)).toEqual(['(session)']);
  });

  it('goes on with it also where the outbox lost what it had kept, and asked for it again', async () => {
    const { tell, intake, kept, forget } = await online();
    tell(upTo('DialState'));
    forget();
    intake.onMemoryLost(0);
    expect(kept().map(({ id }) => id)).toContain('(session)');
    const next = start({ at: 60_000, openCalls: kept() });
    expect(next.calls()).toEqual({ active: 1, ringing: 1, answered: 0 });
  });

  it('keeps how far it heard at most every tenth of a second, and at once where that went back', async () => {
    const { intake, clock, kept, tell } = await online();
    const heardAt = () => {
      const session = kept().find(({ id }) => id === '(session)');
      return Number(JSON.parse(session?.state ?? '{}').heardAt);
    };
    const hear = (at: number, messages: readonly AmiMessage[]) => {
      clock.now = at;
      intake.heard();
      tell(messages.map(({ text }) => toMessage(text.replace(/^Timestamp: .*\r\n/m, ''))));
      return heardAt();
    };
    expect(hear(1_099, upTo('DialState'))).toBe(1_000);
    expect(hear(1_100, behind('DialState'))).toBe(1_100);
    clock.setByMs = -60_000;
    intake.heard();
    expect(heardAt()).toBe(-58_900);
  });

  it('keeps at once how far its clock is from that of Asterisk', async () => {
    const { kept, tell } = await online();
    const [first, ...others] = upTo('DialState').map(({ text }) =>
      toMessage(text.replace(/^(Event: .*\r\nPrivilege: .*\r\n)/, '$1Timestamp: 3600.000000\r\n')),
    );
    tell(first === undefined ? [] : [first, ...others]);
    const session = kept().find(({ id }) => id === '(session)');
    expect(JSON.parse(session?.state ?? '{}')).toMatchObject({ pbxBehindMs: 1_000 - 3_600_000 });
  });

  it('after a kill, goes on from what was told last', async () => {
    const { tell, kept, clock } = await online();
    clock.now = 2_000;
    tell(upTo('DialState'));
    const next = start({ at: 60_000, openCalls: kept() });
    await next.again(pbx());
    expect(payloads(next.published)).toMatchObject([
      { event: 'gap', from: '1970-01-01T00:00:01.000Z' },
      { event: 'hungup', sequence: 2, inferred: true, cause: 'unknown' },
      { event: 'resync', ended: 1 },
    ]);
  });

  it('after a kill, counts what was not sure yet as not heard', async () => {
    const { tell, intake, kept, clock } = await online();
    tell(PICKED_UP);
    clock.now = 12_000;
    intake.heard();
    const next = start({ at: 60_000, openCalls: kept() });
    await next.again(pbx());
    expect(payloads(next.published)[0]).toMatchObject({ from: '1970-01-01T00:00:01.000Z' });
  });

  it('counts what was not sure yet as not heard also where it was stopped', async () => {
    const { tell, intake, kept, clock } = await online();
    tell(PICKED_UP);
    clock.now = 1_200;
    intake.heard();
    intake.endSession();
    intake.suspend();
    const next = start({ at: 60_000, openCalls: kept() });
    await next.again(pbx());
    expect(payloads(next.published)[0]).toMatchObject({ from: '1970-01-01T00:00:01.000Z' });
  });

  it('tells the same where the outbox keeps no calls, and writes none of them down', async () => {
    const [keeping, other] = [start(), start({ keepsCalls: false })];
    for (const { again, tell, intake, clock } of [keeping, other]) {
      await again(pbx());
      tell(upTo('BridgeEnter'));
      clock.now += 60_000;
      intake.heard();
      intake.suspend();
    }
    expect([keeping.kept().length, other.kept().length]).toEqual([2, 0]);
    expect(other.topics()).toEqual(keeping.topics());
  });

  it('reads what was kept of a call that had been found', async () => {
    const { tell, lose, again, kept, clock } = await online();
    tell(upTo('DialState'));
    lose();
    clock.steadyFraction = 0.4;
    await again(pbx({ channels: TALKING }));
    expect(start({ openCalls: kept() }).notices[0]).toMatchObject({ restored: 1, damaged: 0 });
  });

  it('knows that Asterisk was started anew meanwhile', async () => {
    const { tell, kept } = await online();
    tell(upTo('DialState'));
    const next = start({ at: 60_000, openCalls: kept() });
    await next.again(pbx({ boot: { ...BOOT, time: '09:00:00' } }));
    expect(payloads(next.published)[1]).toMatchObject({ event: 'hungup', cause: 'pbx_restart' });
  });

  it('takes nothing that happens before a gap is told for the end of that gap', async () => {
    const first = await online();
    first.tell(upTo('DialState'));
    const second = start({ at: 60_000, openCalls: first.kept() });
    second.intake.beginSession();
    const silent = { ...pbx(), send: () => new Promise<never>(() => undefined) };
    void second.intake.catchUp(silent);
    second.intake.heard();
    second.tell(ANSWERED.slice(indexOf('DialState') + 1)); // and killed before Asterisk was asked
    const third = start({ at: 90_000, openCalls: second.kept() });
    await third.again(pbx());
    expect(payloads(third.published)[0]).toMatchObject({
      event: 'gap',
      from: '1970-01-01T00:00:01.000Z',
    });
  });

  it('keeps in a silence every 10 s that Asterisk was heard', async () => {
    const { intake, kept, clock } = await online();
    for (const now of [5_000, 11_000, 15_000]) {
      clock.now = now;
      intake.heard();
    }
    const next = start({ at: 60_000, openCalls: kept() });
    await next.again(pbx());
    expect(payloads(next.published)[0]).toMatchObject({ from: '1970-01-01T00:00:11.000Z' });
  });

  it('keeps so also behind a clock that was set back', async () => {
    const { intake, kept, clock } = await online();
    clock.now = 2 * 3_600_000;
    intake.heard();
    clock.setByMs = -3_600_000;
    intake.heard();
    const next = start({ at: 3_660_000, openCalls: kept() });
    await next.again(pbx());
    expect(payloads(next.published)[0]).toMatchObject({
      from: '1970-01-01T01:00:00.000Z',
      to: '1970-01-01T01:01:00.000Z',
    });
  });

  it('leaves out what is damaged, forgets it, and says how many there are', async () => {
    const { tell, kept } = await online();
    tell(upTo('DialState'));
    const openCalls = [{ id: 'x', state: '{' }, ...kept()];
    const { notices, topics, again, kept: keptNow } = start({ at: 60_000, openCalls });
    expect(notices).toEqual([{ type: 'calls-restored', restored: 1, damaged: 1 }]);
    expect(keptNow().map(({ id }) => id)).not.toContain('x');
    await again(pbx());
    expect(topics()).toContain(`${CALL}/hungup`);
  });

  it.each(['{', '7', 'null', '{"version":2,"heardAt":1}', '{"version":1}'])(
    'dates a gap by the calls where it is not known what was heard (%s)',
    async (state) => {
      const { tell, kept } = await online();
      tell(upTo('DialState'));
      const calls = kept().filter(({ id }) => id !== '(session)');
      const next = start({ openCalls: [...calls, { id: '(session)', state }] });
      await next.again(pbx());
      expect(payloads(next.published)[0]).toMatchObject({ event: 'gap' });
    },
  );
});

/** Epoch milliseconds of the recorded answer. */
const LAST_OF_ANSWER = lastOf(upTo('DialEnd'));

function lastOf(messages: readonly AmiMessage[]): number {
  return signalsOf(messages).at(-1)?.at ?? 0;
}

/** The channels of the recorded call, talking. */
const TALKING = ANSWERED.filter(
  (message) => message.kind === 'event' && message.name === 'Newchannel',
).map((message, index) =>
  messageText(
    ['Event', 'CoreShowChannel'],
    ...block({
      channel: header(message, 'Channel') ?? '',
      id: header(message, 'Uniqueid') ?? '',
      linked: CALL_ID,
      state: '6',
      num: header(message, 'CallerIDNum') ?? '',
      exten: '502',
    }),
    ['Application', index === 0 ? 'Dial' : 'AppDial'],
    ['BridgeId', 'the-bridge'],
  ),
);

/** One that runs this, in a bridge. */
function running(application: string, n = 1): string {
  const shown = { channel: `PJSIP/101-0000000${n}`, id: `1770888509.${n}`, state: '6', exten: '6' };
  return messageText(
    ['Event', 'CoreShowChannel'],
    ...block(shown),
    ['Application', application],
    ['BridgeId', application === 'BackGround' ? '' : `bridge-${n}-${application}`],
  );
}

type Pbx = {
  readonly settings?: Headers;
  readonly boot?: { readonly date: string; readonly time: string } | undefined;
  readonly channels?: readonly string[];
  readonly refusesList?: boolean;
  /** Gets the names of the lists that are asked for. */
  readonly asked?: string[];
  /** Resolves when a ping is to be answered. */
  readonly pong?: () => Promise<void>;
};

/** A session with an Asterisk that answers so. */
function pbx({
  settings = [],
  channels = [],
  refusesList = false,
  asked,
  pong,
  ...rest
}: Pbx = {}) {
  const boot = 'boot' in rest ? rest.boot : BOOT;
  const success = (...headers: Headers) =>
    toMessage(messageText(['Response', 'Success'], ...headers));
  const refusal = messageText(['Response', 'Error'], ['Message', 'Permission denied']);
  const end = () =>
    messageText(
      ['Event', 'CoreShowChannelsComplete'],
      ['EventList', 'Complete'],
      ['ListItems', String(channels.length)],
    );
  return {
    send: async ({ name }: { readonly name: string }): Promise<AmiMessage> => {
      if (name === 'Ping') await pong?.();
      if (name === 'CoreSettings') return success(...settings);
      if (boot === undefined) return toMessage(refusal);
      return success(['CoreStartupDate', boot.date], ['CoreStartupTime', boot.time]);
    },
    list: async ({ name }: { readonly name: string }): Promise<readonly AmiMessage[]> => {
      asked?.push(name);
      if (refusesList || name === 'ParkedCalls') return [toMessage(refusal)];
      return name === 'CoreShowChannels'
        ? [success(), ...[...channels, end()].map(toMessage)]
        : [success(), toMessage(end())];
    },
  };
}

const NO_CHANGES: CallChanges = { saved: new Map(), removed: [] };

type Start = {
  readonly digits?: boolean;
  readonly at?: number;
  readonly openCalls?: readonly SavedState[];
  readonly keepsCalls?: boolean;
};

function start({ digits = false, at = 1_000, openCalls = [], keepsCalls = true }: Start = {}) {
  const clock = { now: at, setByMs: 0, steadyFraction: 0 };
  const kept = new Map(openCalls.map(({ id, state }) => [id, state]));
  const published: Publication[] = [];
  const notices: Notice[] = [];
  const counted: OpenCalls[] = [];
  const errors: unknown[] = [];
  const report = (notice: Notice) => void notices.push(notice);
  const outbox: Pick<Outbox, 'append'> = {
    append: (publications, { saved, removed } = NO_CHANGES) => {
      published.push(...publications);
      for (const [id, state] of saved) kept.set(id, state);
      for (const id of removed) kept.delete(id);
    },
  };
  const intake = new Intake({
    topicPrefix: 'asterisk',
    outbox,
    keepsCalls,
    report,
    limits: new Limits({ username: 'bridge', classes: ['call'], report }),
    now: () => clock.now + clock.setByMs,
    steadyNow: () => clock.now + clock.steadyFraction,
    digits,
    onCalls: (calls) => void counted.push(calls),
    onError: (error) => void errors.push(error),
  });
  intake.restore(openCalls);
  return {
    intake,
    clock,
    published,
    notices,
    errors,
    outbox,
    kept: (): readonly SavedState[] => [...kept].map(([id, state]) => ({ id, state })),
    forget: (): void => kept.clear(),
    topics: () => published.map(({ topic }) => topic),
    calls: () => counted.at(-1),
    tell: (messages: readonly AmiMessage[]) => {
      for (const message of messages) intake.onMessage(message);
    },
    lose: () => intake.endSession(),
    again: async (session: ReturnType<typeof pbx>) => {
      intake.beginSession();
      await intake.catchUp(session);
    },
  };
}

async function online(session = pbx()) {
  const started = start();
  await started.again(session);
  started.intake.heard();
  return started;
}

/** The messages up to the first event of that name, and those after it. */
function upTo(name: string): readonly AmiMessage[] {
  return ANSWERED.slice(0, indexOf(name) + 1);
}

function behind(name: string): readonly AmiMessage[] {
  return ANSWERED.slice(indexOf(name) + 1);
}

function indexOf(name: string): number {
  return ANSWERED.findIndex((message) => message.kind === 'event' && message.name === name);
}

function payloads(published: readonly Publication[]): readonly Record<string, unknown>[] {
  return published.map(({ payload }) => JSON.parse(payload));
}
