import { describe, expect, it } from 'vitest';
import { OwnClock } from '../../src/app/own-clock.ts';

const HOUR_MS = 3_600_000;
const NOW = 500 * HOUR_MS;

/** Whose true time is NOW when the clock that is never set says nought. */
function start({ wrongByMs = 0 } = {}) {
  const machine = { steadyAt: 0, wrongByMs };
  const clock = new OwnClock({
    now: () => NOW + machine.steadyAt + machine.wrongByMs,
    steadyNow: () => machine.steadyAt,
  });
  return { clock, machine };
}

describe('our own clock', () => {
  it('is as it is where it is never set, whatever the clock of Asterisk says', () => {
    const { clock, machine } = start();
    clock.compare(-9_000 * HOUR_MS);
    machine.steadyAt = 60_000;
    machine.wrongByMs = 900;
    expect(clock.now()).toBe(NOW + 60_900);
  });

  it.each([HOUR_MS, -HOUR_MS])(
    'goes on as it was where it is set away from that of Asterisk',
    (by) => {
      const { clock, machine } = start();
      clock.compare(-10);
      machine.steadyAt = 1_000;
      machine.wrongByMs = by;
      expect(clock.now()).toBe(NOW + 1_000);
      machine.steadyAt = 2_000;
      machine.wrongByMs = 0;
      expect(clock.now()).toBe(NOW + 2_000);
    },
  );

  it('is as it was before it was set also where Asterisk was heard only then', () => {
    const { clock, machine } = start();
    machine.steadyAt = 1_000;
    machine.wrongByMs = -HOUR_MS;
    expect(clock.now()).toBe(NOW + 1_000 - HOUR_MS);
    clock.compare(HOUR_MS + 5);
    expect(clock.now()).toBe(NOW + 1_000);
  });

  it('follows where it is set to that of Asterisk', () => {
    const { clock, machine } = start({ wrongByMs: -NOW });
    clock.compare(NOW - 20);
    machine.steadyAt = 1_000;
    expect(clock.now()).toBe(1_000);
    machine.wrongByMs = 30;
    expect(clock.now()).toBe(NOW + 1_030);
  });

  it('follows where nothing is known of that of Asterisk, and where both are set', () => {
    const { clock, machine } = start();
    machine.wrongByMs = HOUR_MS;
    expect(clock.now()).toBe(NOW + HOUR_MS);
    clock.compare(0);
    machine.wrongByMs = 3 * HOUR_MS;
    expect(clock.now()).toBe(NOW + HOUR_MS);
    clock.compare(4);
    expect(clock.now()).toBe(NOW + 3 * HOUR_MS);
  });
});
