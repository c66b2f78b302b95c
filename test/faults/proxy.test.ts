import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from './proxy.ts';

let server: Server;
let proxy: TcpProxy;
let near: Socket;
let far: Socket;

beforeEach(async () => {
  server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  server.on('connection', (socket) => socket.on('error', () => undefined));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy = await TcpProxy.listen({ host: '127.0.0.1', port });
  near = connect(proxy.port, '127.0.0.1');
  [far] = (await once(server, 'connection')) as [Socket];
  near.on('error', () => undefined);
});

afterEach(async () => {
  near.destroy();
  far.destroy();
  await proxy[Symbol.asyncDispose]();
  server.close();
});

async function read(socket: Socket, bytes: number): Promise<string> {
  let text = '';
  while (text.length < bytes) {
    const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(2_000) });
    text += String(chunk);
  }
  return text;
}

function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe('a proxy', () => {
  it('passes on what comes, in both directions', async () => {
    near.write('up');
    expect(await read(far, 2)).toBe('up');
    far.write('down');
    expect(await read(near, 4)).toBe('down');
  });

  it('holds everything while it is stalled, and loses nothing of it', async () => {
    proxy.set('up', { stalled: true });
    near.write('held');
    near.on('data', () => undefined);
    far.write('x'); // the other direction goes on
    await once(near, 'data');
    expect(far.bytesRead).toBe(0);
    const reading = read(far, 4);
    proxy.heal();
    expect(await reading).toBe('held');
  });

  it('delays', async () => {
    proxy.set('up', { delayMs: 50 });
    const startedAt = performance.now();
    near.write('late');
    expect(await read(far, 4)).toBe('late');
    expect(performance.now() - startedAt).toBeGreaterThan(45);
  });

  it('throttles', async () => {
    proxy.set('up', { bytesPerSecond: 10_000 });
    const startedAt = performance.now();
    near.write('x'.repeat(1_000));
    expect(await read(far, 1_000)).toHaveLength(1_000);
    expect(performance.now() - startedAt).toBeGreaterThan(70);
  });

  it('cuts into segments of one byte, in order', async () => {
    proxy.set('up', { segmentBytes: 1, segmentEveryMs: 2 });
    const sizes: number[] = [];
    far.on('data', (bytes) => sizes.push(bytes.length));
    near.write('abcdef');
    expect(await read(far, 6)).toBe('abcdef');
    expect(sizes.length).toBeGreaterThan(3); // two may meet in the kernel
  });

  it('closes connections, and refuses new ones until it is healed', async () => {
    const closed = closing(near);
    proxy.refuse(true);
    proxy.cut();
    await closed;
    const refused = connect(proxy.port, '127.0.0.1');
    refused.on('error', () => undefined);
    await closing(refused);
    expect(proxy.accepted).toBe(1);
    proxy.heal();
    const taken = connect(proxy.port, '127.0.0.1');
    taken.on('error', () => undefined);
    await once(server, 'connection');
    expect(proxy.accepted).toBe(2);
    taken.destroy();
  });

  it('resets in the middle of a message', async () => {
    proxy.resetAfter('down', 3);
    const closed = closing(near);
    let text = '';
    near.on('data', (chunk) => {
      text += String(chunk);
    });
    far.write('abcdef');
    await closed;
    expect('abc'.startsWith(text)).toBe(true); // an RST may overtake what was sent before it
    expect(proxy.open).toBe(0);
  });
});
