// Calls in real time are played on machines that do not always run: the host of a virtual machine takes its processors
// away, on a busy one for a second at a time. Phones and Asterisk are late then, and what they lived is no measure.

import { readFileSync } from 'node:fs';
import { afterEach, type TestOptions } from 'vitest';

const SAMPLE_MS = 50;
const WINDOW_SAMPLES = 5;
/** Held up for so long within a window, a machine has made somebody late. */
const HELD_UP_MS = 100;
/** Enough for a machine that holds up two tries of three. */
const TRIES = 15;
/** Vitest takes a pattern as the condition; a function it forgets before the test runs (4.1). */
const NOTE = 'Meanwhile the machine was held up for';

/**
 * For the tests of a file or a `describe`: one that fails is tried again if the machine was held up since the one before,
 * and only then.
 */
export function retryWhereHeldUp(): NonNullable<TestOptions['retry']> {
  let watch = new HoldUps();
  afterEach(({ task }) => {
    const heldUpMs = watch.stop();
    watch = new HoldUps();
    const error = task.result?.errors?.at(-1);
    if (error === undefined || heldUpMs < HELD_UP_MS) return;
    error.message += `\n${NOTE} ${heldUpMs} ms.`;
  });
  return { count: TRIES, condition: new RegExp(`^${NOTE}`, 'm') };
}

/** So often at most: a machine that is held up all the time has nothing better to give. */
const SET_UPS = 4;

/** What tests look at together is set up anew where the machine was held up while that was lived. */
export async function untilNotHeldUp<T extends AsyncDisposable>(
  setUp: () => Promise<T>,
  live: (made: T) => Promise<void>,
): Promise<T> {
  for (let left = SET_UPS - 1; ; left--) {
    await using stack = new AsyncDisposableStack();
    const made = stack.use(await setUp());
    const watch = new HoldUps();
    await live(made);
    const heldUpMs = watch.stop();
    if (heldUpMs >= HELD_UP_MS && left > 0) continue;
    stack.move();
    return made;
  }
}

class HoldUps {
  readonly #timer = setInterval(() => this.#sample(), SAMPLE_MS).unref();
  readonly #window: number[] = [];
  #at = performance.now();
  #stolenMs = stolenMs();
  #longestMs = 0;

  /** The most of a window in which processors were away, or this process did not get one. */
  stop(): number {
    this.#sample();
    clearInterval(this.#timer);
    return Math.round(this.#longestMs);
  }

  #sample(): void {
    const [at, stolen] = [performance.now(), stolenMs()];
    const late = at - this.#at - SAMPLE_MS;
    this.#window.push(Math.max(late, stolen - this.#stolenMs));
    if (this.#window.length > WINDOW_SAMPLES) this.#window.shift();
    const heldUp = this.#window.reduce((sum, each) => sum + Math.max(each, 0), 0);
    this.#longestMs = Math.max(this.#longestMs, heldUp);
    [this.#at, this.#stolenMs] = [at, stolen];
  }
}

/** What hosts took of all processors since the start; Linux counts it, in hundredths of a second (`proc_stat(5)`, steal). */
function stolenMs(): number {
  if (process.platform !== 'linux') return 0;
  const [, , , , , , , , steal = '0'] =
    /^cpu .*/.exec(readFileSync('/proc/stat', 'latin1'))?.[0].split(/ +/) ?? [];
  return Number(steal) * 10;
}
