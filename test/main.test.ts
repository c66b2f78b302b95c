// The process itself: what it says and how it exits. Each case is a process, so they are few.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

/** As it is shipped; from its sources it would take three times as long to start. */
const folder = mkdtempSync(join(tmpdir(), 'main-'));
const bundle = join(folder, 'main.mjs');
beforeAll(() => void execFileSync(process.execPath, ['build.js', '', bundle]));
afterAll(() => rmSync(folder, { recursive: true }));

describe.concurrent('the process', () => {
  it('says its version', async () => {
    expect(await run('--version')).toEqual({
      code: 0,
      stdout: `${packageJson.version}\n`,
      stderr: '',
    });
  });

  it('says how it is used', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('wiretap');
    expect(stdout).toContain('AMI_SECRET');
  });

  it('explains a capture without colours where stdout is no terminal', async () => {
    const stdout = readFileSync('testdata/stories/transfer-attended-caller.txt', 'utf8');
    const capture = 'testdata/fixtures/transfer-attended-caller';
    expect(await run('wiretap', 'explain', capture)).toEqual({ code: 0, stdout, stderr: '' });
  });

  it('exits with 2 where there is no such command', async () => {
    const { code, stdout, stderr } = await run('brigde');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/"brigde"\n.*--help/);
  });

  it('exits with 78 where settings are missing, and names all of them at once', async () => {
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toContain('AMI_USERNAME');
    expect(stderr).toContain('AMI_SECRET');
  });

  it('ends as asked when it is told to terminate', async () => {
    const child = spawn(process.execPath, [bundle], {
      env: {
        AMI_USERNAME: 'bridge',
        AMI_SECRET: 'a-secret',
        AMI_PORT: '1',
        MQTT_URL: 'mqtt://127.0.0.1:1',
        HTTP_PORT: '0',
        DATA_DIR: join(folder, 'data'), // the thread of the outbox is in the one file too
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    });
    const messages: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      messages.push(JSON.parse(line).message);
      if (messages.length === 1) child.kill('SIGTERM');
    }
    expect(messages[0]).toBe(`asterisk-mqtt ${packageJson.version} starts`);
    expect(messages.slice(-2)).toEqual(['Stopping: SIGTERM', 'Stopped; everything was delivered']);
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
    expect(readdirSync(join(folder, 'data'))).toEqual(['outbox.sqlite']);
  });
});

type Result = { readonly code: unknown; readonly stdout: string; readonly stderr: string };

function run(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [bundle, ...args],
      { env: {}, timeout: 20_000 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}
