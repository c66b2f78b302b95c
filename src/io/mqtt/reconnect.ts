// Connections to the broker, one after another, for ever. Which version of MQTT it speaks is found out here too.

import { setTimeout as delay } from 'node:timers/promises';
import { ConnectorError } from '../../errors.ts';
import type { Report } from '../../telemetry/notice.ts';
import type { BrokerConnection } from './client.ts';

type Version = BrokerConnection['protocolVersion'];

export type BrokerSupervision = {
  /** One attempt: connectBroker, with everything but the version known. */
  readonly connect: (version: Version, signal: AbortSignal) => Promise<BrokerConnection>;
  readonly protocolVersion: Version | 'auto';
  /** `host:port` */
  readonly broker: string;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** From 0 to below 1. */
  readonly random?: () => number;
  /** Milliseconds. */
  readonly now?: () => number;
  /** Rejects when the signal is aborted. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

/**
 * Each connection as it is made; the next one is sought when the loop that reads them comes back, and waits for the
 * end of this one first. Ends when the signal is aborted or the loop is left; the connection is ended with it.
 */
export async function* brokerConnections(
  supervision: BrokerSupervision,
): AsyncGenerator<BrokerConnection, void, void> {
  const { signal, report, now = Date.now } = supervision;
  const versions = new Versions(supervision);
  const trouble = new Trouble(supervision);
  while (!signal.aborted) {
    try {
      const connection = await versions.connect();
      const connectedAt = now();
      const { broker, protocolVersion } = connection;
      report({ type: 'mqtt-online', broker, protocolVersion });
      trouble.connected();
      yield* untilClosed(connection, signal);
      const error = await connection.closed;
      if (!signal.aborted) await trouble.wait(error, now() - connectedAt);
    } catch (error) {
      if (signal.aborted) return;
      await trouble.wait(error, 0);
    }
  }
}

const LEAST_WAIT_MS = 500;
const MOST_WAIT_MS = 5_000;
/** After a refusal that only a person can mend. */
const REFUSED_WAIT_MS = 60_000;
/** A connection that lasted so long makes the next attempt a first one. */
const STABLE_MS = 10_000;

async function* untilClosed(
  connection: BrokerConnection,
  signal: AbortSignal,
): AsyncGenerator<BrokerConnection, void, void> {
  const onAbort = () => void connection.end();
  try {
    yield connection;
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    await connection.closed;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await connection.end();
  }
}

/** `auto`: 5, then 3.1.1 once the broker refuses 5. */
class Versions {
  readonly #supervision: BrokerSupervision;
  #refuses5 = false;
  #told = false;

  constructor(supervision: BrokerSupervision) {
    this.#supervision = supervision;
  }

  async connect(): Promise<BrokerConnection> {
    const { connect, protocolVersion, signal } = this.#supervision;
    if (protocolVersion !== 'auto') return await connect(protocolVersion, signal);
    if (this.#refuses5) return await this.#connectOlder();
    try {
      return await connect('5', signal);
    } catch (error) {
      if (signal.aborted || !mayRefuse5(error)) throw error;
      return await this.#connectOlder(error);
    }
  }

  /**
   * A broker that says that it does not speak 5 is believed for good. One that only hangs up may just be starting
   * (a proxy in front of it does that), so it is asked for 5 again the next time.
   */
  async #connectOlder(refusal?: ConnectorError): Promise<BrokerConnection> {
    const { connect, signal, broker, report } = this.#supervision;
    this.#refuses5 = refusal === undefined || refusal.code === 'MQTT_PROTOCOL_REFUSED';
    try {
      const connection = await connect('3.1.1', signal);
      if (!this.#told) report({ type: 'mqtt-protocol-fallback', broker });
      this.#told = true;
      return connection;
    } catch (error) {
      if (mayRefuse5(error)) this.#refuses5 = false; // it speaks neither, or is being replaced: from the start again
      throw refusal?.code === 'MQTT_DISCONNECTED' ? refusal : error;
    }
  }
}

function mayRefuse5(error: unknown): error is ConnectorError {
  return (
    error instanceof ConnectorError &&
    (error.code === 'MQTT_PROTOCOL_REFUSED' || error.code === 'MQTT_DISCONNECTED')
  );
}

/** Tells what went wrong, and how long to wait before it is tried again. */
class Trouble {
  readonly #supervision: BrokerSupervision;
  #failures = 0;
  #lastCode: string | undefined;

  constructor(supervision: BrokerSupervision) {
    this.#supervision = supervision;
  }

  connected(): void {
    this.#lastCode = undefined;
  }

  /** `upMs`: how long the connection lasted, 0 where there was none. */
  async wait(cause: unknown, upMs: number): Promise<void> {
    const error = toConnectorError(cause, this.#supervision.broker);
    const { report, signal, wait = pause } = this.#supervision;
    this.#failures = upMs >= STABLE_MS ? 1 : this.#failures + 1;
    const retryInMs = this.#waitMs(error);
    report({ type: 'mqtt-offline', error, retryInMs, repeated: error.code === this.#lastCode });
    this.#lastCode = error.code;
    await wait(retryInMs, signal).catch(() => undefined); // aborted: the loop looks at the signal
  }

  #waitMs({ retryable }: ConnectorError): number {
    if (!retryable) return REFUSED_WAIT_MS;
    const { random = Math.random } = this.#supervision;
    const most = Math.min(MOST_WAIT_MS, LEAST_WAIT_MS * 2 ** Math.min(this.#failures, 30));
    return Math.round(LEAST_WAIT_MS + random() * (most - LEAST_WAIT_MS));
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}

function toConnectorError(cause: unknown, broker: string): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  const text = `The connection to the broker at ${broker} failed: ${(cause as Error).message}`;
  return new ConnectorError('MQTT_DISCONNECTED', text, { cause });
}
