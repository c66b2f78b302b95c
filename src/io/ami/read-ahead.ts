// Reading goes before understanding. Asterisk cuts off who does not read for as long as its `writetimeout`, so what comes
// faster than it is understood is read all the same, and waits here, as bytes, with a bound.

export type ReadAheadOptions = {
  /** Understands them, in the order in which they came. `ageMs`: so long they have waited. */
  readonly onBytes: (bytes: Buffer, ageMs: number) => void;
  /** What may wait. */
  readonly maxBytes: number;
  /** True when much waits, false when all of it is understood. */
  readonly onBehind?: ((isBehind: boolean) => void) | undefined;
};

type Piece = { readonly bytes: Buffer; readonly arrivedAt: number; next: Piece | undefined };

/** So long it is worked between two looks at what has come: the kernel may hold as little as 28 kB. */
const WORK_MS = 0.5;
/** What waits lies in blocks of this size: of 1.25 GB in pieces of 64 KiB, the C library gave nothing back to the system. */
const BLOCK_BYTES = 1024 * 1024;
/** Much: 0.1 s of 700 calls a second. Less comes of any pause of the process, and is soon understood. */
const MUCH_BYTES = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export class ReadAhead {
  readonly #options: ReadAheadOptions;
  #first: Piece | undefined;
  #last: Piece | undefined;
  #waitingBytes = 0;
  /** The last block, and how much of it is written. */
  #block = NOTHING;
  #written = 0;
  /** While more has come than is understood. */
  #turn: NodeJS.Immediate | undefined;
  #caughtUp = Promise.withResolvers<void>();
  #isBehind = false;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Resolves when nothing waits. */
  async caughtUp(): Promise<void> {
    if (this.#turn !== undefined) await this.#caughtUp.promise;
  }

  /** `hasMore`: the next bytes are there already. What waits is a copy. */
  take(bytes: Buffer, hasMore: boolean): void {
    this.#makeRoom(bytes.length);
    if (hasMore) this.#turn ??= setImmediate(() => this.#goOn());
    if (this.#turn === undefined) this.#options.onBytes(bytes, 0);
    else this.#wait(bytes);
  }

  /** Nobody wants any more what waits. The collector takes it: its first block may be looked at now. */
  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
    this.#waitingBytes = 0;
    this.#block = NOTHING;
    this.#written = 0;
    if (this.#turn !== undefined) this.#end(this.#turn);
  }

  #end(turn: NodeJS.Immediate): void {
    clearImmediate(turn);
    this.#turn = undefined;
    this.#caughtUp.resolve();
    this.#caughtUp = Promise.withResolvers();
    this.#setBehind(false);
  }

  #setBehind(isBehind: boolean): void {
    if (this.#isBehind === isBehind) return;
    this.#isBehind = isBehind;
    this.#options.onBehind?.(isBehind);
  }

  /** Where no more may wait, the oldest is understood before the next is taken: then Asterisk has to wait. */
  #makeRoom(length: number): void {
    const most = this.#options.maxBytes - length;
    while (this.#first !== undefined && this.#waitingBytes > most) this.#understand(this.#first);
  }

  #wait(bytes: Buffer): void {
    const piece = { bytes: this.#copy(bytes), arrivedAt: performance.now(), next: undefined };
    if (this.#last === undefined) this.#first = piece;
    else this.#last.next = piece;
    this.#last = piece;
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MUCH_BYTES) this.#setBehind(true);
  }

  #goOn(): void {
    const until = performance.now() + WORK_MS;
    while (this.#first !== undefined && performance.now() < until) this.#understand(this.#first);
    if (this.#turn === undefined) return; // it was cleared meanwhile
    if (this.#first === undefined) this.#end(this.#turn);
    else this.#turn = setImmediate(() => this.#goOn());
  }

  #copy(bytes: Buffer): Buffer {
    if (this.#first === undefined) this.#written = 0;
    if (this.#written + bytes.length > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(bytes.length, BLOCK_BYTES));
      this.#written = 0;
    }
    const from = this.#written;
    this.#written += bytes.copy(this.#block, from);
    return this.#block.subarray(from, this.#written);
  }

  #understand(piece: Piece): void {
    this.#options.onBytes(piece.bytes, performance.now() - piece.arrivedAt);
    if (piece === this.#first) this.#remove(piece); // else it was cleared
  }

  #remove({ bytes, next }: Piece): void {
    this.#first = next;
    if (next === undefined) this.#last = undefined;
    this.#waitingBytes -= bytes.length;
    const { buffer } = bytes;
    const isDone = buffer !== next?.bytes.buffer && buffer !== this.#block.buffer;
    if (isDone && buffer instanceof ArrayBuffer) buffer.transfer(0); // which gives it back at once
  }
}
