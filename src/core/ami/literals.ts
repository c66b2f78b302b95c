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
  /** Where the words of each text begin. */
  readonly #starts: Int32Array;

  constructor(texts: readonly string[]) {
    const words = texts.map(toWords);
    let start = 0;
    this.lengths = Int32Array.from(texts, ({ length }) => length);
    this.words = Float64Array.from(words.flat());
    this.#starts = Int32Array.from(words, ({ length }) => {
      start += length;
      return start - length;
    });
  }

  get count(): number {
    return this.lengths.length;
  }

  lengthOf(n: number): number {
    return this.lengths[n] ?? 0;
  }

  /** Whether the text stands there; there must be as many bytes. */
  isAt(n: number, view: DataView, from: number): boolean {
    const words = this.words;
    const last = from + this.lengthOf(n) - WORD_BYTES;
    let word = this.#starts[n] ?? 0;
    for (let at = from; at < last; at += WORD_BYTES) {
      if (view.getFloat64(at, true) !== words[word++]) return false;
    }
    return view.getFloat64(last, true) === words[word];
  }
}

function toWords(text: string): readonly number[] {
  const view = new DataView(new ArrayBuffer(text.length));
  for (let at = 0; at < text.length; at++) view.setUint8(at, text.charCodeAt(at));
  const last = text.length - WORD_BYTES;
  const words: number[] = [];
  for (let at = 0; at < last; at += WORD_BYTES) words.push(view.getFloat64(at, true));
  words.push(view.getFloat64(last, true));
  return words;
}
