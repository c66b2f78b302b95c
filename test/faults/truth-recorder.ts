// A second manager session beside that of the bridge, without anything in between: it understands nothing and only writes
// down the bytes that it is sent.

import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fact, FactReader } from './facts.ts';

export type TruthOptions = {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly secret: string;
  /** Where the bytes are written: `PATH.1`, and one more for each session. */
  readonly path: string;
  /** Where Asterisk itself goes away: it logs in again, and what it had known has ended with that Asterisk. */
  readonly again?: boolean;
};

const LOGGED_IN = 'Message: Authentication accepted';
const AGAIN_MS = 50;

type Recording = { readonly path: string; readonly file: WriteStream; readonly startedAt: number };

export class TruthRecorder {
  readonly #options: TruthOptions;
  readonly #recordings: Recording[] = [];
  #socket: Socket | undefined;
  /** Set when it ends before it is told to, and must not: then the recording is no truth. */
  #broke = false;
  #stopped = false;

  /** @throws Error where Asterisk does not let it in */
  static async start(options: TruthOptions): Promise<TruthRecorder> {
    const recorder = new TruthRecorder(options);
    if (options.again === true) await recorder.#loginAgain();
    else await recorder.#login();
    return recorder;
  }

  private constructor(options: TruthOptions) {
    this.#options = options;
  }

  get isWhole(): boolean {
    return !this.#broke;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket?.destroy();
    await Promise.all(this.#recordings.map(({ file }) => finished(file.end())));
  }

  /** What should have been told of all that was recorded. */
  async facts(prefix: string): Promise<readonly Fact[]> {
    const reader = new FactReader(prefix);
    for (const { path, startedAt } of this.#recordings) {
      reader.begin(startedAt);
      let isBannerOver = false;
      for await (const chunk of createReadStream(path)) {
        const bytes = chunk as Buffer;
        reader.push(isBannerOver ? bytes : bytes.subarray(bytes.indexOf('\n') + 1));
        isBannerOver = true;
      }
    }
    return reader.end();
  }

  async #login(): Promise<void> {
    const { host, port, username, secret } = this.#options;
    const socket = connect(port, host);
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    this.#socket = socket;
    const path = `${this.#options.path}.${this.#recordings.length + 1}`;
    const file = createWriteStream(path, { mode: 0o600 });
    const chunks: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => chunks.push(bytes));
    const login = [`Username: ${username}`, `Secret: ${secret}`, 'Events: call,agent,system'];
    socket.write(`Action: Login\r\n${login.join('\r\n')}\r\n\r\n`);
    await loggedIn(socket, chunks);
    socket.removeAllListeners('data');
    for (const bytes of chunks) file.write(bytes);
    socket.on('data', (bytes: Buffer) => file.write(bytes));
    this.#recordings.push({ path, file, startedAt: Date.now() });
    socket.on('close', () => this.#onClosed());
    if (socket.destroyed) this.#onClosed();
  }

  #onClosed(): void {
    if (this.#stopped) return;
    if (this.#options.again === true) void this.#loginAgain();
    else this.#broke = true;
  }

  async #loginAgain(): Promise<void> {
    for (; !this.#stopped; await delay(AGAIN_MS)) {
      const isIn = await this.#login().then(
        () => true,
        () => false,
      );
      if (isIn) return;
    }
  }
}

async function loggedIn(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
  const signal = AbortSignal.any([AbortSignal.timeout(5_000), closed(socket)]);
  for (;;) {
    await once(socket, 'data', { signal });
    const text = Buffer.concat(chunks).toString('latin1');
    if (text.includes(LOGGED_IN)) return;
    if (text.includes('Response: Error')) throw new Error(`the truth is not let in: ${text}`);
  }
}

function closed(socket: Socket): AbortSignal {
  const controller = new AbortController();
  socket.once('close', () => controller.abort(new Error('Asterisk hung up')));
  return controller.signal;
}
