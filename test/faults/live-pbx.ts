// A manager interface whose PBX lives on whether anybody listens or not: all sessions are told the same as it happens, and
// nothing of what happened while they were away. Like Asterisk it throws out who does not read.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { toMessage } from '../../src/core/ami/message.ts';
import {
  answer,
  type ClientAction,
  goodbye,
  parseAction,
  success,
} from '../../src/core/capture/answers.ts';
import { type ChannelTable, track } from '../../src/core/capture/channel-table.ts';

const BANNER = 'Asterisk Call Manager/11.0.0\r\n';
const AMI_VERSION = '11.0.0';
const END_OF_ACTION = /\r?\n\r?\n/;
/** manager.conf, writetimeout: so long a write may wait for the reader. */
const WRITE_TIMEOUT_MS = 100;
/** What is written at once. */
const CHUNK_BYTES = 64 * 1024;

export type LivePbxOptions = {
  /** Where it does not it cannot say which channels there are, and tells much at little cost. */
  readonly tracks: boolean;
  readonly writeTimeoutMs: number;
};

export class LivePbx implements AsyncDisposable {
  readonly #options: LivePbxOptions;
  readonly #server: Server;
  readonly #sessions = new Set<Session>();
  readonly #channels: ChannelTable = new Map();
  readonly #bootSeconds = Math.floor(Date.now() / 1_000) - 86_400;
  readonly #startedAt = Date.now();
  /** Sessions that were thrown out because they did not read. */
  thrownOut = 0;
  /** Who does not read is waited for. */
  isPatient = false;
  /** Called before an action is answered: like Asterisk it has said by then what had happened. */
  onAsked: () => void = () => {};

  static async listen(options: Partial<LivePbxOptions> = {}): Promise<LivePbx> {
    const pbx = new LivePbx({ tracks: true, writeTimeoutMs: WRITE_TIMEOUT_MS, ...options });
    pbx.#server.listen(0, '127.0.0.1');
    await once(pbx.#server, 'listening');
    return pbx;
  }

  private constructor(options: LivePbxOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sessions that are logged in. */
  get listeners(): number {
    return [...this.#sessions].filter(({ isIn }) => isIn).length;
  }

  /** Channels that exist. */
  get channels(): number {
    return this.#channels.size;
  }

  /** Whole messages, each with its empty line. */
  tell(texts: readonly string[]): void {
    if (texts.length === 0) return;
    if (this.#options.tracks) this.#track(texts);
    this.tellBytes(Buffer.from(texts.join(''), 'latin1'));
  }

  /** The same of what nobody keeps track of. */
  tellBytes(bytes: Buffer): void {
    for (const session of this.#sessions) session.tell(bytes);
  }

  /** Bytes that the slowest session has not taken yet. */
  get waiting(): number {
    return Math.max(0, ...[...this.#sessions].map(({ waiting }) => waiting));
  }

  #track(texts: readonly string[]): void {
    const at = Date.now() - this.#startedAt;
    for (const text of texts) track(this.#channels, toMessage(text.slice(0, -2)), at);
  }

  /** Ends all sessions but the first `spared`: `manager kick session`. */
  kick(spared: number): void {
    for (const session of [...this.#sessions].slice(spared)) session.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.end();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    const session = new Session(socket, {
      reply: (action) => this.#answer(action),
      writeTimeoutMs: this.#options.writeTimeoutMs,
      isPatient: () => this.isPatient,
      onStuck: () => {
        this.thrownOut += 1;
      },
    });
    this.#sessions.add(session);
    socket.on('close', () => this.#sessions.delete(session));
  }

  #answer(action: ClientAction): string {
    this.onAsked();
    const now = Date.now();
    return answer(action, {
      amiVersion: AMI_VERSION,
      channels: this.#channels,
      seconds: now / 1_000,
      bootSeconds: this.#bootSeconds,
      ms: now - this.#startedAt,
    });
  }
}

type SessionOptions = {
  readonly reply: (action: ClientAction) => string;
  readonly onStuck: () => void;
  readonly writeTimeoutMs: number;
  readonly isPatient: () => boolean;
};

class Session {
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  #input = '';
  #isIn = false;
  #queue: Buffer[] = [];
  #waiting = 0;
  #isWriting = false;
  /** So many were taken. */
  #pieces = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setEncoding('latin1');
    socket.on('data', (text) => this.#read(String(text)));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearTimeout(this.#timer));
    this.#write(Buffer.from(BANNER, 'latin1'));
  }

  get isIn(): boolean {
    return this.#isIn;
  }

  /** Bytes that it has not taken yet. */
  get waiting(): number {
    return this.#waiting;
  }

  tell(bytes: Buffer): void {
    if (this.#isIn) this.#write(bytes);
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#input += text;
    for (;;) {
      const end = END_OF_ACTION.exec(this.#input);
      if (end === null) return;
      const lines = this.#input.slice(0, end.index).split(/\r?\n/);
      this.#input = this.#input.slice(end.index + end[0].length);
      const action = parseAction(lines);
      if (action.size > 0) this.#write(Buffer.from(this.#replyTo(action), 'latin1'));
    }
  }

  /** Anybody may log in. */
  #replyTo(action: ClientAction): string {
    const name = action.get('action')?.toLowerCase();
    if (name === 'challenge') return success(action, ['Challenge', '123456789']);
    if (name === 'logoff') return goodbye(action);
    if (name === 'events') return success(action, ['Events', 'On']);
    if (name !== 'login') return this.#options.reply(action);
    this.#isIn = true;
    return success(action, ['Message', 'Authentication accepted']);
  }

  #write(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#waiting += bytes.length;
    if (!this.#isWriting) this.#writeNext();
  }

  /** One piece after another: Node would write all that waits at once, and would not show how far that has come. */
  #writeNext(): void {
    const bytes = this.#next();
    if (bytes === undefined || this.#socket.destroyed) return;
    this.#isWriting = true;
    this.#watch();
    this.#socket.write(bytes, () => {
      clearTimeout(this.#timer);
      this.#waiting -= bytes.length;
      this.#pieces += 1;
      this.#isWriting = false;
      this.#writeNext();
    });
  }

  #next(): Buffer | undefined {
    const [first] = this.#queue;
    if (first === undefined) return undefined;
    if (first.length > CHUNK_BYTES) {
      this.#queue[0] = first.subarray(CHUNK_BYTES);
      return first.subarray(0, CHUNK_BYTES);
    }
    let count = 0;
    let length = 0;
    for (const { length: more } of this.#queue) {
      if (length + more > CHUNK_BYTES) break;
      length += more;
      count += 1;
    }
    return Buffer.concat(this.#queue.splice(0, count));
  }

  /** The timer comes before the socket's own turn, which may have been waiting for us. */
  #watch(): void {
    const piece = this.#pieces;
    const check = () => this.#check(piece);
    const { writeTimeoutMs } = this.#options;
    this.#timer = setTimeout(() => setImmediate(() => setImmediate(check)), writeTimeoutMs);
  }

  /** Asterisk gives up where what it writes is not taken in that time (main/iostream.c). */
  #check(piece: number): void {
    const isTaken = this.#pieces !== piece;
    if (isTaken || this.#socket.destroyed || this.#options.isPatient()) return;
    this.#options.onStuck();
    this.#socket.destroy();
  }
}
