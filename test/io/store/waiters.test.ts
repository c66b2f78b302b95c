import { describe, expect, it } from 'vitest';
import { Waiters } from '../../../src/io/store/waiters.ts';

describe('who waits', () => {
  it('waits until the next wake, and for another one after that', async () => {
    const waiters = new Waiters();
    const { signal } = new AbortController();
    const woken: number[] = [];
    const first = waiters.wait(signal).then(() => woken.push(1));
    waiters.wake();
    await first;
    const second = waiters.wait(signal).then(() => woken.push(2));
    await Promise.resolve();
    expect(woken).toEqual([1]);
    waiters.wake();
    await second;
    expect(woken).toEqual([1, 2]);
  });

  it('gives up with the reason of its own signal, and others go on waiting', async () => {
    const waiters = new Waiters();
    const [mine, other] = [new AbortController(), new AbortController()];
    const gaveUp = [waiters.wait(mine.signal), waiters.wait(mine.signal)];
    const waits = waiters.wait(other.signal);
    mine.abort(new Error('the connection is over'));
    for (const one of gaveUp) await expect(one).rejects.toThrow('the connection is over');
    waiters.wake();
    await expect(waits).resolves.toBeUndefined();
  });

  it('leaves one listener behind, however often it waits', async () => {
    const waiters = new Waiters();
    const { signal } = new AbortController();
    const listened: string[] = [];
    const listen = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof listen>) => {
      listened.push(args[0]);
      listen(...args);
    };
    for (let n = 0; n < 3; n++) {
      const waits = waiters.wait(signal);
      waiters.wake();
      await waits;
    }
    expect(listened).toEqual(['abort']);
  });
});
