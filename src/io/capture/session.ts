// One client of the simulated manager interface: its login, its actions, and the playback that begins when it is in.
// As in Asterisk, an answer never stands inside a message: while a piece of one is out, answers wait for its end.

import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { type AmiMessage, header } from '../../core/ami/message.ts';
import {
  answer,
  type ClientAction,
  goodbye,
  type Moment,
  parseAction,
  refusal,
  success,
} from '../../core/capture/answers.ts';
import { type ChannelTable, track } from '../../core/capture/channel-table.ts';
import type { Playback, Step } from '../../core/capture/playback.ts';

export type SessionOptions = {
  readonly socket: Socket;
  readonly banner: string;
  readonly amiVersion: string;
  readonly playback: Playback;
  /** Epoch seconds: the PBX's clock when the playback begins, and when it came up. */
  readonly startSeconds: number;
  readonly bootSeconds: number;
  /** How many times faster than recorded; 0: as fast as the client reads. */
  readonly speed: number;
  readonly loop: boolean;
  readonly username?: string;
  readonly secret?: string;
  readonly refusalDelayMs: number;
  readonly maxBufferedBytes: number;
  /** The playback has come to its end; every time, where it repeats itself. */
  readonly onEnd: () => void;
};

/** Asterisk takes lines of 1,024 bytes and 128 of them; a client that sends more than that without an end is none. */
const MAX_ACTION_BYTES = 128 * 1024;
/** A client asks that much only in earnest while a message hangs in mid-air: it is dropped. */
const MAX_WAITING_ANSWERS = 1_000;
/** So many steps go out in one turn of the event loop when there is no time to keep. */
const STEPS_PER_TURN = 64;

