import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { whoAnswers } from '../../../src/io/probe/who-answers.ts';
import { SERVER_CERT, SERVER_KEY } from '../../support/certificates.ts';

describe.concurrent('who answers', () => {
  it.each([
    ['Asterisk Call Manager/11.0.0\r\n', { kind: 'asterisk' }],
    ['SSH-2.0-OpenSSH_9.6\r\n', { kind: 'ssh' }],
    ['220 mail\x1b[31m ESMTP\r\n', { kind: 'stranger', text: '220 mail' }],
  ])('is known by what it says first: %j', async (greeting, answerer) => {
    const server = createServer((socket) => socket.write(greeting, 'latin1'));
    expect(await ask(server)).toEqual(answerer);
  });

  it('is a web server where it answers like one', async () => {
    expect(await ask(createHttpServer((_, response) => response.end('x')))).toEqual({
      kind: 'web-server',
    });
  });

  it('speaks TLS where nothing else is understood, and shows its certificate', async () => {
    const server = createTlsServer({ cert: SERVER_CERT, key: SERVER_KEY });
    server.on('tlsClientError', () => undefined);
    expect(await ask(server)).toEqual({
      kind: 'tls',
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    });
  });

  it('says nothing', async () => {
    expect(await ask(createServer((socket) => socket.destroy()))).toEqual({ kind: 'silent' });
  });

  it('is nobody', async () => {
    const place = { host: '127.0.0.1', port: 1 };
    expect(await whoAnswers(place, new AbortController().signal)).toEqual({ kind: 'nobody' });
  });

  it('is not waited for longer than somebody wants to', async () => {
    const server = createServer(() => undefined);
    const startedAt = Date.now();
    expect(await ask(server, AbortSignal.timeout(50))).toEqual({ kind: 'silent' });
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  });
});

async function ask(server: Server, signal = new AbortController().signal) {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    return await whoAnswers({ host: '127.0.0.1', port }, signal);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
