// One connection to the broker: one attempt, one life, one end. Whatever happens on it ends in `closed`; nothing that
// a broker sends or does throws anywhere else.

import type { IConnackPacket, MqttClient, Packet } from 'mqtt';
import { ConnectorError } from '../../errors.ts';
import type { Publisher } from '../../ports.ts';
import { type BrokerAddress, toBrokerAddress } from './broker-url.ts';
import { type Stage, toConnackError, toConnectionError, toDisconnectError } from './failure.ts';
import { MqttPublisher } from './mqtt-publisher.ts';
import { type ClientSettings, openClient } from './open-client.ts';

export type BrokerOptions = ClientSettings & {
  /** mqtt:// tcp:// mqtts:// ws:// wss://; `username` and `password` win over those in the URL. */
  readonly url: string;
  /** From the first packet of TCP to the broker's CONNACK; 10 s if left out. */
  readonly connectTimeoutMs?: number;
  /** The longest wait for an acknowledgement; 30 s if left out. */
  readonly ackTimeoutMs?: number;
};

export type BrokerConnection = {
  readonly publisher: Publisher;
  /** `host:port`. */
  readonly broker: string;
  readonly protocolVersion: '5' | '3.1.1';
  /** How many unacknowledged messages the broker accepts; 65535 where it does not say (3.1.1 never does). */
  readonly receiveMaximum: number;
  /** The largest packet that the broker accepts, bytes. */
  readonly maximumPacketSize?: number;
  /** Resolves when the connection is over, with the reason; never rejects. */
  readonly closed: Promise<ConnectorError>;
  /**
   * Ends the connection: with a DISCONNECT where everything is acknowledged, else by closing the socket, so that the
   * last will tells what could not be told. Never rejects.
   */
  end(): Promise<void>;
};

/**
 * One attempt to connect. `signal` ends the attempt; a connection that is made is ended by `end()`.
 * @throws ConnectorError MQTT_UNREACHABLE, MQTT_NOT_A_BROKER, MQTT_TLS_FAILED, MQTT_LOGIN_REJECTED,
 *   MQTT_CONNECT_REFUSED, MQTT_PROTOCOL_REFUSED, MQTT_SILENT, CONFIG_INVALID, or MQTT_DISCONNECTED where the broker
 *   closed the connection without an answer; the signal's reason when that is aborted.
 */
