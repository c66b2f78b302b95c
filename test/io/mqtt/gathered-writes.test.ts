import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { gatherWrites } from '../../../src/io/mqtt/gathered-writes.ts';

/** A socket that gathers, the bytes that came out at the other end, and how many writes there were. */
async function gathering() {
  const arrived: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  const server = createServer((peer) => {
    peer.on('data', (bytes) => arrived.push(bytes as Buffer));
    peer.on('end', ended.resolve);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const writes = countWrites(socket);
  return {
    socket: gatherWrites(socket),
    writes: () => writes.length,
    async received() {
      await ended.promise;
      server.close();
      return Buffer.concat(arrived).toString();
    },
  };
}

function countWrites(socket: Socket): readonly unknown[] {
  const writes: unknown[] = [];
  const write = socket.write.bind(socket);
  socket.write = (bytes: string | Uint8Array) => {
    writes.push(bytes);
    return write(bytes);
  };
  return writes;
}

describe('the gathered writes of a turn', () => {
  it('are one write, in order, when the last cork is out', async () => {
    const { socket, writes, received } = await gathering();
    socket.cork();
    socket.write('grün ');
    socket.cork();
    socket.write(Buffer.from([0x31]));
    socket.uncork();
    expect(writes()).toBe(0);
    socket.write(' ☎');
    socket.uncork();
    expect(writes()).toBe(1);
    socket.end();
    expect(await received()).toBe('grün 1 ☎');
  });

  it('may be larger than the room for them', async () => {
    const { socket, received } = await gathering();
    const pieces = [
      ...Array.from({ length: 2_000 }, (_, n) => `piece ${n},`),
      'é'.repeat(50_000),
      'x'.repeat(5),
    ];
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
    socket.end();
    expect(await received()).toBe(pieces.join(''));
  });

  it('leave before the end', async () => {
    const { socket, received } = await gathering();
    socket.cork();
    socket.write('goodbye');
    socket.end();
    socket.uncork();
    expect(await received()).toBe('goodbye');
  });

  it('say when the socket takes no more, and when it does again', async () => {
    const { socket, received } = await gathering();
    await once(socket, 'connect');
    expect(socket.write('x'.repeat(5_000_000))).toBe(false);
    expect(socket.write('y')).toBe(false);
    await once(socket, 'drain');
    expect(socket.write('z')).toBe(true);
    socket.end();
    expect((await received()).length).toBe(5_000_002);
  });
});
