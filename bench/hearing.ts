// What the bridge does with the bytes of a session, up to what it would hand to the outbox: nothing waits and nothing is
// kept but the calls.

import { toMessage } from '../src/core/ami/message.ts';
import { Correlator } from '../src/core/call/correlator.ts';
import { toPublication } from '../src/core/event/publication.ts';
import { type Signal, SignalReader } from '../src/core/pbx/signal.ts';
import { Framing } from '../src/io/ami/framing.ts';

/** What was asked of it, and what that took. */
export type Heard = {
  readonly signals: number;
  readonly events: number;
  /** From signals to JSON and saved states, without reading. */
  readonly milliseconds: number;
};

const CHUNK_BYTES = 65_536;

export class Hearing {
  readonly #correlator = new Correlator();
  readonly #reader = new SignalReader();
  readonly #framing = new Framing({
    wanted: (bytes, from) => this.#wants(bytes, from + 'Event: '.length),
    onMessage: (text) => this.#onMessage(text),
  });
  #waiting: Signal[] = [];
  #heard = { signals: 0, events: 0, milliseconds: 0 };

  get openCalls(): number {
    return this.#correlator.openCalls.active;
  }

  /** Reads in pieces of 64 KiB, so that texts are cut out of a stream as they are in the bridge. */
  hear(texts: Iterable<string>): void {
    let piece = '';
    for (const text of texts) {
      piece += text;
      if (piece.length >= CHUNK_BYTES) {
        this.#push(piece);
        piece = '';
      }
    }
    this.#push(piece);
  }

  /** Since this was last asked. */
  take(): Heard {
    const heard = this.#heard;
    this.#heard = { signals: 0, events: 0, milliseconds: 0 };
    return heard;
  }

  #push(piece: string): void {
    this.#framing.push(Buffer.from(piece, 'latin1'));
    const startedAt = performance.now();
    for (const signal of this.#waiting) this.#handle(signal);
    this.#heard.milliseconds += performance.now() - startedAt;
    this.#heard.signals += this.#waiting.length;
    this.#waiting = [];
  }

  #handle(signal: Signal): void {
    const told = this.#correlator.handle(signal);
    if (told.length === 0) return;
    for (const event of told) toPublication('asterisk', event, signal.at);
    this.#correlator.takeChanges();
    this.#heard.events += told.length;
  }

  #wants(bytes: Buffer, from: number): boolean {
    return this.#reader.wants(bytes.toString('latin1', from, bytes.indexOf('\r', from)));
  }

  #onMessage(text: string): void {
    const result = this.#reader.read(toMessage(text), 0);
    if (result.kind === 'signal') this.#waiting.push(result.signal);
  }
}
