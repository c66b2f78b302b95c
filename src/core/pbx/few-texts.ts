// Texts of which there are few beside how often they are kept: every call has the names and numbers of phones anew. Who
// keeps one gets the one that is there already, which makes 100 bytes of 1,500 a call.

import { toOwn } from '../ami/own.ts';

/** Names, numbers and extensions of a thousand phones; 0.5 MB at most. */
const MOST = 4_096;
/** Hardly a name is longer, and those that are would make it large. */
const LONGEST = 40;

export class FewTexts {
  readonly #texts = new Map<string, string>();

  /** The same text, kept alive alone. */
  own(text: string): string;
  own(text: string | undefined): string | undefined;
  own(text: string | undefined): string | undefined {
    if (text === undefined || text.length > LONGEST) return toOwn(text);
    return this.#texts.get(text) ?? this.#add(toOwn(text));
  }

  #add(text: string): string {
    if (this.#texts.size >= MOST) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
