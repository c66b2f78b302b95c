import { once } from 'node:events';
import { get, request, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectorError } from '../../../src/errors.ts';
import type { Status } from '../../../src/io/http/health.ts';
import {
  createHttpServer,
  type HttpSources,
  startHttpServer,
} from '../../../src/io/http/server.ts';
import type { Notice } from '../../../src/telemetry/notice.ts';
import { runs } from '../../support/property-runs.ts';

const ONLINE = { online: true, since: 0 };
const STATUS: Status = {
  version: '0.1.0',
  startedAt: 0,
  stopping: false,
  ami: ONLINE,
  mqtt: ONLINE,
  pbx: {},
  calls: { active: 0, ringing: 0, answered: 0 },
  outbox: { events: 0, bytes: 0, isDiskFailing: false },
};
const METRICS = { text: async () => 'a_metric 1\n', contentType: 'text/plain; version=0.0.4' };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const IMPATIENT = {
  headersTimeout: 200,
  requestTimeout: 200,
  connectionsCheckingInterval: 20,
  silenceTimeout: 200,
  maxHeaderSize: 8_192,
};

async function serve(
  sources: Partial<HttpSources> = {},
  limits?: Parameters<typeof createHttpServer>[1],
): Promise<number> {
  server = createHttpServer({ status: () => STATUS, metrics: METRICS, ...sources }, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, path: string, method = 'GET') {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { code: response.status, headers: response.headers, body: await response.text() };
}

/** What the server sends for these bytes, until it closes the connection. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  return readText(socket);
}

describe('the HTTP server', () => {
  it('serves the metrics as they are given', async () => {
    const { code, headers, body } = await ask(await serve(), '/metrics');
    expect([code, body]).toEqual([200, 'a_metric 1\n']);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4');
  });

  it.each(['/health', '/health/live', '/health/ready'])('serves %s as JSON', async (path) => {
    const { code, headers, body } = await ask(await serve(), path);
    expect(code).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(body)).toMatchObject({ status: 'ok', missing: [] });
  });

  it('says 503 while a link is missing, and is still alive', async () => {
    const port = await serve({ status: () => ({ ...STATUS, mqtt: { ...ONLINE, online: false } }) });
    expect((await ask(port, '/health/ready')).code).toBe(503);
    expect((await ask(port, '/health?verbose')).code).toBe(503);
    expect((await ask(port, '/health/live')).code).toBe(200);
  });

  it('lets nobody guess at the kind of a body or keep it', async () => {
    const { headers } = await ask(await serve(), '/health');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('answers HEAD without a body', async () => {
    const { code, headers, body } = await ask(await serve(), '/metrics', 'HEAD');
    expect([code, headers.get('content-length'), body]).toEqual([200, '11', '']);
  });

  it.each(['/', '/metrics/', '/healthz', '/../metrics', '//metrics'])(
    'does not know %s',
    async (path) => {
      const port = await serve();
      expect(await exchange(port, `GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1.1 404 /);
    },
  );

  it('takes no other method', async () => {
    const { code, headers } = await ask(await serve(), '/health', 'DELETE');
    expect([code, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('answers without reading a body, and closes the connection', async () => {
    const port = await serve();
    const head = 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n';
    expect(await exchange(port, `${head}\r\nabc`)).toMatch(/^HTTP\/1.1 405 /);
    const asked = await exchange(port, `${head}Expect: 100-continue\r\n\r\n`);
    expect(asked).toMatch(/^HTTP\/1.1 405 /);
  });

  it('refuses headers that are too large, and what is no HTTP', async () => {
    const port = await serve();
    const large = `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await exchange(port, large)).toMatch(/^HTTP\/1.1 431 /);
    expect(await exchange(port, 'Action: Login\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('is bounded in connections and time', async () => {
    await serve();
    expect(server?.maxConnections).toBe(32);
    expect(server?.headersTimeout).toBe(5_000);
    expect(server?.requestTimeout).toBe(5_000);
    expect(server?.timeout).toBe(10_000);
  });

  it('cuts off who sends a request a byte at a time, and answers others meanwhile', async () => {
    const port = await serve({}, IMPATIENT);
    const slow = connect(port, '127.0.0.1');
    slow.write('GET /health HTTP/1.1\r\nX: ');
    const dribble = setInterval(() => slow.write('x'), 20);
    const said = readText(slow).catch(() => '');
    expect((await ask(port, '/health')).code).toBe(200);
    expect(await said).toMatch(/^HTTP\/1.1 408 |^$/);
    clearInterval(dribble);
  });

  it('cuts off who says nothing', async () => {
    const port = await serve({}, { ...IMPATIENT, headersTimeout: 5_000, requestTimeout: 5_000 });
    const idle = connect(port, '127.0.0.1');
    expect(await readText(idle).catch(() => '')).toBe('');
  });

  it('takes no more connections than it bears, and all again when those are gone', async () => {
    const port = await serve();
    const sockets = Array.from({ length: 40 }, () => connect(port, '127.0.0.1'));
    let closed = 0;
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.on('close', () => closed++);
    }
    await vi.waitFor(() => expect(closed).toBe(8));
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(async () => expect((await ask(port, '/health')).code).toBe(200));
  });

  it('answers one request, whatever is sent behind it', async () => {
    const port = await serve();
    const one = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
    expect((await exchange(port, one.repeat(9))).match(/HTTP\/1.1 /g)).toHaveLength(1);
  });

  it('tells nobody what it is made of', async () => {
    const { headers } = await ask(await serve(), '/health');
    expect([...headers.keys()].toSorted()).toEqual([
      ...['cache-control', 'connection', 'content-length', 'content-type', 'date'],
      'x-content-type-options',
    ]);
  });

  it('answers any bytes with a status, or not at all', async () => {
    const port = await serve();
    const text = fc.string({
      unit: fc.oneof(
        fc.nat(255).map((byte) => String.fromCharCode(byte)),
        fc.constantFrom('GET ', '/health', ' HTTP/1.1', '\r\n', 'Host: x', '%00', '../', '?'),
        fc.constantFrom('Content-Length: -1', 'Transfer-Encoding: chunked', 'Upgrade: h2c'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(text, async (bytes) => {
        const said = await exchange(port, `${bytes}\r\n\r\n\0`);
        expect(said).toMatch(/^(?:HTTP\/1\.1 (?:200|400|404|405|408|417|431) |$)/);
      }),
      { numRuns: runs(20) },
    );
    expect((await ask(port, '/health')).code).toBe(200);
  });

  it('says 500, and no more, where a source fails', async () => {
    const fail = () => {
      throw new Error('a secret');
    };
    const port = await serve({ status: fail, metrics: { ...METRICS, text: async () => fail() } });
    for (const path of ['/health', '/metrics']) {
      expect(await ask(port, path)).toMatchObject({ code: 500, body: 'Internal error\n' });
    }
  });

  it('outlives clients that go away', async () => {
    let release = (_text: string) => {};
    const text = () => new Promise<string>((resolve) => (release = resolve));
    const port = await serve({ metrics: { ...METRICS, text } });
    const client = get({ port, host: '127.0.0.1', path: '/metrics', agent: false });
    client.on('error', () => undefined);
    await once(server as Server, 'request');
    client.destroy();
    release('late');
    expect((await ask(port, '/health')).code).toBe(200);
  });
});

describe('starting it', () => {
  it('does nothing where the port is 0', async () => {
    const notices: Notice[] = [];
    const report = (notice: Notice) => notices.push(notice);
    const sources = { status: () => STATUS, metrics: METRICS, host: '127.0.0.1', report };
    const started = await startHttpServer({ ...sources, port: 0 });
    await started.close();
    expect(notices).toEqual([]);
  });

  it('tells where it listens, and ends with its connections', async () => {
    const port = await freePort();
    const notices: Notice[] = [];
    const started = await startHttpServer({
      status: () => STATUS,
      metrics: METRICS,
      host: '127.0.0.1',
      port,
      report: (notice) => notices.push(notice),
    });
    expect(notices).toEqual([{ type: 'http-listening', host: '127.0.0.1', port }]);
    const open = request({ port, host: '127.0.0.1', agent: false });
    open.on('error', () => undefined);
    open.flushHeaders();
    await once(open, 'socket');
    await started.close();
  });

  it('fails with a hint where the port is taken', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const starting = startHttpServer({
      status: () => STATUS,
      metrics: METRICS,
      host: '127.0.0.1',
      port,
      report: () => undefined,
    });
    await expect(starting).rejects.toThrow(ConnectorError);
    await expect(starting).rejects.toMatchObject({
      code: 'HTTP_LISTEN_FAILED',
      message: `Cannot listen at 127.0.0.1, port ${port} (EADDRINUSE)`,
    });
    taken.close();
  });
});

async function freePort(): Promise<number> {
  const probe = createTcpServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