export async function connectBroker(
  options: BrokerOptions,
  signal: AbortSignal,
): Promise<BrokerConnection> {
  signal.throwIfAborted();
  const link = new Link(options);
  const onAbort = () => link.fail(ended(link.broker));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const connack = await link.connected;
    return link.toConnection(connack);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const CONNECT_TIMEOUT_MS = 10_000;
const ACK_TIMEOUT_MS = 30_000;
const END_TIMEOUT_MS = 1_000;
/** MQTT 5.0, section 3.2.2.3.3; nothing else bounds 3.1.1. */
const MAX_UNACKNOWLEDGED = 65_535;
/** MQTT 5.0, section 2.1.4. */
const MAX_PACKET_BYTES = 268_435_460;
/** No packet of a broker to a client without subscriptions comes near it. */
const MAX_UNFINISHED_BYTES = 1_048_576;

class Link {
  readonly broker: string;
  readonly #options: BrokerOptions;
  readonly #client: MqttClient;
  readonly #connected = Promise.withResolvers<IConnackPacket>();
  readonly #closed = Promise.withResolvers<ConnectorError>();
  readonly #timer: NodeJS.Timeout;
  #stage: Stage = 'connecting';
  #publisher: MqttPublisher | undefined;
  #failure: ConnectorError | undefined;
  #unfinishedBytes = 0;
  #ending = false;

  constructor(options: BrokerOptions) {
    const address = toBrokerAddress(options.url);
    this.broker = address.name;
    this.#options = options;
    this.#client = opened(address, options);
    this.#listen();
    const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.#timer = setTimeout(() => this.fail(this.#noAnswer(timeoutMs)), timeoutMs);
  }

  get connected(): Promise<IConnackPacket> {
    return this.#connected.promise;
  }

  toConnection({ properties }: IConnackPacket): BrokerConnection {
    const { protocolVersion, ackTimeoutMs = ACK_TIMEOUT_MS } = this.#options;
    const receiveMaximum = properties?.receiveMaximum ?? MAX_UNACKNOWLEDGED;
    const publisher = new MqttPublisher({
      client: this.#client,
      broker: this.broker,
      protocolVersion,
      receiveMaximum,
      maximumPacketSize: properties?.maximumPacketSize ?? MAX_PACKET_BYTES,
      ackTimeoutMs,
      onSilent: (error) => this.fail(error),
    });
    this.#publisher = publisher;
    if (this.#failure !== undefined) publisher.lose(this.#failure);
    return {
      publisher,
      broker: this.broker,
      protocolVersion,
      receiveMaximum,
      ...(properties?.maximumPacketSize && { maximumPacketSize: properties.maximumPacketSize }),
      closed: this.#closed.promise,
      end: () => this.#end(),
    };
  }

  /** The first failure is the reason; what follows from it is not told. */
  fail(error: ConnectorError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearTimeout(this.#timer);
    this.#publisher?.lose(error);
    this.#connected.reject(error);
    this.#closed.resolve(error);
    this.#client.end(true);
    this.#client.stream.destroy(); // `end` does nothing where a gentle end is under way
  }

  #listen(): void {
    const fail = (error: unknown) => this.fail(toConnectionError(error, this.broker, this.#stage));
    this.#client.on('error', fail);
    this.#client.stream.on('error', fail);
    this.#client.stream.on('data', (bytes: Buffer) => this.#onBytes(bytes.length));
    this.#client.on('packetreceive', (packet) => this.#onPacket(packet));
    this.#client.on('disconnect', (packet) => this.fail(toDisconnectError(packet, this.broker)));
    this.#client.on('close', () => this.fail(this.#hungUp()));
    this.#client.once('connect', (connack) => this.#onConnected(connack));
  }

  #onPacket(packet: Packet): void {
    this.#unfinishedBytes = 0;
    if (this.#stage === 'online') return;
    if (packet.cmd !== 'connack') {
      const text = `${this.broker} is no MQTT broker: its first packet is no CONNACK`;
      this.fail(new ConnectorError('MQTT_NOT_A_BROKER', text));
      return;
    }
    const trouble = connackTrouble(packet, this.broker);
    if (trouble === undefined) this.#stage = 'online';
    else this.fail(trouble);
  }

  #onConnected(connack: IConnackPacket): void {
    clearTimeout(this.#timer);
    this.#connected.resolve(connack);
  }

  /** The parser of the package waits for the end of a packet however long it is. */
  #onBytes(bytes: number): void {
    this.#unfinishedBytes += bytes;
    if (this.#unfinishedBytes <= MAX_UNFINISHED_BYTES) return;
    const text = `${this.broker} is no MQTT broker: it sends a packet without end`;
    this.fail(new ConnectorError('MQTT_NOT_A_BROKER', text));
  }

  #hungUp(): ConnectorError {
    if (this.#ending) return ended(this.broker);
    const text =
      this.#stage === 'online'
        ? `The broker at ${this.broker} closed the connection`
        : `${this.broker} closed the connection without an answer to CONNECT`;
    return new ConnectorError('MQTT_DISCONNECTED', text);
  }

  #noAnswer(timeoutMs: number): ConnectorError {
    const seconds = timeoutMs / 1_000;
    const { stream } = this.#client as { stream: { readonly connecting?: boolean } };
    return stream.connecting === true
      ? new ConnectorError(
          'MQTT_UNREACHABLE',
          `No way to the broker at ${this.broker} in ${seconds} s`,
        )
      : new ConnectorError(
          'MQTT_SILENT',
          `${this.broker} gave no answer to CONNECT in ${seconds} s`,
        );
  }

  async #end(): Promise<void> {
    if (this.#failure !== undefined) return;
    const error = ended(this.broker);
    if ((this.#publisher?.unacknowledged ?? 0) > 0) return this.fail(error);
    this.#ending = true;
    this.#publisher?.lose(error);
    const timer = setTimeout(() => this.fail(error), END_TIMEOUT_MS);
    this.#client.end(false, {}, () => this.fail(error));
    await this.#closed.promise;
    clearTimeout(timer);
  }
}

function opened(address: BrokerAddress, options: BrokerOptions): MqttClient {
  try {
    return openClient(address, options);
  } catch (cause) {
    throw toConnectionError(cause, address.name, 'connecting');
  }
}

function connackTrouble(connack: IConnackPacket, broker: string): ConnectorError | undefined {
  if ((connack.reasonCode ?? connack.returnCode ?? 0) !== 0) return toConnackError(connack, broker);
  const { maximumQoS, retainAvailable } = connack.properties ?? {};
  if (maximumQoS === 0) return toConnackError({ ...connack, reasonCode: NO_QOS }, broker);
  if (retainAvailable === false)
    return toConnackError({ ...connack, reasonCode: NO_RETAIN }, broker);
  return undefined;
}

const NO_RETAIN = 0x9a;
const NO_QOS = 0x9b;

function ended(broker: string): ConnectorError {
  return new ConnectorError('MQTT_DISCONNECTED', `The connection to ${broker} was ended here`);
}