export class Session {
  readonly #options: SessionOptions;
  readonly #socket: Socket;
  readonly #closed = new AbortController();
  readonly #channels: ChannelTable = new Map();
  /** Answers that wait for the end of a message. */
  #waiting: string[] = [];
  #input = '';
  #state: 'new' | 'in' | 'over' = 'new';
  #challenge = '';
  #eventsOff = false;
  #skipping = false;
  #whole = true;
  /** Where the playback is: `ms` of its own time, reached at the moment `at` of ours. */
  #position = { ms: 0, at: 0 };
  /** The PBX's clock at a moment of the playback. */
  #clock: { seconds: number; ms: number };

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#clock = { seconds: options.startSeconds, ms: 0 };
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text) => this.#read(String(text)));
    this.#socket.on('error', () => this.#socket.destroy()); // a client that vanished: 'close' follows
    this.#socket.on('close', () => this.#closed.abort());
    this.#socket.write(options.banner, 'latin1');
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#input += text;
    for (let end = END_OF_ACTION.exec(this.#input); end !== null; ) {
      const lines = this.#input.slice(0, end.index).split(/\r?\n/);
      this.#input = this.#input.slice(end.index + end[0].length);
      this.#handle(parseAction(lines));
      end = END_OF_ACTION.exec(this.#input);
    }
    if (this.#input.length > MAX_ACTION_BYTES) this.#socket.destroy();
  }

  #handle(action: ClientAction): void {
    if (action.size === 0 || this.#state === 'over') return;
    const reply = this.#replyTo(action);
    if (reply !== undefined) this.#reply(reply);
  }

  /** `undefined` where the answer comes later, or with the end of the session. */
  #replyTo(action: ClientAction): string | undefined {
    const name = action.get('action')?.toLowerCase() ?? '';
    if (name === 'challenge') return this.#giveChallenge(action);
    if (name === 'login') return this.#login(action);
    if (name === 'logoff') return this.#logoff(action);
    if (this.#state === 'new') return refusal(action, 'Permission denied');
    if (name === 'events') return this.#setEvents(action);
    return answer(action, this.#moment());
  }

  #giveChallenge(action: ClientAction): string {
    const type = action.get('authtype')?.toUpperCase();
    if (type !== 'MD5') return refusal(action, 'Must specify AuthType');
    this.#challenge = String(randomInt(1_000_000_000));
    return success(action, ['Challenge', this.#challenge]);
  }

  #login(action: ClientAction): string | undefined {
    if (this.#state === 'in') return refusal(action, 'Already logged in');
    if (!this.#isAllowed(action)) return this.#refuse(action);
    this.#state = 'in';
    this.#eventsOff = isOff(action.get('events'));
    setImmediate(() => {
      this.#play().catch(() => this.#socket.destroy());
    });
    return success(action, ['Message', 'Authentication accepted']);
  }

  #isAllowed(action: ClientAction): boolean {
    const { username, secret } = this.#options;
    if (username !== undefined && action.get('username') !== toLatin1(username)) return false;
    if (secret === undefined) return true;
    const key = action.get('key');
    if (key === undefined) return action.get('secret') === toLatin1(secret);
    return this.#challenge !== '' && key === md5(this.#challenge + secret);
  }

  /** As Asterisk does: a second of silence, one text for every reason, the end. */
  #refuse(action: ClientAction): undefined {
    this.#state = 'over';
    wait(this.#options.refusalDelayMs, undefined, { signal: this.#closed.signal })
      .then(() => this.#socket.end(refusal(action, 'Authentication failed'), 'latin1'))
      .catch(() => this.#socket.destroy());
  }

  #logoff(action: ClientAction): undefined {
    this.#state = 'over';
    this.#closed.abort();
    this.#socket.end(goodbye(action), 'latin1');
  }

  #setEvents(action: ClientAction): string {
    this.#eventsOff = isOff(action.get('eventmask'));
    return success(action, ['Events', this.#eventsOff ? 'Off' : 'On']);
  }

  #reply(text: string): void {
    this.#waiting.push(text);
    if (this.#waiting.length > MAX_WAITING_ANSWERS) this.#socket.destroy();
    this.#flush();
  }

  #flush(): void {
    if (!this.#whole || this.#waiting.length === 0) return;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#write(text);
  }

  /** False where the client should be given time to read. A client that reads too little is dropped. */
  #write(text: string): boolean {
    const goOn = this.#socket.write(text, 'latin1');
    if (this.#socket.writableLength > this.#options.maxBufferedBytes) this.#socket.destroy();
    return goOn;
  }

  async #play(): Promise<void> {
    const { loop, onEnd } = this.#options;
    do {
      this.#channels.clear();
      this.#position = { ms: 0, at: performance.now() };
      const steps = await this.#playOnce();
      onEnd();
      if (steps === 0) return;
      await turn(undefined, { signal: this.#closed.signal });
    } while (loop);
  }

  async #playOnce(): Promise<number> {
    let sent = 0;
    for (const step of this.#options.playback.steps()) {
      await this.#until(step.ms);
      const goOn = this.#show(step);
      sent++;
      if (this.#options.speed === 0) await this.#breathe(sent, goOn);
    }
    if (!this.#whole) this.#socket.end(); // cut off in a message, as the recorded session was
    return sent;
  }

  /** As fast as the client reads, and not faster; with time for its actions. */
  async #breathe(sent: number, goOn: boolean): Promise<void> {
    const { signal } = this.#closed;
    if (!goOn) await once(this.#socket, 'drain', { signal });
    else if (sent % STEPS_PER_TURN === 0) await turn(undefined, { signal });
  }

  async #until(ms: number): Promise<void> {
    const { speed } = this.#options;
    if (speed === 0) this.#position = { ms, at: performance.now() };
    const waitMs = speed === 0 ? 0 : (ms - this.#now()) / speed;
    if (waitMs > 0) await wait(waitMs, undefined, { signal: this.#closed.signal });
    this.#closed.signal.throwIfAborted();
  }

  #show({ text, messages, whole, ms }: Step): boolean {
    if (this.#whole) this.#skipping = this.#eventsOff;
    const goOn = this.#skipping || this.#write(text);
    for (const message of messages) this.#track(message, ms);
    this.#whole = whole;
    this.#flush();
    return goOn;
  }

  #track(message: AmiMessage, ms: number): void {
    track(this.#channels, message, ms);
    const seconds = Number(header(message, 'Timestamp') ?? Number.NaN);
    if (seconds > 0) this.#clock = { seconds, ms };
  }

  #now(): number {
    const { ms, at } = this.#position;
    return ms + (performance.now() - at) * this.#options.speed;
  }

  #moment(): Moment {
    const { amiVersion, bootSeconds } = this.#options;
    const ms = this.#now();
    const seconds = this.#clock.seconds + (ms - this.#clock.ms) / 1000;
    return { amiVersion, bootSeconds, channels: this.#channels, seconds, ms };
  }
}

const END_OF_ACTION = /\r?\n\r?\n/;

function isOff(mask: string | undefined): boolean {
  return mask !== undefined && ['off', 'no', 'false', '0'].includes(mask.toLowerCase());
}

/** A header's UTF-8 bytes as they are read here, one character each. */
function toLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Lower-case hex, as Asterisk compares it (main/manager.c, authenticate). */
function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}
