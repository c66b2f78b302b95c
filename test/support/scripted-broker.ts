// A broker of a few lines that does what a test tells it to, in MQTT 5 or 3.1.1: reason codes, silence, takeovers.

import { createServer, type Server, type Socket } from 'node:net';
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type IPublishPacket,
  type Packet,
  parser,
} from 'mqtt-packet';

export type Peer = {
  send(packet: Packet): void;
  /** Bytes as they are. */
  raw(bytes: Buffer | string): void;
  hangUp(): void;
};

export type Script = {
  /** Default: accepts. */
  readonly onConnect?: (packet: IConnectPacket, peer: Peer) => void;
  /** Default: acknowledges. */
  readonly onPublish?: (packet: IPublishPacket, peer: Peer) => void;
  /** For every connection, before any packet. */
  readonly onSocket?: (socket: Socket, peer: Peer) => void;
};

export type ScriptedBroker = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  /** Everything that clients sent, in order. */
  readonly packets: readonly Packet[];
  hangUp(): void;
};

export async function scriptedBroker(
  script: Script = {},
  server: Server = createServer(),
): Promise<ScriptedBroker> {
  const packets: Packet[] = [];
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket) => {
    sockets.add(socket);
    serve(socket, { script, packets });
  };
  server.on('connection', (socket) => socket.on('error', () => {}));
  server.on(isTls(server) ? 'secureConnection' : 'connection', onSocket);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    packets,
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function accepted(properties?: IConnackPacket['properties']): IConnackPacket {
  return {
    cmd: 'connack',
    reasonCode: 0,
    returnCode: 0,
    sessionPresent: false,
    ...(properties && { properties }),
  };
}

export function acknowledged(messageId: number | undefined, reasonCode = 0): Packet {
  return { cmd: 'puback', messageId: messageId ?? 0, reasonCode };
}

function isTls(server: Server): boolean {
  return 'setSecureContext' in server;
}

function serve(
  socket: Socket,
  { script, packets }: { readonly script: Script; readonly packets: Packet[] },
): void {
  socket.on('error', () => {});
  let protocolVersion = 5;
  const peer: Peer = {
    send: (packet) => socket.write(generate(packet, { protocolVersion })),
    raw: (bytes) => socket.write(bytes),
    hangUp: () => socket.destroy(),
  };
  script.onSocket?.(socket, peer);
  const incoming = parser();
  incoming.on('error', () => socket.destroy());
  incoming.on('packet', (packet) => {
    packets.push(packet);
    if (packet.cmd === 'connect') protocolVersion = packet.protocolVersion ?? 4;
    answer(packet, { script, peer });
  });
  socket.on('data', (bytes) => incoming.parse(bytes));
}

function answer(packet: Packet, { script, peer }: { script: Script; peer: Peer }): void {
  if (packet.cmd === 'connect') (script.onConnect ?? acceptConnect)(packet, peer);
  if (packet.cmd === 'publish') (script.onPublish ?? acceptPublish)(packet, peer);
  if (packet.cmd === 'pingreq') peer.send({ cmd: 'pingresp' });
  if (packet.cmd === 'disconnect') peer.hangUp();
}

function acceptConnect(_packet: IConnectPacket, peer: Peer): void {
  peer.send(accepted());
}

function acceptPublish(packet: IPublishPacket, peer: Peer): void {
  peer.send(acknowledged(packet.messageId));
}
