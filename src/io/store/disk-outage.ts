// While the disk fails: what may be asked of it, when it is tried again, and when its file is given up. Delivery goes on
// from memory; but what lies on the disk already goes first, so that the order of each call is kept.

import type { HowToOpen } from './database.ts';
import { DiskGone } from './disk-link.ts';
import { isDamage } from './sqlite-error.ts';

export type DiskOutageOptions = {
  readonly retryMs: number;
  /** It is time to try again. */
  readonly onRetry: () => void;
};

/** So often in a row what is on the disk cannot be read, until delivery goes on without it. */
const FAILED_READS = 10;

export class DiskOutage {
  readonly #options: DiskOutageOptions;
  #isOn = false;
  #mayWrite = true;
  #mayRead = true;
  #failedReads = 0;
  /** Where trying again is of no use before. */
  #mustOpen: HowToOpen | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: DiskOutageOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  get mayWrite(): boolean {
    return this.#mayWrite;
  }

  /** Where writing fails, it is still worth trying at once. */
  get mayRead(): boolean {
    return this.#mayRead;
  }

  get mustOpen(): HowToOpen | undefined {
    return this.#mustOpen;
  }

  /** Whether an outage begins with it. */
  failed(cause: unknown, { onlyReads }: { readonly onlyReads: boolean }): boolean {
    if (isDamage(cause)) this.#mustOpen = 'anew';
    else if (cause instanceof DiskGone) this.#mustOpen ??= 'as-it-is';
    this.#mayWrite = false;
    if (onlyReads || this.#mustOpen !== undefined) this.#noReading();
    this.#tryLater();
    const begins = !this.#isOn;
    this.#isOn = true;
    return begins;
  }

  /** Whether an outage ends with it. */
  worked({ onlyReads, hasRead }: { readonly onlyReads: boolean; readonly hasRead: boolean }) {
    if (hasRead) this.#failedReads = 0;
    if (onlyReads) return false;
    const ends = this.#isOn;
    this.#isOn = false;
    return ends;
  }

  /** What is wrong was told; it is tried until it is mended. */
  openingFailed(): void {
    this.#mayWrite = false;
    this.#noReading();
    this.#tryLater();
  }

  opened(): void {
    this.#mustOpen = undefined;
  }

  /** Nothing comes from that file any more: delivery is not to wait for it. */
  get isUnreadable(): boolean {
    return this.#failedReads >= FAILED_READS;
  }

  /** It is to be set aside as soon as that can be done. */
  giveUpFile(): void {
    this.#failedReads = 0;
    this.#mustOpen = 'anew';
  }

  /** The last try before the end. */
  allowAll(): void {
    this.#mayWrite = true;
    this.#mayRead = true;
  }

  /** Nothing is tried again, whatever still comes to an end. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  #noReading(): void {
    this.#mayRead = false;
    this.#failedReads += 1;
  }

  #tryLater(): void {
    if (this.#isStopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.allowAll();
      this.#options.onRetry();
    }, this.#options.retryMs);
  }
}
