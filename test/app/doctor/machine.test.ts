import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Checkup } from '../../../src/app/doctor/checkup.ts';
import type { Finding } from '../../../src/app/doctor/findings.ts';
import { checkData, checkHttp } from '../../../src/app/doctor/machine.ts';
import type { Environment } from '../../../src/config/load.ts';
import { loadConfig } from '../../../src/config/load.ts';

describe('the folder for what outlives the process', () => {
  it.each([
    [{}, 'ok', /^DATA_DIR is not set/],
    [{ DATA_DIR: tmpdir(), OUTBOX_MAX_BYTES: '1' }, 'ok', /can be written; \d+\.\d GiB free$/],
    [{ DATA_DIR: `${tmpdir()}/no/such`, OUTBOX_MAX_BYTES: '1' }, 'ok', /not there yet, and can/],
    [{ DATA_DIR: tmpdir(), OUTBOX_MAX_BYTES: '1000000GiB' }, 'warn', /is 1000000\.0 GiB$/],
    [{ DATA_DIR: '/proc/self' }, 'fail', /^DATA_DIR \/proc\/self /],
  ])('%j: %s', async (env, grade, text) => {
    expect(await find(checkData, env)).toEqual([
      expect.objectContaining({ grade, text: expect.stringMatching(text) }),
    ]);
  });
});

describe('the port for metrics and health', () => {
  it('is turned off', async () => {
    expect(await find(checkHttp, { HTTP_PORT: '0' })).toMatchObject([{ grade: 'ok' }]);
  });

  it('is free, or taken by something that is no bridge', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const env = { HTTP_HOST: '127.0.0.1', HTTP_PORT: String(port) };
    expect(await find(checkHttp, env)).toMatchObject([
      { grade: 'warn', text: `something that is no bridge listens at 127.0.0.1:${port}` },
    ]);
    server.close();
    await once(server, 'close');
    expect(await find(checkHttp, env)).toEqual([
      { grade: 'ok', text: `127.0.0.1:${port} is free` },
    ]);
  });

  it('cannot be had on an address of another machine', async () => {
    expect(await find(checkHttp, { HTTP_HOST: '192.0.2.1' })).toMatchObject([
      { grade: 'fail', text: 'cannot listen at 192.0.2.1:8000 (EADDRNOTAVAIL)' },
    ]);
  });
});

async function find(check: (checkup: Checkup) => Promise<void>, env: Environment) {
  const findings: Finding[] = [];
  const config = loadConfig({ env: { AMI_USERNAME: 'x', AMI_SECRET: 'y', ...env } });
  const { signal } = new AbortController();
  await check({ config, signal, tell: (...found) => void findings.push(...found) });
  return findings;
}
