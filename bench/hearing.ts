// What the bridge does with the bytes of a session, through an outbox in memory that is emptied at once: nothing waits and
// nothing is kept but the calls.

import process from 'node:process';
import type { AmiMessage } from '../src/core/ami/message.ts';
import { Correlator } from '../src/core/call/correlator.ts';
import { toPublication } from '../src/core/event/publication.ts';
import { isSignal, type Signal, SignalReader } from '../src/core/pbx/signal.ts';
import { MessageStream } from '../src/io/ami/message-stream.ts';
import { MemoryOutbox } from '../src/io/store/memory-outbox.ts';

/** What was asked of it, and what that took. */
export type Heard = {
  readonly signals: number;
  readonly events: number;
  /** Of the processor, from signals to what leaves the outbox, without reading. */
  readonly milliseconds: number;
};

const CHUNK_BYTES = 65_536;

export class Hearing {
  readonly #correlator = new Correlator();
  readonly #reader = new SignalReader();
  readonly #outbox = new MemoryOutbox({
    ...{ maxEvents: 1_000, maxBytes: 1e9, maxAgeMs: 1e9 },
    onShed: ({ events }) => {
      throw new Error(`${events} events were shed`);
    },
  });
  readonly #stream = new MessageStream({
    wanted: (name) => this.#reader.wants(name),
    onMessage: (message) => this.#onMessage(message),
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
    this.#stream.push(Buffer.from(piece, 'latin1'));
    const before = process.cpuUsage();
    for (const signal of this.#waiting) this.#handle(signal);
    const { user, system } = process.cpuUsage(before);
    this.#heard.milliseconds += (user + system) / 1_000;
    this.#heard.signals += this.#waiting.length;
    this.#waiting = [];
  }

  #handle(signal: Signal): void {
    const told = this.#correlator.handle(signal);
    if (told.length === 0) return;
    const publications = told.map((event) => toPublication('asterisk', event, { at: signal.at }));
    this.#correlator.takeChanges();
    this.#outbox.append(publications);
    for (let entry = this.#outbox.take(); entry !== undefined; entry = this.#outbox.take()) {
      this.#outbox.settle(entry);
    }
    this.#heard.events += told.length;
  }

  #onMessage(message: AmiMessage): void {
    const result = this.#reader.read(message, 0);
    if (isSignal(result)) this.#waiting.push(result);
  }
}
