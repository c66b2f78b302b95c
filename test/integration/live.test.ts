// Ten kinds of call, played live on both Asterisks and told by the image: the recordings tell what those versions did once,
// this tells that they do it still, with the bridge's own clock and timers.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareIds } from '../../src/core/call/call-book.ts';
import { startBroker } from '../lab/containers.ts';
import { LIVE } from '../lab/live/all.ts';
import { type LiveLab, perform, startLiveLab } from '../lab/stage.ts';
import { resolve } from '../lab/tells.ts';
import { type Payload, shapesOf } from '../support/tells.ts';
import { retryWhereHeldUp } from './held-up.ts';
import { startBridge } from './image.ts';
import { LAB_ENV } from './rig.ts';
import { Subscriber } from './subscriber.ts';

const SCENARIOS = [
  'transfer-blind-callee',
  'transfer-attended-held',
  'transfer-attended-ringing',
  'queue-answered',
  'menu-then-person',
  'park-retrieved',
  'pickup-directed',
  'hold',
  'conference',
  'originate-phone',
] as const;

/** What is only told when nothing is said against it comes later than the end of the call. */
const TOLD_MS = 10_000;
const READY_MS = 60_000;

const retry = retryWhereHeldUp();

describe.each([22, 16] as const)('Asterisk %i', (release) => {
  let rig: { readonly lab: LiveLab; readonly subscriber: Subscriber } & AsyncDisposable;
  beforeAll(async () => {
    rig = await startLiveRig(release);
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  it.each(SCENARIOS)('%s', { retry }, async (name) => {
    const { lab, subscriber } = rig;
    const scenario = LIVE[name];
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    subscriber.clear();
    const { moments, failure } = await perform(lab, scenario);
    if (failure !== undefined) throw failure;
    const expected = resolve(scenario.tells, moments);
    const calls = await subscriber.untilHungUp(expected.length, AbortSignal.timeout(TOLD_MS));
    const oldestFirst = (calls as unknown as Payload[][]).toSorted(([a], [b]) =>
      compareIds(a?.call_id ?? '', b?.call_id ?? ''),
    );
    const shapes = shapesOf(oldestFirst, expected);
    expect(shapes.told).toEqual(shapes.expected);
  });
});

async function startLiveRig(release: 22 | 16) {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await startLiveLab(release));
  const broker = stack.use(await startBroker(lab.network));
  const url = `mqtt://${broker.getHost()}:${broker.getMappedPort(1883)}`;
  const subscriber = stack.use(await Subscriber.connect(url));
  stack.use(await startBridge({ network: lab.network, env: LAB_ENV }));
  await subscriber.untilTopic('asterisk/pbx/state', 'online', AbortSignal.timeout(READY_MS));
  const stop = stack.move();
  return { lab, subscriber, [Symbol.asyncDispose]: () => stop.disposeAsync() };
}
