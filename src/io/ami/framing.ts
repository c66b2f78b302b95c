// Bytes in, whole messages out; what is unfinished waits in one buffer with a bound. The end of a message is found
// natively and its type read from its first bytes: only a message that somebody wants becomes text.

export type FramingLimits = { readonly maxMessageBytes: number; readonly maxLineBytes: number };

export type FramingOptions = {
  /** A message as latin1 text, with the line break of its last header, without the empty line behind it. */
  readonly onMessage: (text: string) => void;
  /** Looks at the bytes of a message that starts at `from`; a message it does not want is never made text. */
  readonly wanted?: (bytes: Buffer, from: number) => boolean;
  /** A message or line beyond the limits was dropped; reading goes on behind the next empty line. */
  readonly onOversized?: (bytes: number) => void;
  readonly limits?: FramingLimits;
};

/** Far more than any event about calls, and little enough that the longest is judged within some milliseconds. */
const LIMITS: FramingLimits = { maxMessageBytes: 1024 * 1024, maxLineBytes: 256 * 1024 };

const END_OF_MESSAGE = '\r\n\r\n';
const LINE_BREAK_BYTES = 2;
/** An end of message may be cut: so much of it can lie before the cut. */
const OVERLAP = END_OF_MESSAGE.length - 1;
const LF = 0x0a;
const CR = 0x0d;
const SMALL_BYTES = 64 * 1024;

export class Framing {
  readonly #options: FramingOptions;
  readonly #limits: FramingLimits;
  /** The beginning of a message whose end has not come yet: the first `#length` bytes of `#buffer`. */
  #buffer: Buffer = Buffer.allocUnsafe(SMALL_BYTES);
  #length = 0;
  /** While a message that is too large goes by: how much of it was dropped. */
  #droppedBytes: number | undefined;

  constructor(options: FramingOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
  }

  push(bytes: Buffer): void {
    const searched = Math.max(0, this.#length - OVERLAP);
    const joined = this.#length === 0 ? bytes : this.#join(bytes);
    let from = 0;
    let end = joined.indexOf(END_OF_MESSAGE, searched, 'latin1');
    while (end >= 0) {
      this.#emit(joined, from, end);
      from = end + END_OF_MESSAGE.length;
      end = joined.indexOf(END_OF_MESSAGE, from, 'latin1');
    }
    this.#keep(joined.subarray(from));
  }

  /** The stream has ended: says how many bytes of an unfinished message are left, and forgets them. */
  end(): number {
    const torn = (this.#droppedBytes ?? 0) + this.#length;
    this.#length = 0;
    this.#droppedBytes = undefined;
    return torn;
  }

  #join(bytes: Buffer): Buffer {
    const total = this.#length + bytes.length;
    if (total > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(total, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, this.#length);
    return this.#buffer.subarray(0, total);
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    if (this.#droppedBytes !== undefined) {
      this.#options.onOversized?.(this.#droppedBytes + end - start);
      this.#droppedBytes = undefined;
      return;
    }
    const from = skipLineBreaks(bytes, start, end);
    if (from >= end) return;
    if (this.#isOversized(bytes.subarray(from, end))) {
      this.#options.onOversized?.(end - from);
      return;
    }
    if (this.#options.wanted?.(bytes, from) === false) return;
    this.#options.onMessage(bytes.toString('latin1', from, end + LINE_BREAK_BYTES));
  }

  #keep(rest: Buffer): void {
    const kept = this.#mustDrop(rest) ? this.#drop(rest) : rest;
    if (this.#buffer.length > SMALL_BYTES && kept.length <= SMALL_BYTES) {
      this.#buffer = Buffer.from(kept);
    } else if (kept.length > this.#buffer.length) {
      this.#buffer = Buffer.from(kept);
    } else {
      kept.copy(this.#buffer);
    }
    this.#length = kept.length;
  }

  #drop(rest: Buffer): Buffer {
    const kept = rest.subarray(Math.max(0, rest.length - OVERLAP));
    this.#droppedBytes = (this.#droppedBytes ?? 0) + rest.length - kept.length;
    return kept;
  }

  #mustDrop(rest: Buffer): boolean {
    const { maxMessageBytes, maxLineBytes } = this.#limits;
    if (this.#droppedBytes !== undefined || rest.length > maxMessageBytes) return true;
    return rest.length > maxLineBytes && rest.length - rest.lastIndexOf(LF) > maxLineBytes;
  }

  #isOversized(message: Buffer): boolean {
    const { maxMessageBytes, maxLineBytes } = this.#limits;
    if (message.length <= maxLineBytes) return false;
    return message.length > maxMessageBytes || hasLongLine(message, maxLineBytes);
  }
}

/** Any run of empty lines may stand between messages. */
function skipLineBreaks(bytes: Buffer, start: number, end: number): number {
  let from = start;
  while (from < end && (bytes[from] === CR || bytes[from] === LF)) from++;
  return from;
}

/** In leaps from one line to the last that begins within reach: a message may be a million lines. */
function hasLongLine(message: Buffer, maxLineBytes: number): boolean {
  for (let from = 0; message.length - from > maxLineBytes; ) {
    const feed = message.lastIndexOf(LF, from + maxLineBytes);
    if (feed < from) return true;
    from = feed + 1;
  }
  return false;
}
