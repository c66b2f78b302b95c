// The disk in the thread that reads from Asterisk, where the kernel can hold what Asterisk says for as long as a disk may
// take. That saves a thread, and the way there and back. Where the disk is slow, or there is much to write, a thread gets it,
// and keeps it.

import { CLOCK, type Clock, Disk, type Done, type Found, type Work } from './disk.ts';
import { type DiskLink, handOver } from './disk-link.ts';
import { FlushAhead } from './flush-ahead.ts';

export type DiskHereOptions = {
  readonly path: string;
  /** Within a second, so many milliseconds were the disk's: a thread has the file from now on. */
  readonly onBusy: (ms: number) => void;
  /** The thread could not open the file, for another reason than damage. */
  readonly onRefused: (error: unknown) => void;
  readonly clock?: Clock;
};

const SECOND_MS = 1_000;
/** Of a second. As long as Asterisk waits for who does not read, by default (`writetimeout`); and a tenth of the time. */
const BUSY_MS = 100;

export class DiskHere implements DiskLink {
  readonly #options: DiskHereOptions;
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #journal: FlushAhead;
  /** Since when milliseconds are added up. */
  #since = -Infinity;
  #spentMs = 0;
  #thread: Promise<DiskLink> | undefined;

  /** @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE */
  constructor(options: DiskHereOptions) {
    const { path, clock = CLOCK } = options;
    this.#options = options;
    this.#clock = clock;
    this.#disk = new Disk(path, { clock });
    this.#journal = new FlushAhead(path);
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
    if (from - this.#since >= SECOND_MS) {
      this.#since = from;
      this.#spentMs = 0;
    }
    this.#spentMs += to - from;
    if (this.#spentMs >= BUSY_MS) this.#leave();
  }

  /** Its journal is written back once more in this thread. */
  #leave(): void {
    const { path, onBusy, onRefused } = this.#options;
    onBusy(this.#spentMs);
    this.#thread = handOver(path, { letGo: () => this.#letGo(), onRefused });
  }

  #letGo(): void {
    this.#disk.close();
    this.#journal.close();
  }
}
