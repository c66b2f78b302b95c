// What a subscriber is told when Asterisk or the broker is killed (kill -9) in the middle of a call.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dropPhones, killContainer, reviveAsterisk, reviveContainer } from '../lab/containers.ts';
import { play } from '../lab/play.ts';
import { SCENARIOS, type Scenario } from '../lab/scenarios.ts';
import { type Rig, startRig } from './rig.ts';

const TALKING: Scenario = {
  story: '101 calls 102, who answers at once; they talk until somebody ends it for them',
  phones: [{ at: '102', ring: 200 }],
  callers: [{ from: '101', dials: '102', talk: 40_000, ends: 200 }],
};
const SHORT = SCENARIOS['answered-internal'] as Scenario;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.[Symbol.asyncDispose]());
beforeEach(() => rig.subscriber.clear());

describe('a broker that is killed in the middle of a call', () => {
  it('gets the end of the call as soon as it is back', async ({ signal }) => {
    const { lab, broker, subscriber } = rig;
    const playing = play(lab, SHORT);
    await subscriber.untilEvent('answered', signal);
    await killContainer(broker);
    const { calls } = await playing;
    await reviveContainer(broker);
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.map(({ event }) => event)).toEqual(['ringing', 'answered', 'hungup']);
    const hungup = told?.at(-1);
    const late = Date.parse(String(hungup?.timestamp)) - (calls[0]?.ended ?? 0);
    expect(Math.abs(late)).toBeLessThan(150); // when it happened, not when it could be told
    expect(hungup?.inferred).toBeUndefined();
  });
});

describe('an Asterisk that is killed in the middle of a call', () => {
  it('has the call end by its restart, and tells the next one', async ({ signal }) => {
    const { lab, subscriber } = rig;
    const playing = play(lab, TALKING).catch(() => 'cut off');
    await subscriber.untilEvent('answered', signal);
    await killContainer(lab.asterisk);
    await subscriber.untilTopic('asterisk/pbx/state', 'offline', signal);
    await dropPhones(lab);
    expect(await playing).toBe('cut off');
    await reviveAsterisk(lab);
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.at(-1)).toMatchObject({
      cause: 'pbx_restart',
      disposition: 'answered',
      inferred: true,
    });
    await subscriber.untilTopic('asterisk/pbx/state', 'online', signal);

    subscriber.clear();
    await play(lab, SHORT);
    const [next] = await subscriber.untilHungUp(1, signal);
    expect(next?.map(({ event }) => event)).toEqual(['ringing', 'answered', 'hungup']);
  });
});
