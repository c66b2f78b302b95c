// A process that is a manager interface: it plays calls at any rate to the bridge, and notes when it has written what lets
// an event be told. Like Asterisk it throws out who does not read.

import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { LivePbx } from '../../test/faults/live-pbx.ts';
import { seeded } from '../../test/support/seeded.ts';
import { type Due, happen, Numbering } from '../../test/support/template.ts';
import { type Recording, recordings, type Told } from './calls.ts';
import { type Moments, now, toKey } from './clock.ts';
import { serve } from './process.ts';

/** What happens in so short a time is written at once, milliseconds. */
const SLOT_MS = 0.2;
/** So much may wait for the bridge to read, bytes. */
const MOST_WAITING = 1_000_000;
const SLEEPER = new Int32Array(new SharedArrayBuffer(4));

type Playing = {
  readonly recording: Recording;
  readonly rest: Iterator<Due, unknown>;
  readonly toCallId: (told: Told) => string;
  next: Due;
  position: number;
};

export type Played = {
  /** Calls that have begun, in all. */
  readonly calls: number;
  readonly messages: number;
  readonly bytes: number;
  /** When what lets an event be told was written. */
  readonly written: Moments;
  /** What was written until when: bytes from the start on, and the moments in which the last of them were. */
  readonly writes: { readonly bytes: readonly number[]; readonly at: readonly number[] };
  /** How often a session was thrown out for reading too slowly. */
  readonly thrownOut: number;
  /** The longest that the player itself was late, milliseconds. */
  readonly late: number;
  /** When the first was written. */
  readonly startedAt: number;
};

export type PlayOptions = {
  readonly callsPerSecond: number;
  readonly seconds: number;
  /** Who does not read is not thrown out. */
  readonly isPatient?: boolean;
};

const pbx = await LivePbx.listen({ tracks: false });
const all = recordings();
let prepared: Player | undefined;

serve({
  listen: async () => pbx.port,
  /** At thousands of calls a second, to make it takes longer than to play it, of a processor that others need. */
  prepare: async (options: PlayOptions) => {
    prepared = new Player(options).prepare();
  },
  /** What is prepared, where anything is. */
  play: (options: PlayOptions) => {
    const player = prepared ?? new Player(options);
    prepared = undefined;
    return player.play(options);
  },
  flatOut: (options: { readonly calls: number }) =>
    new Player({ callsPerSecond: 1_000, seconds: options.calls / 1_000 }).playAtOnce(),
});

class Player {
  readonly #options: PlayOptions;
  readonly #random = seeded(1);
  readonly #numbering = new Numbering();
  /** By the slot in which they go on. */
  readonly #due = new Map<number, Playing[]>();
  readonly #written: Moments = new Map();
  readonly #writes: { readonly bytes: number[]; readonly at: number[] } = { bytes: [], at: [] };
  readonly #thrownOutBefore = pbx.thrownOut;
  #prepared: readonly Tick[] | undefined;
  #calls = 0;
  #messages = 0;
  #bytes = 0;
  #late = 0;

  constructor(options: PlayOptions) {
    this.#options = options;
  }

  prepare(): this {
    this.#prepared = [...this.#ticks()];
    return this;
  }

  /** In real time, until the last call has ended. */
  async play({ isPatient = false }: Pick<PlayOptions, 'isPatient'>): Promise<Played> {
    pbx.isPatient = isPatient;
    const startedAt = now();
    let slot = 0;
    for (const tick of this.#prepared ?? this.#ticks()) {
      this.#tell(tick);
      slot += 1;
      const aheadMs = startedAt + slot * SLOT_MS - now();
      if (aheadMs > 0) Atomics.wait(SLEEPER, 0, 0, aheadMs); // no timer of Node is that short
      this.#late = Math.max(this.#late, -aheadMs);
      await turn();
    }
    return this.#played(startedAt);
  }

  /** All of it as fast as it is read. It is made before. */
  async playAtOnce(): Promise<Played> {
    const ticks = [...this.#ticks()];
    pbx.isPatient = true;
    const startedAt = now();
    for (const tick of ticks) {
      this.#tell(tick);
      while (pbx.waiting > MOST_WAITING) await delay(1);
    }
    return this.#played(startedAt);
  }

  /** What happens, slot by slot, until everything is over. */
  *#ticks(): Generator<Tick> {
    const { callsPerSecond, seconds } = this.#options;
    const startAt = Date.now();
    for (let slot = 0; slot * SLOT_MS < seconds * 1_000 || this.#due.size > 0; slot++) {
      const ms = Math.min(slot * SLOT_MS, seconds * 1_000);
      while (this.#calls < (ms / 1_000) * callsPerSecond) this.#begin(startAt + ms, slot);
      yield this.#tick(startAt, slot);
    }
  }

  #tick(startAt: number, slot: number): Tick {
    const happening: Happening = { startAt, slot, texts: [], told: [] };
    for (const playing of this.#due.get(slot) ?? []) this.#goOn(playing, happening);
    this.#due.delete(slot);
    const { texts, told } = happening;
    this.#messages += texts.length;
    return { bytes: Buffer.from(texts.join(''), 'latin1'), told };
  }

  #begin(at: number, slot: number): void {
    const recording = all[Math.floor(this.#random() * all.length)];
    if (recording === undefined) throw new Error('there are no recordings');
    const from = this.#numbering.uniques;
    const epoch = Math.floor(at / 1_000);
    const rest = happen(recording.template, at, this.#numbering);
    const next = following(rest);
    if (next === undefined) return;
    this.#calls += 1;
    const toCallId = ({ prefix, unique }: Told) => `${prefix}${epoch}.${from + unique}`;
    this.#schedule({ recording, rest, toCallId, next, position: 0 }, slot);
  }

  #schedule(playing: Playing, slot: number): void {
    const list = this.#due.get(slot);
    if (list === undefined) this.#due.set(slot, [playing]);
    else list.push(playing);
  }

  #goOn(playing: Playing, { startAt, slot, texts, told }: Happening): void {
    const { recording, rest, toCallId } = playing;
    const until = startAt + (slot + 1) * SLOT_MS;
    while (playing.next.at < until) {
      texts.push(playing.next.text);
      for (const one of recording.atOnce.get(playing.position) ?? []) {
        told.push(toKey(toCallId(one), one.sequence));
      }
      const next = following(rest);
      if (next === undefined) return;
      playing.next = next;
      playing.position += 1;
    }
    const nextSlot = Math.floor((playing.next.at - startAt) / SLOT_MS);
    this.#schedule(playing, Math.max(nextSlot, slot + 1));
  }

  #tell({ bytes, told }: Tick): void {
    if (bytes.length === 0) return;
    const at = now();
    pbx.tellBytes(bytes);
    for (const key of told) this.#written.set(key, at);
    this.#bytes += bytes.length;
    this.#writes.bytes.push(this.#bytes);
    this.#writes.at.push(at);
  }

  #played(startedAt: number): Played {
    return {
      calls: this.#calls,
      messages: this.#messages,
      bytes: this.#bytes,
      written: this.#written,
      writes: this.#writes,
      thrownOut: pbx.thrownOut - this.#thrownOutBefore,
      late: this.#late,
      startedAt,
    };
  }
}

function following(rest: Iterator<Due, unknown>): Due | undefined {
  const { done, value } = rest.next();
  return done === true ? undefined : (value as Due);
}

/** One slot, while it is made. */
type Happening = {
  readonly startAt: number;
  readonly slot: number;
  readonly texts: string[];
  readonly told: string[];
};

/** One slot. */
type Tick = { readonly bytes: Buffer; readonly told: readonly string[] };
