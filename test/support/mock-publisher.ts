// The broker of unit tests: takes publications in order, and can be told to hold back, deny, refuse, or die.

import type { Publication } from '../../src/core/event/publication.ts';
import { ConnectorError } from '../../src/errors.ts';
import type { BrokerConnection } from '../../src/io/mqtt/client.ts';
import type { Publisher } from '../../src/ports.ts';

type Matcher = (publication: Publication) => boolean;
type Held = {
  readonly publication: Publication;
  readonly decide: (error?: ConnectorError) => void;
};

export class MockPublisher implements Publisher {
  /** Everything that was sent, in order, acknowledged or not. */
  readonly sent: Publication[] = [];
  /** What was acknowledged, in the order of the acknowledgements. */
  readonly published: Publication[] = [];
  /** The most publications that were unacknowledged at the same time. */
  mostUnacknowledged = 0;
  readonly #held: Held[] = [];
  #holding = false;
  #denies: Matcher = () => false;
  #refuses: Matcher = () => false;
  #death: ConnectorError | undefined;

  get topics(): string[] {
    return this.published.map(({ topic }) => topic);
  }

  get unacknowledged(): number {
    return this.#held.length;
  }

  async publish(publication: Publication): Promise<void> {
    if (this.#death !== undefined) throw this.#death;
    this.sent.push(publication);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const decide = (error?: ConnectorError) => (error ? reject(error) : resolve());
    this.#held.push({ publication, decide });
    this.mostUnacknowledged = Math.max(this.mostUnacknowledged, this.#held.length);
    if (!this.#holding) queueMicrotask(() => this.#answer(publication));
    await promise;
  }

  /** From now on nothing is acknowledged. */
  hold(): void {
    this.#holding = true;
  }

  /** Acknowledges what is held, the oldest first, and with no count everything from now on. */
  release(count?: number): void {
    if (count === undefined) this.#holding = false;
    for (const { publication } of this.#held.slice(0, count)) this.#answer(publication);
  }

  /** Rejects what matches with MQTT_PUBLISH_DENIED. */
  deny(matches: Matcher): void {
    this.#denies = matches;
  }

  /** Rejects what matches with MQTT_PUBLISH_REFUSED. */
  refuse(matches: Matcher): void {
    this.#refuses = matches;
  }

  die(error = new ConnectorError('MQTT_DISCONNECTED', 'the mock publisher died')): void {
    this.#death ??= error;
    for (const { decide } of this.#held.splice(0)) decide(this.#death);
  }

  #answer(publication: Publication): void {
    const index = this.#held.findIndex((held) => held.publication === publication);
    if (index < 0) return;
    const [held] = this.#held.splice(index, 1);
    const error = this.#errorFor(publication);
    if (error === undefined) this.published.push(publication);
    held?.decide(error);
  }

  #errorFor(publication: Publication): ConnectorError | undefined {
    const { topic } = publication;
    if (this.#refuses(publication)) return new ConnectorError('MQTT_PUBLISH_REFUSED', topic);
    if (this.#denies(publication)) return new ConnectorError('MQTT_PUBLISH_DENIED', topic);
    return undefined;
  }
}

export type MockConnection = BrokerConnection & {
  readonly publisher: MockPublisher;
  readonly ended: boolean;
  lose(error?: ConnectorError): void;
};

/** A connection over a mock publisher. */
export function mockConnection(changes: Partial<BrokerConnection> = {}): MockConnection {
  const publisher = new MockPublisher();
  const closed = Promise.withResolvers<ConnectorError>();
  const lose = (error = new ConnectorError('MQTT_DISCONNECTED', 'the mock connection is lost')) => {
    publisher.die(error);
    closed.resolve(error);
  };
  const connection = {
    broker: 'broker:1883',
    protocolVersion: '5' as const,
    receiveMaximum: 65_535,
    ...changes,
    publisher,
    ended: false,
    closed: closed.promise,
    lose,
    end: async () => {
      connection.ended = true;
      lose();
    },
  };
  return connection;
}
