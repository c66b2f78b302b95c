// Texts that are looked for at places in bytes, eight bytes at a time: as doubles, which is what JavaScript reads at once
// of so many. Equal doubles are equal bytes, since no word of ASCII is a NaN or nought. With words of four bytes, events
// take a third longer to read.

export const WORD_BYTES = 8;

/** Whether words can be made of it. */
export function isLiteral(text: string): boolean {
  return text.length >= WORD_BYTES && ASCII.test(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is left out, since words of it are nought
const ASCII = /^[\x01-\x7e]*$/;

export class Literals {
  readonly lengths: Int32Array;
  /** Of all texts, one behind the other. The last of each overlaps the one before, where it is no whole number of words. */
  readonly words: Float64Array;

  constructor(texts: readonly string[]) {
    this.lengths = Int32Array.from(texts, ({ length }) => length);
    this.words = Float64Array.from(toWords(texts));
  }

  /** Whether the first text stands there; there must be as many bytes. */
  isAt(view: DataView, from: number): boolean {
    const { words } = this;
    const last = from + (this.lengths[0] ?? 0) - WORD_BYTES;
    let word = 0;
    for (let at = from; at < last; at += WORD_BYTES) {
      if (view.getFloat64(at, true) !== words[word++]) return false;
    }
    return view.getFloat64(last, true) === words[word];
  }
}

function toWords(texts: readonly string[]): readonly number[] {
  const bytes = toBytes(texts.join(''));
  const words: number[] = [];
  let at = 0;
  for (const { length } of texts) {
    const last = at + length - WORD_BYTES;
    for (; at < last; at += WORD_BYTES) words.push(bytes.getFloat64(at, true));
    words.push(bytes.getFloat64(last, true));
    at = last + WORD_BYTES;
  }
  return words;
}

function toBytes(text: string): DataView {
  const bytes = new DataView(new ArrayBuffer(text.length));
  for (let at = 0; at < text.length; at++) bytes.setUint8(at, text.charCodeAt(at));
  return bytes;
}
