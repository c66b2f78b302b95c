import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Rush } from '../../src/app/rush.ts';
import type { Notice } from '../../src/telemetry/notice.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a rush', () => {
  it('is nothing to tell of when it is short, however often it comes', async () => {
    const { rush, notices } = start();
    for (let times = 0; times < 10; times++) {
      rush.begin();
      await vi.advanceTimersByTimeAsync(900);
      rush.end();
      await vi.advanceTimersByTimeAsync(900);
    }
    expect(notices).toEqual([]);
  });

  it('is told after a second, once, and so is its end', async () => {
    const { rush, notices } = start();
    rush.begin();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(notices).toEqual([{ type: 'ami-rush', waitingBytes: 12 }]);
    await vi.advanceTimersByTimeAsync(9_000);
    rush.end();
    expect(notices).toEqual([
      { type: 'ami-rush', waitingBytes: 12 },
      { type: 'ami-rush-over', seconds: 10 },
    ]);
    rush.end();
    expect(notices).toHaveLength(2);
  });

  it('is waited for to its end', async () => {
    const { rush } = start();
    const { signal } = new AbortController();
    rush.begin();
    let isOver = false;
    const waiting = rush.over(signal).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(500);
    expect([rush.isOn, isOver]).toEqual([true, false]);
    rush.end();
    await waiting;
    expect([rush.isOn, isOver]).toEqual([false, true]);
  });

  it('is not waited for by who is told to stop', async () => {
    const { rush } = start();
    const controller = new AbortController();
    rush.begin();
    const waiting = rush.over(controller.signal);
    controller.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
  });
});

function start() {
  const notices: Notice[] = [];
  const rush = new Rush({ report: (notice) => notices.push(notice), waitingBytes: () => 12 });
  return { rush, notices };
}
