// What should have been told: what Asterisk said, through the same core, without any fault.

import { toMessage } from '../../src/core/ami/message.ts';
import { Correlator } from '../../src/core/call/correlator.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { callPayload, eventId } from '../../src/core/event/payload.ts';
import { isSignal, SignalReader } from '../../src/core/pbx/signal.ts';
import { Framing } from '../../src/io/ami/framing.ts';
import { atOnce } from '../support/at-once.ts';

export type Fact = {
  readonly id: string;
  readonly callId: string;
  readonly event: string;
  /** Epoch milliseconds, by the clock of the PBX. */
  readonly at: number;
  readonly payload: string;
  /** Until when Asterisk called any channel one of this call (`Linkedid`); epoch milliseconds. */
  readonly namedUntil: number;
};

/** So long Asterisk must have been silent before what is not sure becomes so; the bridge waits for it too. */
const SILENCE_MS = 150;

const LINKED_ID = /Linkedid: ([^\r]*)/g;

/** Takes what a manager session said, in pieces of any size. */
export class FactReader {
  readonly #prefix: string;
  readonly #correlator = new Correlator();
  #reader = new SignalReader();
  #framing: Framing;
  #hasBegun = false;
  readonly #facts: Omit<Fact, 'namedUntil'>[] = [];
  readonly #namedUntil = new Map<string, number>();

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#framing = new Framing({ onMessage: (text) => this.#onMessage(text) });
  }

  /** A session begins, at epoch milliseconds; from the second one on, it is that of an Asterisk that was started anew. */
  begin(at: number): void {
    if (this.#hasBegun) {
      this.#reader = new SignalReader();
      this.#framing = new Framing({ onMessage: (text) => this.#onMessage(text) });
      this.#correlator.beginSession(at);
      this.#note(atOnce(this.#correlator.restart(at)).events);
    }
    this.#hasBegun = true;
  }

  push(bytes: Buffer): void {
    this.#framing.push(bytes);
  }

  /** All that is certain when nothing more comes. */
  end(): readonly Fact[] {
    for (let at = this.#correlator.nextAt; at !== undefined; at = this.#correlator.nextAt) {
      this.#note(this.#correlator.elapse(at));
    }
    return this.#facts.map((fact) => ({
      ...fact,
      namedUntil: this.#namedUntil.get(fact.callId) ?? Number.POSITIVE_INFINITY,
    }));
  }

  #onMessage(text: string): void {
    const result = this.#reader.read(toMessage(text), Date.now());
    if (!isSignal(result)) return;
    this.#noteNames(text, result.at);
    if (result.type === 'digit-pressed') return;
    const due = this.#correlator.nextAt;
    if (due !== undefined && due + SILENCE_MS < result.at) {
      this.#note(this.#correlator.elapse(result.at - SILENCE_MS));
    }
    this.#note(this.#correlator.handle(result));
  }

  #noteNames(text: string, at: number): void {
    for (const [, id = ''] of text.matchAll(LINKED_ID)) this.#namedUntil.set(id, at);
  }

  #note(events: readonly CallEvent[]): void {
    for (const event of events) {
      const { callId, at } = event;
      const id = eventId(this.#prefix, event);
      const payload = callPayload(this.#prefix, event);
      this.#facts.push({ id, callId, event: event.event, at, payload });
    }
  }
}
