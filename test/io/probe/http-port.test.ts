import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { probeHttpPort } from '../../../src/io/probe/http-port.ts';

describe.concurrent('the port for metrics and health', () => {
  it('is free, and stays so', async () => {
    const port = await serve(
      () => undefined,
      async (taken) => taken,
    );
    expect(await probeHttpPort('127.0.0.1', port)).toBe('free');
    expect(await probeHttpPort('127.0.0.1', port)).toBe('free');
  });

  it('is that of a bridge', async () => {
    const live: RequestListener = ({ url }, response) => {
      response.end(url === '/health/live' ? '{"status":"ok","missing":[]}' : 'no');
    };
    expect(await serve(live, (port) => probeHttpPort('127.0.0.1', port))).toBe('bridge');
  });

  it.each(['no', '{}', 'null', '{"missing":1}'])('is taken by who says %j', async (body) => {
    const other: RequestListener = (_, response) => response.end(body);
    expect(await serve(other, (port) => probeHttpPort('127.0.0.1', port))).toBe('taken');
  });

  it('cannot be had on an address that is not of this machine', async () => {
    expect(await probeHttpPort('192.0.2.1', 8000)).toEqual({ trouble: 'EADDRNOTAVAIL' });
  });
});

async function serve<T>(listener: RequestListener, use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    return await use(typeof address === 'object' && address !== null ? address.port : 0);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}
