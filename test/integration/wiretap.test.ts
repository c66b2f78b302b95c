// wiretap as a one-shot container: what it writes belongs to who called it.

import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute, IMAGE, runImage } from './image.ts';

const CALLER = 23_456;
const FIXTURE = 'testdata/fixtures/answered-internal';
const REPLAY = `wiretap-test-${process.pid}`;

const folder = mkdtempSync(join(tmpdir(), 'captures-'));
const mine = ['--user', `${CALLER}:${CALLER}`, '--volume', `${folder}:/captures`];

beforeAll(async () => {
  for (const end of ['raw', 'times']) cpSync(`${FIXTURE}.${end}`, join(folder, `call.${end}`));
  await execute('chown', ['-R', `${CALLER}:${CALLER}`, folder]);
});
afterAll(async () => {
  await execute('docker', ['rm', '--force', REPLAY]);
  rmSync(folder, { recursive: true });
});

describe('wiretap in a container', () => {
  it('records what another one replays', async () => {
    const replay = ['wiretap', 'replay', 'call.raw', '--host', '0.0.0.0', '--speed', '0'];
    await execute('docker', ['run', '--detach', '--name', REPLAY, ...mine, IMAGE, ...replay]);
    const login = ['-e', 'AMI_HOST=127.0.0.1', '-e', 'AMI_USERNAME=x', '-e', 'AMI_SECRET=y'];
    const ended = await runImage(
      [...mine, ...login, '--network', `container:${REPLAY}`],
      ...['wiretap', 'capture', '--duration', '2', '--out', 'recorded'],
    );
    expect(ended).toMatchObject({ exit: 0 });
    expectMine(['recorded.raw', 'recorded.times']);
    expect(statSync(join(folder, 'recorded.raw')).size).toBeGreaterThan(5_000);
  });

  it('sanitizes and splits', async () => {
    expect(
      await runImage(mine, 'wiretap', 'sanitize', 'recorded.raw', '--out', 'clean'),
    ).toMatchObject({ exit: 0 });
    expect(await runImage(mine, 'wiretap', 'split', 'clean.raw', '--out', 'one')).toMatchObject({
      exit: 0,
    });
    const calls = readdirSync(folder).filter((name) => name.startsWith('one-'));
    expect(calls.length).toBe(2);
    expectMine(['clean.raw', 'clean.times', ...calls]);
  });
});

function expectMine(names: readonly string[]): void {
  for (const name of names)
    expect(statSync(join(folder, name))).toMatchObject({ uid: CALLER, gid: CALLER });
}
