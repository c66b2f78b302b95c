// What happens often is said once and then at most once in a while, with the sum of what was not said.

export type Rate = {
  /** How much happened. */
  readonly amount: number;
  readonly everyMs: number;
};

/** What is to be said now of `key`: the sum of the amounts since it was last said, or 0 for nothing yet. */
export type Throttle = (key: string, rate: Rate) => number;

/** `now`: epoch milliseconds. Keys are never forgotten: they must be few. */
export function createThrottle(now: () => number): Throttle {
  const states = new Map<string, { saidAt: number; unsaid: number }>();
  return (key, { amount, everyMs }) => {
    const state = states.get(key) ?? { saidAt: Number.NEGATIVE_INFINITY, unsaid: 0 };
    states.set(key, state);
    state.unsaid += amount;
    if (now() - state.saidAt < everyMs) return 0;
    const total = state.unsaid;
    state.saidAt = now();
    state.unsaid = 0;
    return total;
  };
}
