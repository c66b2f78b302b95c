// A phone with one extension and one port. Calls that come in ring until the scenario does something about them, or as
// `whenCalled` says.

import { setTimeout } from 'node:timers/promises';
import { Call, type Line, type Refusal } from './call.ts';
import { Dialog, token, toResponse } from './dialog.ts';
import { type Account, authorizationOf } from './digest.ts';
import {
  type Header,
  headerOf,
  type SipRequest,
  type SipResponse,
  summaryOf,
  tagOf,
  withHeader,
} from './message.ts';
import { type Address, type Direction, Transport } from './transport.ts';

/** Something that a phone did, or that was done to it; `at` is epoch milliseconds, microseconds behind the point. */
export type Moment = { readonly at: number; readonly phone: string; readonly what: string };
/** One message as the phone sent or received it. */
export type Traffic = Moment & { readonly direction: Direction };

export type PhoneOptions = {
  readonly number: string;
  readonly local: Address;
  readonly asterisk: Address;
  /** Who registers; whoever has no account is outside, behind the trunk. */
  readonly account?: Account;
};

/** What a phone does by itself about a call. */
export type Rule = {
  /** 180 (the default), 183 (early media) or nothing. */
  readonly alert?: 180 | 183 | 'nothing';
  /** Refuses with that status; where it alerts before, `after` that many milliseconds. */
  readonly refuse?: Refusal;
  readonly forwardTo?: string;
  readonly lift?: boolean;
  /** Milliseconds from the INVITE to the refusal or the answer. */
  readonly after?: number;
};

export class Phone {
  readonly number: string;
  readonly moments: Moment[] = [];
  readonly traffic: Traffic[] = [];
  readonly #options: PhoneOptions;
  readonly #calls = new Map<string, Call>();
  #transport: Transport | undefined;
  #rule: Rule = {};
  /** Calls that came in and that nobody has asked for. */
  #ringing: Call[] = [];
  #waiting: ((call: Call) => void)[] = [];

  private constructor(options: PhoneOptions) {
    this.number = options.number;
    this.#options = options;
  }

  static async open(options: PhoneOptions): Promise<Phone> {
    const phone = new Phone(options);
    phone.#transport = await Transport.open({
      local: options.local,
      peer: options.asterisk,
      onTraffic: (direction, message, at) => {
        phone.traffic.push({ at, phone: phone.number, direction, what: summaryOf(message) });
      },
      onRequest: (request) => void phone.#onRequest(request),
    });
    return phone;
  }

  /** @throws Error where Asterisk does not let it. */
  async register(): Promise<void> {
    const { account, asterisk, local } = this.#options;
    const uri = `sip:${this.number}@${asterisk.host}`;
    const dialog = new Dialog({
      local,
      callId: token(),
      localUri: uri,
      remoteUri: uri,
      target: `sip:${asterisk.host}:${asterisk.port}`,
      user: this.number,
    });
    const headers: Header[] = [['Expires', '3600']];
    const challenge = await this.#exchange(dialog.toRequest('REGISTER', headers));
    if (account === undefined) throw new Error(`${this.number} has no account`);
    const again = dialog.toRequest('REGISTER', headers);
    const authorization: Header = ['Authorization', authorizationOf(challenge, again, account)];
    const { status } = await this.#exchange(withHeader(again, authorization));
    if (status !== 200) throw new Error(`${this.number} could not register: ${status}`);
  }

  /** What it does by itself from now on about calls that come in. */
  whenCalled(rule: Rule): void {
    this.#rule = rule;
  }

  /** Calls a number; from outside as somebody. */
  async call(number: string, as: Partial<Pick<Line, 'number' | 'name'>> = {}): Promise<Call> {
    return this.#keep(await Call.place({ ...this.#line, ...as }, number));
  }

  /** Takes over somebody else's call (INVITE with Replaces): the pick-up of a busy-lamp key. */
  async replace(call: Call, number = call.other): Promise<Call> {
    return this.#keep(await Call.place(this.#line, number, call));
  }

  /** The next call that came in, ringing by now unless a rule says otherwise. */
  async rings(withinMs = 10_000): Promise<Call> {
    const [call] = this.#ringing.splice(0, 1);
    if (call !== undefined) return call;
    const next = Promise.withResolvers<Call>();
    this.#waiting.push(next.resolve);
    const late = setTimeout(withinMs, undefined, { ref: false });
    const rung = await Promise.race([next.promise, late]);
    if (rung === undefined) throw new Error(`waited in vain: ${this.number} is called`);
    return rung;
  }

  /** Stops to hear and to say anything, in mid-call or not, for as long as it lives: Asterisk goes on calling for a while. */
  vanish(): void {
    this.#wire.isDeaf = true;
    this.note('vanishes');
    for (const call of this.#calls.values()) call.drop();
  }

  /** Forgets what was, and does what a phone does by default: for the next scenario. */
  reset(): void {
    for (const call of this.#calls.values()) if (!call.isOver) call.drop();
    this.#calls.clear();
    this.#rule = {};
    this.#ringing = [];
    this.#waiting = [];
    this.moments.length = 0;
    this.traffic.length = 0;
  }

  /** Calls that are not over. */
  get openCalls(): readonly Call[] {
    return [...this.#calls.values()].filter(({ isOver }) => !isOver);
  }

  close(): void {
    this.#wire.close();
  }

  note(what: string, at = performance.timeOrigin + performance.now()): void {
    this.moments.push({ at, phone: this.number, what });
  }

  get #wire(): Transport {
    if (this.#transport === undefined) throw new Error('the phone is not open');
    return this.#transport;
  }

  get #line(): Line {
    const { number, account } = this.#options;
    const note = (what: string, at?: number) => this.note(what, at);
    return { number, account, transport: this.#wire, note };
  }

  #keep(call: Call): Call {
    this.#calls.set(call.dialog.callId, call);
    return call;
  }

  #exchange(request: SipRequest): Promise<SipResponse> {
    return new Promise((resolve) => {
      this.#wire.request(request, (response) => {
        if (response.status >= 200) resolve(response);
      });
    });
  }

  async #onRequest(request: SipRequest): Promise<void> {
    const call = this.#calls.get(headerOf(request, 'Call-ID'));
    if (call !== undefined) call.handle(request);
    else if (request.method === 'INVITE' && tagOf(headerOf(request, 'To')) === '') {
      await this.#take(request);
    } else this.#decline(request);
  }

  /** What belongs to no call: a question whether we live, news of a mailbox, the end of a forgotten call. */
  #decline(request: SipRequest): void {
    const answer = ['OPTIONS', 'NOTIFY'].includes(request.method)
      ? { status: 200, reason: 'OK' }
      : { status: 481, reason: 'Call Does Not Exist' };
    this.#wire.respond(request, toResponse(request, { ...answer, tag: token() }));
  }

  async #take(invite: SipRequest): Promise<void> {
    const rule = this.#rule;
    const call = this.#keep(await Call.take(this.#line, invite));
    const { alert = 180, after = 0 } = rule;
    const isAtOnce = rule.refuse !== undefined && after === 0;
    if (alert !== 'nothing' && !isAtOnce) call.alert(alert);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#ringing.push(call);
    else waiting(call);
    if (after > 0) await setTimeout(after);
    if (call.isOver) return;
    if (rule.refuse !== undefined) call.refuse(rule.refuse, rule.forwardTo);
    else if (rule.lift === true) call.lift();
  }
}
