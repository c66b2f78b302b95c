// Publisher over the mqtt package. A message is done when the broker has acknowledged it, and only then; what the
// broker could not even be asked (it would close the connection) is refused here, and what is more than it accepts at
// a time waits here (for that too it would close the connection).

import { type IClientPublishOptions, type MqttClient, ReasonCodes } from 'mqtt';
import type { Publication } from '../../core/event/publication.ts';
import { ConnectorError } from '../../errors.ts';
import type { Publisher } from '../../ports.ts';
import { toPublishError } from './failure.ts';
import { messageProperties, packetBytes, topicTrouble } from './packet.ts';

export type MqttPublisherOptions = {
  readonly client: Pick<MqttClient, 'publish'>;
  readonly broker: string;
  readonly protocolVersion: '5' | '3.1.1';
  /** How many unacknowledged messages the broker accepts. */
  readonly receiveMaximum: number;
  /** The broker's Maximum Packet Size, bytes. */
  readonly maximumPacketSize: number;
  readonly ackTimeoutMs: number;
  /** Called once when the oldest message has waited for longer than `ackTimeoutMs`. */
  readonly onSilent: (error: ConnectorError) => void;
};

type Outcome = {
  readonly resolve: () => void;
  readonly reject: (error: ConnectorError) => void;
};

type Waiting = Outcome & { readonly publication: Publication };

type Pending = Outcome & { readonly sentAt: number };

export class MqttPublisher implements Publisher {
  readonly #options: MqttPublisherOptions;
  readonly #pending = new Set<Pending>();
  /** Short: who publishes much keeps a window no larger than `receiveMaximum`. */
  readonly #waiting: Waiting[] = [];
  #lost: ConnectorError | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MqttPublisherOptions) {
    this.#options = options;
  }

  /** Messages that the broker has not acknowledged yet. */
  get unacknowledged(): number {
    return this.#pending.size + this.#waiting.length;
  }

  publish(publication: Publication): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) throw this.#lost;
      this.#refuseHopeless(publication);
      this.#waiting.push({ publication, resolve, reject });
      this.#sendWaiting();
    });
  }

  /** The connection is over: nothing is acknowledged any more. */
  lose(error: ConnectorError): void {
    this.#lost ??= error;
    clearTimeout(this.#timer);
    for (const { reject } of [...this.#pending, ...this.#waiting]) reject(this.#lost);
    this.#pending.clear();
    this.#waiting.length = 0;
  }

  #refuseHopeless(publication: Publication): void {
    const { protocolVersion, maximumPacketSize } = this.#options;
    const bytes = packetBytes(publication, protocolVersion);
    const trouble =
      topicTrouble(publication.topic) ??
      (bytes > maximumPacketSize
        ? `${bytes} bytes, and the broker takes ${maximumPacketSize}`
        : undefined);
    if (trouble === undefined) return;
    const text = `A message to ${JSON.stringify(publication.topic.slice(0, 200))} cannot be sent: ${trouble}`;
    throw new ConnectorError('MQTT_PUBLISH_REFUSED', text);
  }

  #sendWaiting(): void {
    while (this.#pending.size < this.#options.receiveMaximum) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#send(next);
    }
  }

  #send({ publication, ...outcome }: Waiting): void {
    const pending: Pending = { ...outcome, sentAt: performance.now() };
    this.#pending.add(pending);
    this.#watch();
    const { topic, payload } = publication;
    this.#options.client.publish(topic, payload, this.#publishOptions(publication), (error) => {
      if (!this.#pending.delete(pending)) return;
      if (error) pending.reject(this.#toError(error, topic));
      else pending.resolve();
      this.#sendWaiting();
    });
  }

  #publishOptions(publication: Publication): IClientPublishOptions {
    const properties =
      this.#options.protocolVersion === '5' ? messageProperties(publication) : undefined;
    return { qos: 1, retain: publication.retain, ...(properties && { properties }) };
  }

  #toError(error: Error & { readonly code?: number }, topic: string): ConnectorError {
    if (error.code !== undefined && error.code in ReasonCodes) {
      return toPublishError(error.code, topic);
    }
    const text = `The connection to the broker at ${this.#options.broker} is gone`;
    return this.#lost ?? new ConnectorError('MQTT_DISCONNECTED', text, { cause: error });
  }

  /** One timer for all: messages are sent in order, so the first of them is the oldest. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const [oldest] = this.#pending;
    if (oldest === undefined) return;
    const leftMs = oldest.sentAt + this.#options.ackTimeoutMs - performance.now();
    this.#timer = setTimeout(() => this.#check(oldest), Math.max(leftMs, 0));
  }

  #check(oldest: Pending): void {
    this.#timer = undefined;
    if (this.#pending.has(oldest)) this.#options.onSilent(this.#silence());
    else this.#watch();
  }

  #silence(): ConnectorError {
    const { broker, ackTimeoutMs } = this.#options;
    const text = `The broker at ${broker} did not acknowledge a message within ${ackTimeoutMs / 1_000} s`;
    return new ConnectorError('MQTT_SILENT', text);
  }
}
