// Real calls between real phones, as a subscriber is told of them. What the phones lived is the measure.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { play } from '../lab/play.ts';
import { SCENARIOS } from '../lab/scenarios.ts';
import type { TruthCall } from '../lab/truth.ts';
import { retryWhereHeldUp } from './held-up.ts';
import { type Rig, startRig } from './rig.ts';
import type { ToldEvent } from './subscriber.ts';

/** From a phone's message on the wire to Asterisk's event. */
const TOLERANCE_MS = 150;

const retry = retryWhereHeldUp();

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.[Symbol.asyncDispose]());
beforeEach(() => rig.subscriber.clear());

describe('an answered call', { retry }, () => {
  it('rings, is answered and is hung up by the callee', async ({ signal }) => {
    const { told, lived } = await placeOne('answered-internal', signal);
    expectMoments(told, lived, ['ringing', 'answered', 'hungup']);
    expect(told[0]).toMatchObject({
      event: 'ringing',
      from: { extension: '101', name: 'Alice Adams' },
      to: { extension: '102', name: 'Bob Brown' },
      sequence: 1,
    });
    expect(told[1]).toMatchObject({ answered_by: { extension: '102', name: 'Bob Brown' } });
    expect(told[2]).toMatchObject({
      hungup_by: 'callee',
      cause: 'normal_clearing',
      cause_code: 16,
      disposition: 'answered',
      sequence: 3,
    });
  });

  it('is hung up by the caller', async ({ signal }) => {
    const { told, lived } = await placeOne('answered-caller-hangs-up', signal);
    expectMoments(told, lived, ['ringing', 'answered', 'hungup']);
    expect(told[2]).toMatchObject({ hungup_by: 'caller', disposition: 'answered' });
  });

  it('goes out through a trunk with the number of the phone, not of the company', async ({
    signal,
  }) => {
    const { told, lived } = await placeOne('answered-outbound', signal);
    expectMoments(told, lived, ['ringing', 'answered', 'hungup']);
    expect(told[0]).toMatchObject({ from: { extension: '101' }, to: { extension: '95558888' } });
  });

  it('is one call when it is forwarded through a Local channel', async ({ signal }) => {
    const { told, lived } = await placeOne('forwarded', signal);
    expectMoments(told, lived, ['ringing', 'answered', 'hungup']);
    expect(told[1]).toMatchObject({
      to: { extension: '660' },
      answered_by: { extension: '103', name: 'Carol Clark' },
    });
  });
});

describe('a call that nobody answers', { retry }, () => {
  it('is cancelled by the caller while it rings', async ({ signal }) => {
    const { told, lived } = await placeOne('unanswered-cancel', signal);
    expectMoments(told, lived, ['ringing', 'hungup']);
    expect(told[1]).toMatchObject({
      cause: 'cancelled',
      disposition: 'cancelled',
      hungup_by: 'caller',
      talk_duration_seconds: 0,
    });
  });

  it('is refused by a busy phone without ringing', async ({ signal }) => {
    const { told, lived } = await placeOne('busy', signal);
    expectMoments(told, lived, ['hungup']);
    expect(told[0]).toMatchObject({ cause: 'user_busy', cause_code: 17, disposition: 'busy' });
  });

  it('is declined', async ({ signal }) => {
    const { told, lived } = await placeOne('declined', signal);
    expectMoments(told, lived, ['ringing', 'hungup']);
    expect(told[1]).toMatchObject({ cause: 'call_rejected', disposition: 'rejected' });
  });

  it('rings out in a group', async ({ signal }) => {
    const { told, lived } = await placeOne('unanswered-huntgroup', signal);
    expectMoments(told, lived, ['ringing', 'hungup']);
    expect(told[1]).toMatchObject({ cause: 'no_answer', disposition: 'no_answer' });
  });
});

describe('a ring group', { retry }, () => {
  it('is one call, answered by the phone that lifts first', async ({ signal }) => {
    const { told, lived } = await placeOne('ring-group-answered', signal);
    expectMoments(told, lived, ['ringing', 'answered', 'hungup']);
    expect(told[0]).toMatchObject({ from: { extension: '104', name: "O'Brien" } });
    expect(told[0]?.to).toMatchObject({ extension: '600' });
    expect(told[1]).toMatchObject({ answered_by: { extension: '102', name: 'Bob Brown' } });
    expect(told[2]).toMatchObject({ hungup_by: 'callee', disposition: 'answered' });
  });
});

describe('many calls at once', { retry }, () => {
  it('are each told as the phones lived it', async ({ signal }) => {
    const { told, lived } = await place('interleaved-30', signal);
    expect(told.length).toBe(30);
    const inOrder = told.toSorted((a, b) => startOf(a) - startOf(b));
    for (const [index, call] of lived.entries()) {
      const words = [
        ...(call.rang !== undefined || call.answered !== undefined ? ['ringing'] : []),
        ...(call.answered !== undefined ? ['answered'] : []),
        'hungup',
      ];
      expectMoments(inOrder[index] ?? [], call, words);
    }
  });
});

async function place(name: string, signal: AbortSignal) {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const { calls: lived } = await play(rig.lab, scenario);
  const told = await rig.subscriber.untilHungUp(lived.length, signal);
  return { told, lived };
}

async function placeOne(name: string, signal: AbortSignal) {
  const { told, lived } = await place(name, signal);
  const [first, ...others] = told;
  const [call] = lived;
  if (first === undefined || call === undefined) throw new Error('nothing was told');
  expect(others).toEqual([]);
  return { told: first, lived: call };
}

/** These events, in this order, each when the phones did it. */
function expectMoments(told: readonly ToldEvent[], lived: TruthCall, words: readonly string[]) {
  expect(told.map(({ event }) => event)).toEqual(words);
  const moments: Readonly<Record<string, number | undefined>> = {
    ringing: lived.rang ?? lived.answered,
    answered: lived.answered,
    hungup: lived.ended,
  };
  for (const { event, timestamp } of told) {
    expect(Math.abs(Date.parse(String(timestamp)) - (moments[event] ?? 0))).toBeLessThan(
      TOLERANCE_MS,
    );
  }
}

/** Calls are numbered by Asterisk as they come in: `<epoch>.<counter>`. */
function startOf([first]: readonly ToldEvent[]): number {
  return Number(first?.call_id.split('.').at(-1));
}
