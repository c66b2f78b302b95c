// Short texts that come again and again: the ids of channels, the names of people, the words of Asterisk. One that was
// seen lately is found by its bytes, and no text is made of them.

import { WORD_BYTES } from './literals.ts';
import type { Stretch } from './stretch.ts';

/**
 * Of 1.25 texts a message, 0.40 are made anew; with 2,048 slots 0.33, but there they grow old, and what is displaced waits
 * for the collector of old ones.
 */
const SLOTS = 256;
const SLOT_BITS = Math.log2(SLOTS);
/** The id of a bridge has 36 bytes. */
const MOST_WORDS = 5;
const LONGEST = MOST_WORDS * WORD_BYTES;

export class ShortTexts {
  /** Each in the slot that its last bytes choose, until another one of that slot comes. */
  readonly #texts = Array.from({ length: SLOTS }, () => '');
  /** Their bytes, in words: first the last one, which begins before a text that is shorter. */
  readonly #words = new Float64Array(SLOTS * MOST_WORDS);

  /** The text of these bytes, which keeps nothing else alive. Eight bytes must stand before `to`. */
  at(stretch: Stretch, from: number, to: number): string {
    if (from === to) return '';
    if (to - from > LONGEST) return stretch.cut(from, to);
    const { view } = stretch;
    const last = to - WORD_BYTES;
    const slot = slotOf(view, last);
    const text = this.#texts[slot] ?? '';
    let word = slot * MOST_WORDS;
    let isHere = this.#isNoted(word, view.getFloat64(last, true)) && text.length === to - from;
    for (let at = from; at < last; at += WORD_BYTES) {
      word += 1;
      isHere = this.#isNoted(word, view.getFloat64(at, true)) && isHere;
    }
    if (isHere) return text;
    const made = stretch.cut(from, to);
    this.#texts[slot] = made;
    return made;
  }

  /** Whether that word is there already; it is from now on. */
  #isNoted(place: number, word: number): boolean {
    const isHere = this.#words[place] === word;
    this.#words[place] = word;
    return isHere;
  }
}

/** Chosen by the word that begins there. */
function slotOf(view: DataView, last: number): number {
  const low = Math.imul(view.getInt32(last, true), 0x9e3779b1);
  const high = Math.imul(view.getInt32(last + 4, true), 0x85ebca6b);
  return (low ^ high) >>> (32 - SLOT_BITS);
}
