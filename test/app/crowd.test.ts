// A busy PBX after a lost link: a thousand channels are asked for and compared, and nothing waits for that.

import { expect, it } from 'vitest';
import { Intake } from '../../src/app/intake.ts';
import { Limits } from '../../src/app/limits.ts';
import { toMessage } from '../../src/core/ami/message.ts';
import { answer } from '../../src/core/capture/answers.ts';
import { type ChannelTable, track } from '../../src/core/capture/channel-table.ts';
import type { Publication } from '../../src/core/event/publication.ts';
import { connectAmi } from '../../src/io/ami/connection.ts';
import { block, bridgeBlock, eventText } from '../support/ami-text.ts';
import { type ScriptedAsterisk, SECRET, scriptedAsterisk } from '../support/scripted-asterisk.ts';

const CALLS = 500;
/** Three times what is usual, for a slow machine; the best round counts, as others also collect garbage. */
const SHORT_MS = 25;
const LISTS = new Set(['CoreShowChannels', 'BridgeList']);

it('compares a thousand channels in short turns, and lets what happens meanwhile through', async () => {
  const pbx = { answers: answersOf(0), news: '' };
  await using asterisk = await scriptedAsterisk({
    onAction: (action, peer) => {
      const name = action.get('Action') ?? '';
      if (!LISTS.has(name)) return false;
      peer.raw(pbx.answers(name, action.get('ActionID') ?? ''));
      if (name === 'BridgeList') peer.raw(pbx.news);
      return true;
    },
  });
  const published: Publication[] = [];
  const intake = createIntake(published);
  await logIn(intake, asterisk);
  expect(published).toHaveLength(CALLS);
  const longestMs: number[] = [];
  for (let round = 1; round <= 5 && !(Math.min(...longestMs) < SHORT_MS); round += 1) {
    intake.endSession();
    published.length = 0;
    pbx.answers = answersOf(round); // all of before have ended, and as many are there that are not known
    pbx.news = anotherCall(round);
    const startedAt = performance.now();
    longestMs.push(await longestTurn(() => logIn(intake, asterisk)));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expectAllTold(published, anotherId(round));
  }
  expect(Math.min(...longestMs)).toBeLessThan(SHORT_MS);
});

function expectAllTold(published: readonly Publication[], meanwhile: string): void {
  const told = published.map(({ payload }) => JSON.parse(payload));
  const rings = told.findIndex(({ call_id: id }) => id === meanwhile);
  expect(told[rings]).toMatchObject({ event: 'ringing' });
  expect(rings).toBeLessThan(CALLS);
  const names: string[] = told.toSpliced(rings, 1).map(({ event }) => event);
  expect([names.shift(), names.pop()]).toEqual(['gap', 'resync']);
  expect(names).toHaveLength(told.at(-1).ended + CALLS);
  expect(names.lastIndexOf('hungup')).toBe(told.at(-1).ended - 1);
  expect(told.at(-1)).toMatchObject({ found: CALLS });
  expect(told.at(-1).ended).toBeGreaterThanOrEqual(CALLS);
}

/** Milliseconds of this thread that the longest turn of the event loop took, however busy the machine is. */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  let longestMs = 0;
  let before = process.threadCpuUsage();
  const turn = () => {
    const { user, system } = process.threadCpuUsage(before);
    longestMs = Math.max(longestMs, (user + system) / 1_000);
    before = process.threadCpuUsage();
    turning = setImmediate(turn);
  };
  let turning = setImmediate(turn);
  await work();
  clearImmediate(turning);
  return longestMs;
}

async function logIn(intake: Intake, { port }: ScriptedAsterisk): Promise<void> {
  intake.beginSession();
  const session = await connectAmi({
    host: '127.0.0.1',
    port,
    username: 'bridge',
    secret: SECRET,
    events: 'call',
    signal: new AbortController().signal,
    onBytes: () => intake.heard(),
    onMessage: (message) => intake.onMessage(message),
  });
  await intake.catchUp(session);
}

function createIntake(published: Publication[]): Intake {
  const report = () => undefined;
  return new Intake({
    topicPrefix: 'asterisk',
    outbox: { append: (publications) => void published.push(...publications) },
    report,
    limits: new Limits({ username: 'bridge', classes: ['call'], report }),
    now: Date.now,
    digits: false,
    onCalls: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
}

/** What an Asterisk says that is asked while these calls are talked in: in each round, others. */
function answersOf(round: number) {
  const channels: ChannelTable = new Map();
  const moment = { amiVersion: '11.0.0', channels, seconds: 0, bootSeconds: 0, ms: 0 };
  for (let n = 0; n < CALLS; n += 1) {
    for (const text of talking(1_770_888_000 + round, n)) track(channels, toMessage(text), 0);
  }
  const texts = new Map(
    [...LISTS].map((name) => [name, answer(toAction(name), moment).split('the-action-id')]),
  );
  return (name: string, actionId: string) => texts.get(name)?.join(actionId) ?? '';
}

function toAction(name: string) {
  return new Map([
    ['action', name],
    ['actionid', 'the-action-id'],
  ]);
}

function talking(epoch: number, n: number): readonly string[] {
  const id = `${epoch}.${2 * n}`;
  const caller = block({ channel: `PJSIP/101-${n}`, id, state: '6', num: '101', exten: '102' });
  const callee = { channel: `PJSIP/102-${n}`, id: `${epoch}.${2 * n + 1}`, linked: id, state: '6' };
  const bridge = bridgeBlock(`bridge-${epoch}-${n}`);
  return [
    eventText('Newchannel', ...caller),
    eventText('DialBegin', ...caller, ...block(callee, 'Dest')),
    eventText('BridgeEnter', ...bridge, ...caller),
    eventText('BridgeEnter', ...bridge, ...block(callee)),
  ];
}

function anotherId(round: number): string {
  return `${1_770_999_000 + round}.1`;
}

/** One that begins while what exists is asked for. */
function anotherCall(round: number): string {
  const id = anotherId(round);
  const caller = block({ channel: 'PJSIP/103-1', id, num: '103', exten: '104' });
  const callee = { channel: 'PJSIP/104-1', id: `${1_770_999_000 + round}.2`, linked: id };
  return [
    eventText('Newchannel', ...caller),
    eventText('Newchannel', ...block({ ...callee, state: '0' })),
    eventText('DialBegin', ...caller, ...block(callee, 'Dest'), ['DialString', '104']),
    eventText('Newstate', ...block({ ...callee, state: '5' })),
  ]
    .map((text) => `${text}\r\n`)
    .join('');
}
