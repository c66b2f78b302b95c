// What changes while nothing happens, kept in a small file beside the database until that has its thread: nobody waits for
// the disk. It counts as long as the database says what it said when the mark was made; what is committed later wins.

import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { MARK } from './database.ts';

type State = { readonly id: string; readonly state: string };

/** `follows`: what the database says under that id; null where it says nothing. */
type Marked = State & { readonly follows: string | null };

export class Mark {
  readonly #path: string;
  readonly #saved: readonly State[];
  #marked: Marked | undefined;

  /** `saved`: what the database of that path says. */
  constructor(path: string, saved: readonly State[]) {
    this.#path = path + MARK;
    this.#saved = saved;
    const marked = read(this.#path);
    if (marked !== undefined && marked.follows === this.#follows(marked.id)) this.#marked = marked;
  }

  /** What is saved, with what was marked since. */
  get states(): readonly State[] {
    const marked = this.#marked;
    if (marked === undefined) return this.#saved;
    const { id, state } = marked;
    return [...this.#saved.filter((one) => one.id !== id), { id, state }];
  }

  /** There is room for one. */
  hasRoomFor(id: string): boolean {
    return this.#marked === undefined || this.#marked.id === id;
  }

  /** Whole or not at all, also where the process is killed. @throws Error of the file system */
  async make(id: string, state: string): Promise<void> {
    const marked: Marked = { id, state, follows: this.#follows(id) };
    const draft = `${this.#path}.new`;
    await writeFile(draft, JSON.stringify(marked), { mode: 0o600 });
    await rename(draft, this.#path);
    this.#marked = marked;
  }

  #follows(id: string): string | null {
    return this.#saved.find((one) => one.id === id)?.state ?? null;
  }
}

/** `undefined` where there is none, or where a power cut has left none that can be read. */
function read(path: string): Marked | undefined {
  try {
    const { id, state, follows } = Object(JSON.parse(readFileSync(path, 'utf8')));
    const isWhole = typeof id === 'string' && typeof state === 'string' && follows !== undefined;
    return isWhole ? { id, state, follows } : undefined;
  } catch {
    return undefined;
  }
}
