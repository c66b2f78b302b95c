// One call of one phone, placed or taken. What the phone does and what happens to it is noted in plain words
// ("lifts", "is hung up on"): these notes are the truth that the bridge's events are held against.

import { Dialog, toCancel, token, toResponse } from './dialog.ts';
import { type Account, authorizationOf } from './digest.ts';
import {
  type Header,
  headerOf,
  type SipRequest,
  type SipResponse,
  uriOf,
  userOf,
  withHeader,
} from './message.ts';
import { RtpStream } from './rtp.ts';
import { answeringDirection, type Direction, mediaAddressOf, toSdp } from './sdp.ts';
import type { Transport } from './transport.ts';

/** What a call needs of its phone. */
export type Line = {
  readonly number: string;
  /** Shown beside the number, where there is one. */
  readonly name?: string;
  readonly transport: Transport;
  readonly account: Account | undefined;
  readonly note: (what: string, at?: number) => void;
};

export type Refusal = 302 | 404 | 480 | 486 | 500 | 503 | 603;

const REASONS: Readonly<Record<number, string>> = {
  180: 'Ringing',
  183: 'Session Progress',
  302: 'Moved Temporarily',
  404: 'Not Found',
  480: 'Temporarily Unavailable',
  486: 'Busy Here',
  487: 'Request Terminated',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  603: 'Decline',
};
const WAIT_MS = 15_000;

export class Call {
  /** Who called, or was called. */
  readonly other: string;
  readonly dialog: Dialog;
  readonly #line: Line;
  readonly #rtp: RtpStream;
  readonly #connected = Promise.withResolvers<void>();
  readonly #ringing = Promise.withResolvers<void>();
  readonly #refused = Promise.withResolvers<number>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #transferred = Promise.withResolvers<number>();
  #invite: SipRequest | undefined;
  #sdpVersion = 0;
  #isOver = false;
  #isConnected = false;
  #isGivenUp = false;
  /** Transferred blindly: the other side is gone, taken by somebody or not. */
  #isLetGo = false;

