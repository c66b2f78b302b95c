// A second manager session beside that of the bridge, without anything in between: it understands nothing and only writes
// down the bytes that it is sent.

import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { type Fact, FactReader } from './facts.ts';

export type TruthOptions = {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly secret: string;
  /** Where the bytes are written. */
  readonly path: string;
};

const LOGGED_IN = 'Message: Authentication accepted';

export class TruthRecorder {
  readonly #path: string;
  readonly #socket: Socket;
  readonly #file: WriteStream;
  /** Set when it ends before it is told to: then the recording is no truth. */
  #broke = false;
  #stopped = false;

  /** @throws Error where Asterisk does not let it in */
  static async start({ host, port, username, secret, path }: TruthOptions): Promise<TruthRecorder> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    const recorder = new TruthRecorder(socket, path);
    const login = [`Username: ${username}`, `Secret: ${secret}`, 'Events: call,agent,system'];
    socket.write(`Action: Login\r\n${login.join('\r\n')}\r\n\r\n`);
    await recorder.#loggedIn();
    return recorder;
  }

  private constructor(socket: Socket, path: string) {
    this.#path = path;
    this.#socket = socket;
    this.#file = createWriteStream(path, { mode: 0o600 });
    socket.on('data', (bytes: Buffer) => this.#file.write(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#broke ||= !this.#stopped;
    });
  }

  get isWhole(): boolean {
    return !this.#broke;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket.destroy();
    this.#file.end();
    await finished(this.#file);
  }

  /** What should have been told of all that was recorded. */
  async facts(prefix: string): Promise<readonly Fact[]> {
    const reader = new FactReader(prefix);
    let isBannerOver = false;
    for await (const chunk of createReadStream(this.#path)) {
      const bytes = chunk as Buffer;
      reader.push(isBannerOver ? bytes : bytes.subarray(bytes.indexOf('\n') + 1));
      isBannerOver = true;
    }
    return reader.end();
  }

  async #loggedIn(): Promise<void> {
    let text = '';
    for (;;) {
      const [bytes] = await once(this.#socket, 'data', { signal: AbortSignal.timeout(5_000) });
      text += String(bytes);
      if (text.includes(LOGGED_IN)) return;
      if (text.includes('Response: Error')) throw new Error(`the truth is not let in: ${text}`);
    }
  }
}
