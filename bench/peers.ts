// Other packages that read the manager interface, in a folder of their own with its own lock file. Neither has a parser
// that can be called alone in both, so each is given a socket that is not one: what it does on `data` is what is measured.

import { execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { promisify } from 'node:util';
import type { Reader } from './reader.ts';

const FOLDER = join(import.meta.dirname, 'peers');

export type Peer = { readonly name: string; readonly create: () => Reader };

/** Installs them where they are not yet. */
export async function openPeers(): Promise<readonly Peer[]> {
  await promisify(execFile)('npm', ['ci', '--ignore-scripts'], { cwd: FOLDER });
  const require = createRequire(join(FOLDER, 'package.json'));
  return [
    { name: 'asterisk-ami', create: () => createAsteriskAmi(require('asterisk-ami')) },
    { name: 'asterisk-manager', create: () => createAsteriskManager(require('asterisk-manager')) },
  ];
}

type AsteriskAmi = new (options: object) => EventEmitter & { connect(): void };
type AsteriskManager = new (port: number, host: string, username: string) => EventEmitter;

function createAsteriskAmi(Ami: AsteriskAmi): Reader {
  const socket = new Fed();
  const ami = new Ami({});
  socket.standIn(() => ami.connect());
  return socket.reader(ami, 'ami_data');
}

function createAsteriskManager(Manager: AsteriskManager): Reader {
  const socket = new Fed();
  const manager = socket.standIn(() => new Manager(5038, 'localhost', ''));
  return socket.reader(manager, 'managerevent');
}

/** What both ask of a socket. */
class Fed extends EventEmitter {
  #decoder = new StringDecoder();

  setEncoding(encoding: BufferEncoding): void {
    this.#decoder = new StringDecoder(encoding);
  }

  setKeepAlive(): void {}

  setNoDelay(): void {}

  standIn<T>(connect: () => T): T {
    const { createConnection } = net;
    net.createConnection = () => this as unknown as net.Socket; // they ask for no more than it has
    try {
      return connect();
    } finally {
      net.createConnection = createConnection;
    }
  }

  reader(peer: EventEmitter, event: string): Reader {
    let messages = 0;
    peer.on(event, () => {
      messages += 1;
    });
    return {
      push: (read) => this.emit('data', this.#decoder.write(read)),
      get messages() {
        return messages;
      },
    };
  }
}
