// A manager interface of a few lines that does what a test tells it to: silence, refusals, torn answers, resets.

import { createHash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { type Headers, messageText } from './ami-text.ts';

export const BANNER = 'Asterisk Call Manager/11.0.0\r\n';
export const SECRET = 's3cret-grün';
export const CHALLENGE = '117132415';

/** The headers of an action, as the client spelled them. */
export type ClientAction = ReadonlyMap<string, string>;

export type AmiPeer = {
  readonly socket: Socket;
  /** Bytes as they are, a character each. */
  raw(text: string): void;
  /** A response to the action. */
  reply(action: ClientAction, response: string, ...headers: Headers): void;
};

export type AmiScript = {
  /** What a client is sent at once; default: the banner of Asterisk 22. */
  readonly greeting?: string;
  /** Whether the action is answered here; one that is not is answered as Asterisk does. */
  readonly onAction?: (action: ClientAction, peer: AmiPeer) => boolean;
  readonly onSocket?: (peer: AmiPeer) => void;
};

export type ScriptedAsterisk = AsyncDisposable & {
  readonly port: number;
  /** Everything that clients asked, in order. */
  readonly actions: readonly ClientAction[];
  readonly peers: readonly AmiPeer[];
};

export async function scriptedAsterisk(
  script: AmiScript = {},
  server: Server = createServer(),
): Promise<ScriptedAsterisk> {
  const actions: ClientAction[] = [];
  const peers: AmiPeer[] = [];
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    const peer = toPeer(socket);
    peers.push(peer);
    serve(peer, script, actions);
  });
  server.on('connection', (socket) => socket.on('error', () => undefined));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    actions,
    peers,
    async [Symbol.asyncDispose]() {
      for (const { socket } of peers) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toPeer(socket: Socket): AmiPeer {
  return {
    socket,
    raw: (text) => socket.write(text, 'latin1'),
    reply: (action, response, ...headers) => {
      const id = ['ActionID', action.get('ActionID') ?? ''] as const;
      socket.write(`${messageText(['Response', response], id, ...headers)}\r\n`);
    },
  };
}

function serve(peer: AmiPeer, script: AmiScript, actions: ClientAction[]): void {
  const { socket } = peer;
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  script.onSocket?.(peer);
  peer.raw(script.greeting ?? BANNER);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    const parts = `${text}${String(piece)}`.split('\r\n\r\n');
    text = parts.pop() ?? '';
    for (const action of parts.map(parse)) {
      actions.push(action);
      if (!script.onAction?.(action, peer)) answer(action, peer);
    }
  });
}

function parse(text: string): ClientAction {
  return new Map(
    text.split('\r\n').map((line) => {
      const [key = '', ...rest] = line.split(': ');
      return [key, rest.join(': ')] as const;
    }),
  );
}

/** As Asterisk does, but that a refusal comes at once. */
function answer(action: ClientAction, peer: AmiPeer): void {
  const name = action.get('Action');
  if (name === 'Challenge') peer.reply(action, 'Success', ['Challenge', CHALLENGE]);
  else if (name === 'Ping') peer.reply(action, 'Success', ['Ping', 'Pong']);
  else if (name === 'Logoff') {
    peer.reply(action, 'Goodbye');
    peer.socket.end();
  } else if (name !== 'Login') {
    peer.reply(action, 'Success');
  } else if (isSecretRight(action)) {
    peer.reply(action, 'Success', ['Message', 'Authentication accepted']);
  } else {
    peer.reply(action, 'Error', ['Message', 'Authentication failed']);
    peer.socket.end();
  }
}

function isSecretRight(login: ClientAction): boolean {
  const key = createHash('md5').update(`${CHALLENGE}${SECRET}`).digest('hex');
  return login.get('Key') === key || login.get('Secret') === SECRET;
}
