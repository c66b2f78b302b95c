import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { startHeartbeat } from '../../../src/io/heartbeat/heartbeat.ts';
import type { Notice } from '../../../src/telemetry/notice.ts';

const CHECK = fileURLToPath(new URL('../../../docker/healthcheck', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'heartbeat-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As the image's health check. */
function check(path: string): { readonly status: number | null; readonly stdout: string } {
  return spawnSync('sh', [CHECK], {
    env: { PATH: '/usr/bin:/bin', HEARTBEAT_FILE: path },
    encoding: 'utf8',
  });
}

describe('the heartbeat', () => {
  it('tells the health check whether the bridge is ready, and what is missing', async () => {
    const path = join(folder, 'state');
    let missing = ['Not logged in to Asterisk: AMI_LOGIN_REJECTED', 'Not connected to the broker'];
    const state = () => ({ ready: missing.length === 0, missing });
    const heartbeat = startHeartbeat({ path, state, report: () => undefined, now: Date.now });
    await expect
      .poll(() => check(path))
      .toMatchObject({ status: 1, stdout: `${missing.join('\n')}\n` });
    missing = [];
    heartbeat.beat();
    await expect.poll(() => check(path)).toMatchObject({ status: 0, stdout: 'ready\n' });
    await heartbeat.stop();
    expect(check(path)).toMatchObject({ status: 1, stdout: 'The bridge gives no sign of life\n' });
  });

  it('is no sign of life when it is old', () => {
    const path = join(folder, 'old');
    writeFileSync(path, `${Math.floor(Date.now() / 1_000) - 31} ready\n`);
    const { status, stdout } = check(path);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^The bridge has given no sign of life for 3\d s\n$/);
  });

  it('that cannot be written is told once', async () => {
    const path = join(folder, 'missing', 'state');
    const notices: Notice[] = [];
    const heartbeat = startHeartbeat({
      path,
      state: () => ({ ready: true, missing: [] }),
      report: (notice) => notices.push(notice),
      now: Date.now,
    });
    heartbeat.beat();
    heartbeat.beat();
    await heartbeat.stop();
    expect(notices).toEqual([{ type: 'heartbeat-failed', path, reason: 'ENOENT' }]);
  });

  it('is written whole', async () => {
    const path = join(folder, 'whole');
    const heartbeat = startHeartbeat({
      path,
      state: () => ({ ready: true, missing: [] }),
      report: () => undefined,
      now: () => 1_795_237_425_999,
    });
    await expect.poll(() => read(path)).toBe('1795237425 ready\n');
    await heartbeat.stop();
  });
});

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
