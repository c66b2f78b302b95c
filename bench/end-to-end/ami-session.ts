// One session of the manager interface that the player is. Anybody may log in; like Asterisk it throws out who does not
// read: where a write waits for longer than that (main/iostream.c).

import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import {
  answer,
  type ClientAction,
  goodbye,
  parseAction,
  success,
} from '../../src/core/capture/answers.ts';

const AMI_VERSION = '11.0.0';
/** manager.conf, writetimeout. */
const WRITE_TIMEOUT_MS = 100;
/** So much is one write at most. */
const WRITE_BYTES = 65_536;

export type AmiSessionOptions = {
  readonly onLogin: () => void;
  readonly onStuck: () => void;
};

export class AmiSession {
  readonly #socket: Socket;
  readonly #options: AmiSessionOptions;
  #queue: Buffer[] = [];
  #waiting = 0;
  #isWriting = false;
  #input = '';
  /** Whoever does not read is waited for. */
  isPatient = false;

  constructor(socket: Socket, options: AmiSessionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.on('data', (text) => this.#read(String(text)));
    this.write(Buffer.from(`Asterisk Call Manager/${AMI_VERSION}\r\n`));
  }

  /** Bytes that the reader has not taken yet. */
  get waiting(): number {
    return this.#waiting;
  }

  write(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#waiting += bytes.length;
    if (!this.#isWriting) this.#writeNext();
  }

  #writeNext(): void {
    const bytes = this.#next();
    if (bytes === undefined || this.#socket.destroyed) return;
    this.#isWriting = true;
    const timer = setTimeout(() => void this.#giveUp(), WRITE_TIMEOUT_MS);
    this.#socket.write(bytes, () => {
      clearTimeout(timer);
      this.#waiting -= bytes.length;
      this.#isWriting = false;
      this.#writeNext();
    });
  }

  #next(): Buffer | undefined {
    if (this.#queue.length === 0) return undefined;
    let count = 0;
    let length = 0;
    for (const { length: more } of this.#queue) {
      if (count > 0 && length + more > WRITE_BYTES) break;
      length += more;
      count += 1;
    }
    return Buffer.concat(this.#queue.splice(0, count));
  }

  /** The timer comes before the socket's own turn, which may have been waiting for this process. */
  async #giveUp(): Promise<void> {
    const before = this.#waiting;
    await turn();
    await turn();
    if (this.isPatient || this.#waiting !== before || !this.#isWriting || this.#socket.destroyed)
      return;
    this.#options.onStuck();
    this.#socket.destroy();
  }

  #read(text: string): void {
    const actions = (this.#input + text).split('\r\n\r\n');
    this.#input = actions.pop() ?? '';
    for (const action of actions) {
      this.write(Buffer.from(this.#reply(parseAction(action.split('\r\n'))), 'latin1'));
    }
  }

  #reply(action: ClientAction): string {
    const name = action.get('action')?.toLowerCase();
    if (name === 'challenge') return success(action, ['Challenge', '123456789']);
    if (name === 'logoff') return goodbye(action);
    if (name === 'events') return success(action, ['Events', 'On']);
    if (name === 'login') {
      this.#options.onLogin();
      return success(action, ['Message', 'Authentication accepted']);
    }
    const ms = Date.now();
    const times = { seconds: ms / 1_000, bootSeconds: 1_770_000_000, ms };
    return answer(action, { amiVersion: AMI_VERSION, channels: new Map(), ...times });
  }
}
