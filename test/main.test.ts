// The process itself: what it says and how it exits. Each case is a process, so they are few.

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import packageJson from '../package.json' with { type: 'json' };
import { AUTHORITY, SERVER_CERT, SERVER_KEY } from './support/certificates.ts';
import { accepted, type Peer, scriptedBroker } from './support/scripted-broker.ts';

/** As it is shipped; from its sources it would take three times as long to start. */
const folder = mkdtempSync(join(tmpdir(), 'main-'));
const bundle = join(folder, 'main.cjs');
beforeAll(() => void execFileSync(process.execPath, ['build.js', '', bundle]));
afterAll(() => rmSync(folder, { recursive: true }));

/** An address that Linux takes for this machine, and the bridge for another. */
const ELSEWHERE = '0.0.0.0';

it('the one file is no larger than 700 kB', () => {
  expect(statSync(bundle).size).toBeLessThanOrEqual(700_000);
});

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

  it('exits with 78 where Node is too old, and says which it needs', async () => {
    const older = join(folder, 'older.cjs');
    const versions = "{ value: { ...process.versions, node: '20.19.2' } }";
    writeFileSync(older, `Object.defineProperty(process, 'versions', ${versions});`);
    const { code, stdout, stderr } = await runWith({ NODE_OPTIONS: `--require ${older}` });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(/needs Node\.js 24 or newer/);
  });

  it('ends as asked when it is told to terminate', async () => {
    const child = spawn(process.execPath, [bundle], {
      env: {
        AMI_USERNAME: 'bridge',
        AMI_SECRET: 'a-secret',
        AMI_PORT: '1',
        MQTT_URL: 'mqtt://127.0.0.1:1',
        HTTP_PORT: '0',
        AMI_HOST: ELSEWHERE,
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

  it.each([
    ['is on this machine', '127.0.0.1', 0],
    ['may be elsewhere', ELSEWHERE, 1],
  ])('where Asterisk %s, has so many threads for the disk', async (_, AMI_HOST, threads) => {
    const DATA_DIR = mkdtempSync(join(folder, 'data-'));
    const MQTT_URL = 'mqtt://127.0.0.1:1';
    const child = startBridge({ ...LOGIN, AMI_HOST, DATA_DIR, MQTT_URL });
    await linesUntil(child, /MQTT_UNREACHABLE/, async () => {
      await delay(500); // it is begun when Asterisk has answered, or not
      expect(workersOf(child)).toBe(threads);
    });
  });
});

function workersOf({ pid }: ChildProcess): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const names = tasks.map((id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'latin1').trim());
  return names.filter((name) => name === 'WorkerThread').length;
}

describe.concurrent('what is loaded only where it is asked for is in the one file too:', () => {
  it('WebSockets over TLS, a YAML file, logs for people', async () => {
    const { url } = await webSocketBroker(
      createHttpsServer({ cert: SERVER_CERT, key: SERVER_KEY }),
    );
    const ca = fileOf('authority.pem', AUTHORITY);
    const yaml = [
      'ami: { port: 1, username: bridge, secret: a-secret }',
      `mqtt: { url: '${url}', tls_ca_file: '${ca}' }`,
      'log: { format: pretty }',
      'http: { port: 0 }',
    ];
    const child = startBridge({ CONFIG_FILE: fileOf('bridge.yaml', yaml.join('\n')) });
    const lines = await linesUntil(child, /Connected to the broker/);
    expect(lines[0]).toMatch(/^\[[\d:.]+\] INFO: asterisk-mqtt .* starts/);
  });

  it('WebSockets, and metrics for Prometheus', async () => {
    const { url } = await webSocketBroker(createHttpServer());
    const http = createHttpServer();
    const port = await listening(http);
    http.close();
    const child = startBridge({ ...LOGIN, MQTT_URL: url, HTTP_PORT: String(port) });
    await linesUntil(child, /Connected to the broker/, async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(text).toContain('asterisk_mqtt_link_up{link="mqtt"} 1');
      expect(text).toMatch(/^asterisk_mqtt_process_resident_memory_bytes \d+/m);
    });
  });

  it('TLS, with a broker that offers topic aliases', async () => {
    const tls = createTlsServer({ cert: SERVER_CERT, key: SERVER_KEY });
    const onConnect = (_: unknown, peer: Peer) => peer.send(accepted({ topicAliasMaximum: 10 }));
    await using broker = await scriptedBroker({ onConnect }, tls);
    const MQTT_TLS_CA_FILE = fileOf('ca.pem', AUTHORITY);
    const url = broker.url.replace('mqtt:', 'mqtts:');
    const child = startBridge({ ...LOGIN, MQTT_URL: url, MQTT_TLS_CA_FILE });
    await linesUntil(child, /Connected to the broker/);
  });

  it('the doctor', async () => {
    const { code, stdout } = await runWith({ ...LOGIN, MQTT_URL: 'wss://127.0.0.1:1' }, 'doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/asterisk .*: nothing listens there/);
    expect(stdout).toMatch(/broker .*: nothing listens there/);
  });
});

/** With nobody there who could be logged in to. */
const LOGIN = {
  AMI_PORT: '1',
  AMI_USERNAME: 'bridge',
  AMI_SECRET: 'a-secret',
  HTTP_PORT: '0',
} as const;

/** It takes whoever connects, and says nothing more; it ends with the tests. */
async function webSocketBroker(server: Server): Promise<{ readonly url: string }> {
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.once('message', () => socket.send(Buffer.from('2003000000', 'hex'))); // CONNACK of MQTT 5
  });
  const port = await listening(server);
  server.unref();
  return { url: `${'setSecureContext' in server ? 'wss' : 'ws'}://127.0.0.1:${port}/mqtt` };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // of a TCP server
}

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function startBridge(env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [bundle], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
  });
}

/** What it logs until a line matches; then it is asked to end, and does. */
async function linesUntil(
  child: ChildProcess,
  pattern: RegExp,
  then: () => Promise<void> = async () => {},
): Promise<readonly string[]> {
  if (child.stdout === null) throw new Error('it has no stdout');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (child.killed || !pattern.test(line)) continue;
    await then();
    child.kill('SIGTERM');
  }
  if (!child.killed) throw new Error(`it ended by itself:\n${lines.join('\n')}`);
  return lines;
}

type Result = { readonly code: unknown; readonly stdout: string; readonly stderr: string };

function run(...args: readonly string[]): Promise<Result> {
  return runWith({}, ...args);
}

function runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  return new Promise<Result>((resolve) => {
    execFile(
      process.execPath,
      [bundle, ...args],
      { env, timeout: 20_000 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}
