// The disk in the thread that reads from Asterisk, where the kernel can hold what Asterisk says for as long as a disk may
// take. That saves a thread, and the way there and back. A disk that is slow all the same gets a thread, and keeps it.

import { CLOCK, type Clock, Disk, type Done, type Found, type Work } from './disk.ts';
import { type DiskLink, handOver } from './disk-link.ts';
import { FlushAhead } from './flush-ahead.ts';

export type DiskHereOptions = {
  readonly path: string;
  /** One transaction took so many milliseconds: a thread has the file from now on. */
  readonly onSlow: (ms: number) => void;
  /** The thread could not open the file, for another reason than damage. */
  readonly onRefused: (error: unknown) => void;
  readonly clock?: Clock;
};

/** As long as Asterisk waits for who does not read, by default (`writetimeout`). */
const SLOW_MS = 100;

export class DiskHere implements DiskLink {
  readonly #options: DiskHereOptions;
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #journal: FlushAhead;
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
      const ms = this.#clock.steady() - startedAt;
      if (ms >= SLOW_MS) this.#leave(ms);
    }
  }

  async close(): Promise<void> {
    if (this.#thread === undefined) this.#disk.close();
    else await (await this.#thread.catch(() => undefined))?.close();
  }

  /** Its journal is written back once more in this thread. */
  #leave(ms: number): void {
    const { path, onSlow, onRefused } = this.#options;
    onSlow(ms);
    this.#thread = handOver(path, { letGo: () => this.#disk.close(), onRefused });
  }
}
