// The messages of a session out of its bytes: those of a known layout as they lie there, all others as text.

import { KnownEvents } from '../../core/ami/known-events.ts';
import { type AmiMessage, toMessage } from '../../core/ami/message.ts';
import { Framing, type FramingLimits } from './framing.ts';

export type MessageStreamOptions = {
  readonly onMessage: (message: AmiMessage) => void;
  /** Asked for every event by its name: false skips it. */
  readonly wanted?: (eventName: string) => boolean;
  /** A message or line beyond the limits was dropped. */
  readonly onOversized?: (bytes: number) => void;
  readonly limits?: FramingLimits;
};

export class MessageStream {
  readonly #options: MessageStreamOptions;
  readonly #known = new KnownEvents();
  readonly #framing: Framing;

  constructor(options: MessageStreamOptions) {
    const { onMessage, wanted, onOversized, limits } = options;
    this.#options = options;
    this.#framing = new Framing({
      known: this.#known,
      onEvent: onMessage,
      onMessage: (text) => this.#onText(text),
      ...(wanted && { wanted }),
      ...(onOversized && { onOversized }),
      ...(limits && { limits }),
    });
  }

  push(bytes: Buffer): void {
    this.#framing.push(bytes);
  }

  /** The stream has ended: says how many bytes of an unfinished message are left, and forgets them. */
  end(): number {
    return this.#framing.end();
  }

  #onText(text: string): void {
    const message = toMessage(text);
    if (!this.#isWanted(message)) return;
    this.#known.learn(message);
    this.#options.onMessage(message);
  }

  /** Of an event whose name is known, framing has asked. */
  #isWanted(message: AmiMessage): boolean {
    const isAsked = message.kind !== 'event' || this.#known.knows(message.name);
    return isAsked || this.#options.wanted?.(message.name) !== false;
  }
}
