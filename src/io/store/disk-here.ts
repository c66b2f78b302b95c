// The disk in the thread that reads from Asterisk, where the kernel can hold what Asterisk says for as long as a disk may
// take. That saves a thread, and the way there and back. Where the disk is slow, or this thread has no time left, another
// gets it, and keeps it.

import { CLOCK, type Clock, Disk, type Done, type Found, type Work } from './disk.ts';
import { type DiskLink, handOver } from './disk-link.ts';
import { FlushAhead } from './flush-ahead.ts';

export type DiskHereOptions = {
  readonly path: string;
  /** The disk took so many milliseconds, and that is too much: a thread has the file from now on. */
  readonly onBusy: (ms: number) => void;
  /** The thread could not open the file, for another reason than damage. */
  readonly onRefused: (error: unknown) => void;
  readonly clock?: Clock;
  /** For how many milliseconds this thread has worked, or waited for the disk, since any moment. */
  readonly workedMs?: () => number;
};

/** Work that takes so long waits for the disk: as a rule it takes 0.1 ms, and 3 to 7 to write the journal back. */
const SLOW_MS = 20;
/** Of slow work: as long as Asterisk waits for who does not read, by default (`writetimeout`). */
const SLOW_IN_ALL_MS = 100;
/** A busy moment is over by then. */
const WINDOW_MS = 5_000;
/** Parts of that time: this thread has nothing to spare, and another would take so much from it. */
const FULL = { worked: 0.95, disk: 0.1 } as const;

/** What was measured since a moment, milliseconds. */
type Window = {
  readonly since: number;
  readonly workedBefore: number;
  diskMs: number;
  slowMs: number;
};

export class DiskHere implements DiskLink {
  readonly #options: DiskHereOptions;
  readonly #clock: Clock;
  readonly #workedMs: () => number;
  readonly #disk: Disk;
  readonly #journal: FlushAhead;
  #window: Window;
  #thread: Promise<DiskLink> | undefined;

  /** @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE */
  constructor(options: DiskHereOptions) {
    const { path, clock = CLOCK, workedMs = loopWorkedMs } = options;
    this.#options = options;
    this.#clock = clock;
    this.#workedMs = workedMs;
    this.#disk = new Disk(path, { clock });
    this.#journal = new FlushAhead(path);
    this.#window = this.#begin(clock.steady());
  }

  get found(): Found {
    return this.#disk.found;
  }

  async run(work: Work): Promise<Done> {
    if (this.#thread !== undefined) return await (await this.#thread).run(work);
    const startedAt = this.#clock.steady();
    try {
      return this.#disk.run(work);
    } finally {
      this.#journal.committed();
      this.#spend(startedAt, this.#clock.steady());
    }
  }

  async close(): Promise<void> {
    if (this.#thread === undefined) this.#letGo();
    else await (await this.#thread.catch(() => undefined))?.close();
  }

  #spend(from: number, to: number): void {
    const window = this.#window;
    window.diskMs += to - from;
    if (to - from >= SLOW_MS) window.slowMs += to - from;
    if (window.slowMs >= SLOW_IN_ALL_MS) this.#leave(window.slowMs);
    else if (to - window.since >= WINDOW_MS) this.#endWindow(window, to);
  }

  #begin(since: number): Window {
    return { since, workedBefore: this.#workedMs(), diskMs: 0, slowMs: 0 };
  }

  #endWindow({ since, workedBefore, diskMs }: Window, now: number): void {
    const took = now - since;
    const hasTime = this.#workedMs() - workedBefore < FULL.worked * took;
    if (hasTime || diskMs < FULL.disk * took) this.#window = this.#begin(now);
    else this.#leave(diskMs);
  }

  /** Its journal is written back once more in this thread. */
  #leave(tookMs: number): void {
    const { path, onBusy, onRefused } = this.#options;
    onBusy(tookMs);
    this.#thread = handOver(path, { letGo: () => this.#letGo(), onRefused });
  }

  #letGo(): void {
    this.#disk.close();
    this.#journal.close();
  }
}

function loopWorkedMs(): number {
  return performance.eventLoopUtilization().active;
}
