// SIP over UDP with one peer: transactions of both sides (RFC 3261, section 17), as far as a local network needs them.
// What is sent is sent again until it is answered; what comes again is answered again, and told once.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  branchOf,
  formatMessage,
  headerOf,
  methodOf,
  parseMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  sequenceOf,
} from './message.ts';

export type Address = { readonly host: string; readonly port: number };
export type Direction = 'sent' | 'received';

export type TransportOptions = {
  readonly local: Address;
  readonly peer: Address;
  /** Every message but repeats, when it was sent or received. */
  readonly onTraffic: (direction: Direction, message: SipMessage, at: number) => void;
  /** A request, once. An ACK that belongs to a refusal is not told. */
  readonly onRequest: (request: SipRequest) => void;
};

const FIRST_REPEAT_MS = 500;
const LAST_REPEAT_MS = 4_000;
const GIVE_UP_MS = 32_000;

type Client = {
  readonly request: SipRequest;
  readonly onResponse: (response: SipResponse) => void;
  stop: () => void;
};
type Server = { answer?: string; stop: () => void };

export class Transport {
  readonly #options: TransportOptions;
  readonly #socket: Socket;
  readonly #clients = new Map<string, Client>();
  /** Requests of the peer by branch and method, with our latest answer. */
  readonly #servers = new Map<string, Server>();
  /** Our final answers to INVITEs that wait for an ACK, by Call-ID and CSeq number. */
  readonly #unacknowledged = new Map<string, () => void>();
  /** ACKs for 2xx by Call-ID and CSeq number, to be sent again. */
  readonly #acks = new Map<string, string>();
  #isDeaf = false;

  private constructor(options: TransportOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.on('message', (bytes) => this.#onDatagram(bytes.toString('utf8')));
    socket.on('error', () => undefined); // a peer that is gone for a moment
  }

  static async open(options: TransportOptions): Promise<Transport> {
    const { host, port } = options.local;
    const socket = createSocket('udp4').bind(port, host);
    await once(socket, 'listening');
    return new Transport(options, socket);
  }

  get local(): Address {
    return this.#options.local;
  }

  get peer(): Address {
    return this.#options.peer;
  }

  /** Neither hears nor says anything any more, as if its cable was pulled. */
  set isDeaf(isDeaf: boolean) {
    this.#isDeaf = isDeaf;
    if (isDeaf) this.#stopAll();
  }

  /** Sends a request until it is answered; every response is told. When it was sent. */
  request(request: SipRequest, onResponse: (response: SipResponse) => void): number {
    const at = this.#send(request);
    const stop = this.#repeat(formatMessage(request));
    this.#clients.set(keyOf(request), { request, onResponse, stop });
    return at;
  }

  /** Sends the ACK for a 2xx, now and whenever that comes again. */
  acknowledge(ack: SipRequest): void {
    this.#acks.set(inviteKeyOf(ack), formatMessage(ack));
    this.#send(ack);
  }

  /** Answers a request of the peer. When it was sent. */
  respond(request: SipRequest, response: SipResponse): number {
    const at = this.#send(response);
    const server = this.#servers.get(keyOf(request));
    const text = formatMessage(response);
    if (server !== undefined) server.answer = text;
    if (request.method === 'INVITE' && response.status >= 200) {
      this.#unacknowledged.set(inviteKeyOf(request), this.#repeat(text));
    }
    return at;
  }

  close(): void {
    this.#stopAll();
    this.#socket.close();
  }

  #send(message: SipMessage): number {
    if (!this.#isDeaf) this.#write(formatMessage(message));
    const at = performance.timeOrigin + performance.now();
    if (!this.#isDeaf) this.#options.onTraffic('sent', message, at);
    return at;
  }

  #write(text: string): void {
    const { host, port } = this.#options.peer;
    this.#socket.send(text, port, host);
  }

  /** Gives what ends it. */
  #repeat(text: string): () => void {
    let waitMs = FIRST_REPEAT_MS;
    let waitedMs = 0;
    const again = () => {
      this.#write(text);
      waitedMs += waitMs;
      waitMs = Math.min(2 * waitMs, LAST_REPEAT_MS);
      if (waitedMs < GIVE_UP_MS) timer = setTimeout(again, waitMs);
    };
    let timer = setTimeout(again, waitMs);
    return () => clearTimeout(timer);
  }

  #onDatagram(text: string): void {
    const at = performance.timeOrigin + performance.now();
    const message = this.#isDeaf ? undefined : parseMessage(text);
    if (message === undefined) return;
    if (message.kind === 'response') this.#onResponse(message, at);
    else this.#onRequest(message, at);
  }

  #onResponse(response: SipResponse, at: number): void {
    const client = this.#clients.get(keyOf(response));
    const ack = this.#acks.get(inviteKeyOf(response));
    if (client === undefined) {
      if (ack !== undefined && methodOf(response) === 'INVITE') this.#write(ack);
      return;
    }
    client.stop();
    this.#options.onTraffic('received', response, at);
    if (response.status >= 200) this.#clients.delete(keyOf(response));
    if (response.status >= 300 && client.request.method === 'INVITE') {
      this.#send(toAckOfRefusal(client.request, response));
    }
    client.onResponse(response);
  }

  #onRequest(request: SipRequest, at: number): void {
    if (request.method === 'ACK') {
      this.#unacknowledged.get(inviteKeyOf(request))?.();
      this.#unacknowledged.delete(inviteKeyOf(request));
      this.#options.onTraffic('received', request, at);
      return;
    }
    const known = this.#servers.get(keyOf(request));
    if (known !== undefined) {
      if (known.answer !== undefined) this.#write(known.answer);
      return;
    }
    this.#servers.set(keyOf(request), { stop: () => undefined });
    this.#options.onTraffic('received', request, at);
    this.#options.onRequest(request);
  }

  #stopAll(): void {
    for (const { stop } of this.#clients.values()) stop();
    for (const stop of this.#unacknowledged.values()) stop();
    this.#clients.clear();
    this.#unacknowledged.clear();
  }
}

function keyOf(message: SipMessage): string {
  return `${methodOf(message)} ${branchOf(message)}`;
}

function inviteKeyOf(message: SipMessage): string {
  return `${headerOf(message, 'Call-ID')} ${sequenceOf(message)}`;
}

function toAckOfRefusal(invite: SipRequest, response: SipResponse): SipRequest {
  const copied = ['Via', 'From', 'Call-ID'].map((name) => [name, headerOf(invite, name)] as const);
  const headers = [
    ...copied,
    ['To', headerOf(response, 'To')] as const,
    ['CSeq', `${sequenceOf(invite)} ACK`] as const,
    ['Max-Forwards', '70'] as const,
  ];
  return { kind: 'request', method: 'ACK', uri: invite.uri, headers, body: '' };
}
