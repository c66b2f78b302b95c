// The disk's thread, seen from the other side. SQLite waits for the disk, and a disk may stall: who reads from Asterisk
// must not wait with it.

import { Worker } from 'node:worker_threads';
import { ConnectorError, ERRORS, type ErrorCode } from '../../errors.ts';
import type { HowToOpen } from './database.ts';
import { type Disk, type Done, type Found, holdFile, type Work } from './disk.ts';
import { isDamage } from './sqlite-error.ts';

/** One piece of work at a time. */
export type DiskLink = {
  readonly found: Found;
  /** Rejects with the error of SQLite, or where the thread is gone; then nothing of it is done. */
  run(work: Work): Promise<Done>;
  /** Waits for what is under way, up to a deadline. */
  close(): Promise<void>;
};

/** There is nobody any more who could do it; whether the last piece of work is done is not known. */
export class DiskGone extends Error {}

export type WorkerData = { readonly path: string };

export type ToWorker =
  | { readonly open: HowToOpen }
  | { readonly work: Work }
  | { readonly close: true };
export type FromWorker =
  | { readonly begun: true }
  | { readonly found: Found }
  | { readonly done: Done }
  | { readonly closed: true }
  | {
      readonly failed: {
        readonly message: string;
        readonly code?: string;
        readonly sqlite?: number;
      };
    };

/** Put in by the bundler: the worker as text, so that one file is all there is. */
declare const STORE_WORKER: string | undefined;

/** It needs little; without limits V8 takes what it can get. */
const RESOURCES = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 };

/** Earlier releases of Node 24 warn of their SQLite. */
const QUIETLY = ['--disable-warning=ExperimentalWarning'];

const CLOSE_MS = 1_000;

/**
 * In a thread, a file that this process had before: of its open calls nothing is read out.
 * @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE
 */
export async function openDisk(path: string, how: HowToOpen): Promise<DiskLink> {
  return await (await beginThread(path)).open(how);
}

export type BeginOptions = {
  readonly path: string;
  /** The thread is begun then: it takes as long as to begin Node, and others may be waited for more. */
  readonly when: Promise<void>;
  /** It could not open the file, for another reason than damage. */
  readonly onRefused: (error: unknown) => void;
};

/**
 * The first time, at the start: what is in the file is read here, before anybody is listened to. Where it turns out to be
 * damaged when the thread opens it, all work fails with the error of SQLite, as where that comes out later.
 * @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE
 */
export async function beginDisk({ path, when, onRefused }: BeginOptions): Promise<DiskLink> {
  const file = holdFile(path);
  const isAwaited = file.found.events > 0; // they are read next
  const give = () => handOver(path, { letGo: file.letGo, onRefused }); // its journal is empty: that takes no time
  const opening = isAwaited ? give() : when.then(give);
  return {
    found: file.found,
    run: async (work) => (await opening).run(work),
    close: async () => (await opening.catch(() => undefined))?.close(),
  };
}

export type HandOverOptions = Pick<BeginOptions, 'onRefused'> & {
  /** Closes the file, as soon as there is a thread that can open it. */
  readonly letGo: () => void;
};

/** Who waits for it gets the error, too. */
export function handOver(path: string, options: HandOverOptions): Promise<DiskLink> {
  const { letGo, onRefused } = options;
  const opening = beginThread(path)
    .finally(letGo)
    .then((thread) => thread.open('again'));
  opening.catch((error) => {
    if (!isDamage(error)) onRefused(error);
  });
  return opening;
}

type Thread = { readonly open: (how: HowToOpen) => Promise<DiskLink> };

async function beginThread(path: string): Promise<Thread> {
  const worker = startWorker({ path });
  worker.unref();
  const answers = new Answers(worker);
  const first = await answers.next();
  if (!('begun' in first)) throw new Error('the thread of the outbox did not start');
  return { open: (how) => openIn(worker, answers, how) };
}

async function openIn(worker: Worker, answers: Answers, how: HowToOpen): Promise<DiskLink> {
  worker.postMessage({ open: how } satisfies ToWorker);
  const opened = await answers.next().catch(async (error) => {
    await worker.terminate(); // or each try would leave a thread behind
    throw error;
  });
  if (!('found' in opened)) throw new Error('the thread of the outbox answered something else');
  return {
    found: opened.found,
    async run(work) {
      worker.postMessage({ work } satisfies ToWorker);
      const answer = await answers.next();
      if (!('done' in answer)) throw new Error('the thread of the outbox answered something else');
      return answer.done;
    },
    async close() {
      worker.postMessage({ close: true } satisfies ToWorker);
      await answers.orNothing(CLOSE_MS);
      void worker.terminate(); // which a disk that hangs holds up
    },
  };
}

/** For tests and figures: the same, in this thread. */
export function inThisThread(disk: Disk): DiskLink {
  return {
    found: disk.found,
    run: async (work) => disk.run(work),
    close: async () => disk.close(),
  };
}

function startWorker(workerData: WorkerData): Worker {
  const options = { workerData, resourceLimits: RESOURCES, execArgv: QUIETLY };
  if (typeof STORE_WORKER === 'string') return new Worker(STORE_WORKER, { ...options, eval: true });
  return new Worker(new URL('./disk-worker.ts', import.meta.url), options);
}

class Answers {
  readonly #worker: Worker;
  #waiting: PromiseWithResolvers<FromWorker> | undefined;
  #gone: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: FromWorker) => this.#take(answer));
    worker.on('error', (error) => this.#end(new DiskGone(String(error))));
    worker.on('exit', () => this.#end(new DiskGone('the thread of the outbox has ended')));
  }

  async next(): Promise<FromWorker> {
    if (this.#gone !== undefined) throw this.#gone;
    this.#waiting = Promise.withResolvers();
    this.#worker.ref(); // the process lives while something is under way
    try {
      return await this.#waiting.promise;
    } finally {
      this.#worker.unref();
    }
  }

  async orNothing(ms: number): Promise<void> {
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, ms);
    await Promise.race([this.next().catch(() => {}), deadline.promise]);
    clearTimeout(timer);
  }

  #take(answer: FromWorker): void {
    if ('failed' in answer) this.#waiting?.reject(toError(answer.failed));
    else this.#waiting?.resolve(answer);
  }

  #end(error: Error): void {
    this.#gone ??= error;
    this.#waiting?.reject(error);
  }
}

function toError({
  message,
  code = '',
  sqlite,
}: Extract<FromWorker, { failed: unknown }>['failed']) {
  if (code in ERRORS) return new ConnectorError(code as ErrorCode, message);
  return Object.assign(new Error(message), { errcode: sqlite });
}
