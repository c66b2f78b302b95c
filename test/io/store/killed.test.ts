// kill -9 at random moments: what was committed is there, nothing else is, and little of it comes twice.

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openOutbox, takeAll, temporaryFolder } from '../../support/outbox-on-disk.ts';
import { runs } from '../../support/property-runs.ts';

const CHILD = 'test/support/outbox-child.ts';
/** Its modules, compiled: without them most of a life is spent on that. */
const COMPILED = 'node_modules/.cache/outbox-child';
/** What is acknowledged leaves the disk 100 ms later at the latest; the rest is for a machine that is busy. */
const REPEATED_MS = 1_000;

type Life = {
  /** The state of the open call, and how many events were found. */
  readonly state: number;
  readonly restored: number;
  readonly committed: readonly number[];
  readonly sent: readonly number[];
  /** When, by number. */
  readonly acknowledged: ReadonlyMap<number, number>;
  readonly endedAt: number;
};

describe('a process that is killed again and again', () => {
  it('loses nothing that was committed, invents nothing, and repeats only what it was busy with', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const lives: Life[] = [];
    const spare = new Spare(path);
    for (let life = 1; life <= runs(1); life++) {
      const child = spare.take();
      if (life < runs(1)) spare.prepare();
      lives.push(await live(child));
    }
    const { outbox } = await openOutbox(path);
    const left = (await takeAll(outbox)).map(({ publication }) => publication.at);
    const state = Number(outbox.takeOpenCalls()[0]?.state);
    await outbox.close();
    for (const [index, life] of lives.entries()) {
      const after = lives[index + 1] ?? { state, sent: left, isAll: true };
      expectNothingLost(lives.slice(0, index + 1), after);
      expectOneStory(life, after);
      expectFewRepeats(life, after);
    }
  });
});

type After = Pick<Life, 'state' | 'sent'> & {
  /** Or as far as it came. */
  readonly isAll?: boolean;
};

/** All that was committed was acknowledged, or comes again. */
function expectNothingLost(lives: readonly Life[], { sent: after, isAll = false }: After): void {
  const acknowledged = new Set(lives.flatMap((life) => [...life.acknowledged.keys()]));
  const again = new Set(after);
  const upTo = isAll ? Infinity : Math.max(...after);
  for (const { committed, sent } of lives) {
    const missing = [...committed.flatMap((n) => [n - 2, n - 1, n]), ...sent].filter(
      (number) => number <= upTo && !acknowledged.has(number) && !again.has(number),
    );
    expect(missing).toEqual([]);
  }
}

function expectFewRepeats({ acknowledged, endedAt }: Life, { sent }: After): void {
  const repeated = sent.filter((number) => acknowledged.has(number));
  for (const number of repeated) {
    expect(acknowledged.get(number)).toBeGreaterThan(endedAt - REPEATED_MS);
  }
}

function expectOneStory(life: Life, after: After): void {
  expect(after.state).toBeGreaterThanOrEqual(Math.max(...life.committed));
  for (const number of life.sent) expect(number).toBeLessThanOrEqual(after.state);
  expect(life.sent).toEqual(life.sent.toSorted((a, b) => a - b));
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** The next process starts, which takes longer than its life, while the one before is alive; it waits to be begun. */
class Spare {
  readonly #path: string;
  #lives = 0;
  #child: Child;

  constructor(path: string) {
    this.#path = path;
    this.#child = this.#start();
  }

  prepare(): void {
    this.#child = this.#start();
  }

  take(): Child {
    return this.#child;
  }

  #start(): Child {
    const from = String(1_000_000 * this.#lives++);
    return spawn(process.execPath, [CHILD, this.#path, from], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
    });
  }
}

async function live(child: Child): Promise<Life> {
  child.stdin.write('begin');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const opened = await lines.next();
  let killed: Promise<void> | undefined;
  const life = {
    committed: [] as number[],
    sent: [] as number[],
    acknowledged: new Map<number, number>(),
  };
  let endedAt = 0;
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    const [at = 0, word, number = NaN] = toWords(line.value);
    endedAt = at;
    if (word === 'committed') {
      life.committed.push(number);
      killed ??= killLater(child); // however busy the machine, there is something to lose
    }
    if (word === 'sent') life.sent.push(number);
    if (word === 'acknowledged') life.acknowledged.set(number, at);
  }
  await killed;
  expect(life.committed.length).toBeGreaterThan(0);
  const [, , state = NaN, restored = NaN] = toWords(opened.value);
  return { state, restored, ...life, endedAt };
}

function toWords(line = ''): [number, string, number, number] {
  const [at, word = '', ...numbers] = line.split(' ');
  return [Number(at), word, Number(numbers[0]), Number(numbers[1])];
}

async function killLater(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  await delay(100 + Math.random() * 200);
  child.kill('SIGKILL');
  await ended;
}
