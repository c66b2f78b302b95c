// One connection's way to the broker, for all who publish over it: what became of a message is a value here, and what
// the broker does not take is told to the operator once.

import type { Publication } from '../core/event/publication.ts';
import { ConnectorError } from '../errors.ts';
import type { Publisher } from '../ports.ts';
import type { Report } from '../telemetry/notice.ts';

export type Outcome =
  | 'acknowledged'
  /** Not now; later, perhaps. */
  | 'denied'
  /** Never. */
  | 'refused'
  /** The connection is of no more use; the message must go again over the next one. */
  | 'lost';

export type OutletOptions = {
  readonly publisher: Publisher;
  readonly report: Report;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Called with the reason when a message is lost: the end of the connection, or an error that nobody expected. */
  readonly onLost: (reason: unknown) => void;
};

/** What is refused is lost and is told, but not a thousand times in a row. */
const REFUSED_QUIET_MS = 60_000;

export class Outlet {
  readonly #options: OutletOptions;
  /** Topics that the broker does not allow now. */
  readonly #denied = new Set<string>();
  #refusedAt = -Infinity;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Order of calls is the order on the wire. Never rejects. */
  async publish(publication: Publication): Promise<Outcome> {
    const handedAt = performance.now();
    try {
      await this.#options.publisher.publish(publication);
      this.#acknowledge(publication, handedAt);
      return 'acknowledged';
    } catch (error) {
      return this.#toOutcome(error, publication.topic);
    }
  }

  #acknowledge(publication: Publication, handedAt: number): void {
    const { report, now } = this.#options;
    const acknowledgedAt = performance.now();
    const { callId, readAt, at } = publication;
    const delayMs = readAt === undefined ? Math.max(0, now() - at) : acknowledgedAt - readAt;
    report({
      type: 'message-acknowledged',
      latencyMs: acknowledgedAt - handedAt,
      ...(callId !== undefined && { delayMs }),
    });
    this.#allow(publication.topic);
  }

  #toOutcome(error: unknown, topic: string): Outcome {
    const code = error instanceof ConnectorError ? error.code : undefined;
    if (code === 'MQTT_PUBLISH_DENIED') return this.#deny(error as ConnectorError, topic);
    if (code === 'MQTT_PUBLISH_REFUSED') return this.#refuse(error as ConnectorError, topic);
    this.#options.onLost(error);
    return 'lost';
  }

  #deny(error: ConnectorError, topic: string): Outcome {
    this.#options.report({ type: 'publish-failed', error, repeated: this.#denied.size > 0 });
    this.#denied.add(topic);
    return 'denied';
  }

  #refuse(error: ConnectorError, topic: string): Outcome {
    const { report, now } = this.#options;
    report({ type: 'publish-failed', error, repeated: now() - this.#refusedAt < REFUSED_QUIET_MS });
    this.#refusedAt = now();
    this.#allow(topic);
    return 'refused';
  }

  #allow(topic: string): void {
    if (!this.#denied.delete(topic) || this.#denied.size > 0) return;
    this.#options.report({ type: 'publish-allowed' });
  }
}