  private constructor(
    line: Line,
    rtp: RtpStream,
    { other, dialog }: Pick<Call, 'other' | 'dialog'>,
  ) {
    this.#line = line;
    this.#rtp = rtp;
    this.other = other;
    this.dialog = dialog;
    for (const each of [this.#connected, this.#refused, this.#ringing]) {
      each.promise.catch(() => undefined);
    }
  }

  /** Calls a number; `replaces` is the call that it takes over (RFC 3891). */
  static async place(line: Line, number: string, replaces?: Call): Promise<Call> {
    const { local, peer } = line.transport;
    const rtp = await RtpStream.open(local.host);
    const uri = `sip:${number}@${peer.host}:${peer.port}`;
    const call = new Call(line, rtp, {
      other: number,
      dialog: new Dialog({
        local,
        callId: `${token()}@${local.host}`,
        localUri: `sip:${line.number}@${peer.host}`,
        ...(line.name !== undefined && { localName: line.name }),
        remoteUri: uri,
        target: uri,
        user: line.number,
      }),
    });
    const headers: Header[] =
      replaces === undefined ? [] : [['Replaces', replaces.dialog.replaces]];
    void call.#placing(headers);
    return call;
  }

  /** A call that came in; it says nothing yet. */
  static async take(line: Line, invite: SipRequest): Promise<Call> {
    const { local } = line.transport;
    const from = headerOf(invite, 'From');
    const dialog = new Dialog({
      local,
      callId: headerOf(invite, 'Call-ID'),
      localUri: uriOf(headerOf(invite, 'To')),
      remoteUri: uriOf(from),
      target: uriOf(headerOf(invite, 'Contact')),
      user: line.number,
    });
    dialog.learn(invite);
    const call = new Call(line, await RtpStream.open(local.host), { other: userOf(from), dialog });
    call.#invite = invite;
    return call;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isConnected(): boolean {
    return this.#isConnected && !this.#isOver;
  }

  /** Until the call that we placed rings somewhere. */
  ringing(): Promise<void> {
    return within(this.#ringing.promise, `${this.#line.number} hears ${this.other} ring`);
  }

  connected(): Promise<void> {
    return within(this.#connected.promise, `${this.#line.number} is connected to ${this.other}`);
  }

  /** Until the call that we placed is refused; the SIP status. */
  refused(): Promise<number> {
    return within(this.#refused.promise, `${this.other} refuses ${this.#line.number}`);
  }

  /** Until it is over, whoever ended it, connected or not. */
  ended(): Promise<void> {
    return within(this.#ended.promise, `the call of ${this.#line.number} with ${this.other} ends`);
  }

  /** Until a transfer that we asked for is over; the SIP status that we were told. */
  transferred(): Promise<number> {
    return within(this.#transferred.promise, `the transfer of ${this.#line.number} is told`);
  }

  /** Rings (180) or sends early media (183). */
  alert(status: 180 | 183): void {
    if (status === 183) this.#startAudio(this.#invite?.body ?? '');
    const at = this.#answer(status, status === 183 ? this.#sdp('sendrecv') : '');
    this.#line.note('rings', at);
  }

  lift(): void {
    this.#startAudio(this.#invite?.body ?? '');
    this.#line.note('lifts', this.#answer(200, this.#sdp('sendrecv')));
    this.#connect();
  }

  refuse(status: Refusal, forwardTo?: string): void {
    const { peer } = this.#line.transport;
    const contact: Header = ['Contact', `<sip:${forwardTo}@${peer.host}:${peer.port}>`];
    const at = this.#answer(status, '', forwardTo === undefined ? [] : [contact]);
    this.#line.note(status === 302 ? 'forwards' : 'refuses', at);
    this.#end();
  }

  /** Gives up before the other side has lifted. */
  cancel(): void {
    if (this.#invite === undefined) throw new Error(`${this.#line.number} has no call to give up`);
    const at = this.#line.transport.request(toCancel(this.#invite), () => undefined);
    this.#line.note('gives up', at);
    this.#isGivenUp = true;
  }

  hangUp(word = 'hangs up'): void {
    const at = this.#line.transport.request(this.dialog.toRequest('BYE'), () => undefined);
    this.#line.note(word, at);
    this.#end();
  }

  async hold(direction: Direction = 'sendonly'): Promise<void> {
    this.#line.note('holds');
    await this.#offer(direction);
  }

  async resume(): Promise<void> {
    this.#line.note('resumes');
    await this.#offer('sendrecv');
  }

  /** Blind transfer (REFER); resolves when it is accepted or not, with the SIP status. */
  transferTo(number: string): Promise<number> {
    const { peer } = this.#line.transport;
    this.#isLetGo = true;
    return this.#refer(`<sip:${number}@${peer.host}:${peer.port}>`);
  }

  /** Attended transfer: connects who is here with who is there (REFER with Replaces). */
  transferToCall(there: Call): Promise<number> {
    const { peer } = this.#line.transport;
    const replaces = encodeURIComponent(there.dialog.replaces);
    return this.#refer(`<sip:${there.other}@${peer.host}:${peer.port}?Replaces=${replaces}>`);
  }

  /** Presses keys in the audio; noted when the last one is let go. */
  async press(keys: string): Promise<void> {
    await this.#rtp.press(keys);
    this.#line.note(`presses ${keys}`);
  }

  /** A request of the other side within this call. */
  handle(request: SipRequest): void {
    const handler = this.#handlers[request.method];
    if (handler === undefined) this.#respond(request, [200, 'OK']);
    else handler(request);
  }

  /** Falls silent without a word. */
  drop(): void {
    this.#end();
  }

  readonly #handlers: Readonly<Record<string, (request: SipRequest) => void>> = {
    BYE: (request) => {
      this.#line.note('is hung up on');
      this.#respond(request, [200, 'OK']);
      this.#end();
    },
    CANCEL: (request) => {
      const { transport } = this.#line;
      const ok = toResponse(request, { status: 200, reason: 'OK', tag: this.dialog.localTag });
      transport.respond(request, ok);
      if (this.#isConnected || this.#isOver) return;
      this.#line.note('stops ringing');
      this.#answer(487);
      this.#end();
    },
    INVITE: (request) => this.#takeOffer(request),
    UPDATE: (request) => this.#takeOffer(request),
    REFER: (request) => this.#respond(request, [501, 'Not Implemented']),
    NOTIFY: (request) => {
      this.#respond(request, [200, 'OK']);
      const status = Number(/^SIP\/2\.0 (\d{3})/m.exec(request.body)?.[1] ?? 0);
      if (status < 200) return;
      this.#transferred.resolve(status);
      const isLetGo = this.#isLetGo && status !== 404; // a number that does not exist takes nobody away
      if (this.#isOver || (status >= 300 && !isLetGo)) return;
      this.hangUp('leaves'); // Asterisk leaves this to the phone
    },
  };

  async #placing(headers: readonly Header[]): Promise<void> {
    const response = await this.#send('INVITE', { headers, body: this.#sdp('sendrecv') });
    const { status } = response;
    if (status < 300) {
      this.#acknowledge(response);
      this.#line.note('is answered');
      if (!this.#isOver) this.#connect();
      if (this.#isGivenUp) this.hangUp(); // too late
      return;
    }
    this.#line.note('is refused');
    this.#refused.resolve(status);
    this.#end();
  }

  #acknowledge(response: SipResponse): void {
    this.dialog.learn(response);
    if (this.#invite !== undefined)
      this.#line.transport.acknowledge(this.dialog.toAck(this.#invite));
    this.#startAudio(response.body);
  }

  async #offer(direction: Direction): Promise<void> {
    const response = await this.#send('INVITE', { body: this.#sdp(direction) });
    if (response.status < 300) this.#acknowledge(response);
  }

  #takeOffer(request: SipRequest): void {
    this.#startAudio(request.body);
    const answer = request.body === '' && request.method === 'UPDATE' ? '' : this.#sdpFor(request);
    this.#respond(request, [200, 'OK'], answer);
  }

  #sdpFor({ body }: SipRequest): string {
    return this.#sdp(answeringDirection(body));
  }

  async #refer(to: string): Promise<number> {
    this.#line.note('transfers');
    const by: Header = [
      'Referred-By',
      `<sip:${this.#line.number}@${this.#line.transport.peer.host}>`,
    ];
    const { status } = await this.#send('REFER', { headers: [['Refer-To', to], by] });
    return status;
  }

  /** The final answer; a request that must be authenticated is sent again. */
  async #send(
    method: string,
    { headers = [], body = '' }: { headers?: readonly Header[]; body?: string },
  ): Promise<SipResponse> {
    const { account } = this.#line;
    const request = this.dialog.toRequest(method, headers, body);
    const response = await this.#exchange(request, account === undefined);
    if (response.status !== 401 || account === undefined) return response;
    const again = this.dialog.toRequest(method, headers, body);
    const authorization: Header = ['Authorization', authorizationOf(response, again, account)];
    return this.#exchange(withHeader(again, authorization), true);
  }

  #exchange(request: SipRequest, isLast: boolean): Promise<SipResponse> {
    const final = Promise.withResolvers<SipResponse>();
    if (request.method === 'INVITE') this.#invite = request;
    const isFirstInvite = request.method === 'INVITE' && this.dialog.remoteTag === '';
    const at = this.#line.transport.request(request, (response) => {
      if (response.status >= 200) final.resolve(response);
      else this.#onProvisional(response);
    });
    if (isFirstInvite && isLast) this.#line.note('calls', at);
    return final.promise;
  }

  #onProvisional(response: SipResponse): void {
    const { status, body } = response;
    if (status === 100) return;
    this.dialog.learn(response);
    this.#line.note(status === 183 ? 'hears early media' : 'hears it ring');
    this.#ringing.resolve();
    this.#startAudio(body);
  }

  #answer(status: number, body = '', headers: readonly Header[] = []): number {
    if (this.#invite === undefined) throw new Error('there is nothing to answer');
    return this.#respond(this.#invite, [status, REASONS[status] ?? 'OK'], body, headers);
  }

  #respond(
    request: SipRequest,
    status: readonly [number, string],
    ...[body = '', headers = []]: readonly [body?: string, headers?: readonly Header[]]
  ): number {
    const response = this.dialog.toResponse(request, status, { headers, body });
    return this.#line.transport.respond(request, response);
  }

  #sdp(direction: Direction): string {
    this.#sdpVersion += 1;
    const { host } = this.#line.transport.local;
    return toSdp({ host, port: this.#rtp.port }, this.#sdpVersion, direction);
  }

  #startAudio(sdp: string): void {
    const peer = mediaAddressOf(sdp);
    if (peer !== undefined && !this.#isOver) this.#rtp.sendTo(peer);
  }

  #connect(): void {
    this.#isConnected = true;
    this.#connected.resolve();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#rtp.close();
    this.#ended.resolve();
  }
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`waited in vain: ${what}`)), WAIT_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
