// A manager session of the lab's own, for what no phone can do: originate, redirect, bridge, look.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SECRET } from './containers.ts';

export type AmiAnswer = Readonly<Record<string, string>>;

export class Ami implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (messages: readonly AmiAnswer[]) => void>();
  readonly #parts = new Map<string, AmiAnswer[]>();
  #text = '';
  #count = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#onText(text));
  }

  static async open({ host, port }: { host: string; port: number }): Promise<Ami> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    const ami = new Ami(socket);
    await ami.send('Login', { Username: 'everything', Secret: SECRET.ami, Events: 'off' });
    return ami;
  }

  /** The answer, and what a list action gives besides. @throws Error where Asterisk refuses. */
  async send(action: string, fields: AmiAnswer = {}): Promise<readonly AmiAnswer[]> {
    this.#count += 1;
    const id = String(this.#count);
    const lines = Object.entries({ Action: action, ActionID: id, ...fields });
    const answered = Promise.withResolvers<readonly AmiAnswer[]>();
    this.#waiting.set(id, answered.resolve);
    this.#socket.write(`${lines.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n`);
    const messages = await answered.promise;
    const [first] = messages;
    if (first?.Response === 'Error') throw new Error(`${action}: ${first.Message}`);
    return messages;
  }

  /** The channel of a phone or the trunk, by the beginning of its name: `PJSIP/102`. The youngest, if there are more. */
  async channelOf(device: string): Promise<string> {
    const items = await this.send('CoreShowChannels');
    const names = items.flatMap(({ Channel = '' }) =>
      Channel.startsWith(`${device}-`) ? Channel : [],
    );
    const channel = names.sort().at(-1);
    if (channel === undefined) throw new Error(`${device} has no channel`);
    return channel;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.end('Action: Logoff\r\n\r\n');
    this.#socket.destroySoon();
  }

  #onText(text: string): void {
    const messages = (this.#text + text).split('\r\n\r\n');
    this.#text = messages.pop() ?? '';
    for (const message of messages) this.#onMessage(toFields(message));
  }

  #onMessage(message: AmiAnswer): void {
    const id = message.ActionID ?? '';
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    const parts = [...(this.#parts.get(id) ?? []), message];
    this.#parts.set(id, parts);
    const isList = parts[0]?.EventList === 'start';
    if (isList && message.EventList !== 'Complete') return;
    this.#waiting.delete(id);
    this.#parts.delete(id);
    waiting(parts);
  }
}

function toFields(message: string): AmiAnswer {
  const pairs = message.split('\r\n').map((line) => line.split(/: ?(.*)/s, 2));
  return Object.fromEntries(pairs);
}
