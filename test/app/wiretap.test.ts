import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Terminal } from '../../src/app/wiretap/terminal.ts';
import { runWiretap } from '../../src/app/wiretap.ts';
import type { Capture } from '../../src/core/capture/format.ts';
import { connectAmi } from '../../src/io/ami/connection.ts';
import { readCapture, writeCapture } from '../../src/io/capture/files.ts';
import { type Simulator, startSimulator } from '../../src/io/capture/simulator.ts';
import { BANNER, capture, event, LOGIN, snapshot } from '../core/capture/hand-made.ts';

const SECRET = 'correct horse';
const CALLER = { channel: 'PJSIP/101-00000001', id: '1770000000.1', num: '101', name: 'Alice' };
const CALL = event('Newchannel', ...snapshot(CALLER)) + event('Hangup', ...snapshot(CALLER));

let folder: string;
const simulators: Simulator[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wiretap-'));
});

afterEach(async () => {
  await Promise.all(simulators.splice(0).map((simulator) => simulator.close()));
  await rm(folder, { recursive: true });
});

/** A command that runs; `stop` is Ctrl-C. */
function run(argv: readonly string[], more: Partial<Terminal> = {}) {
  const stopping = new AbortController();
  const screen = { stdout: '', stderr: '' };
  const heard = new Set<() => void>();
  const write = (stream: 'stdout' | 'stderr') => (text: string) => {
    screen[stream] += text;
    for (const listen of heard) listen();
  };
  const code = runWiretap(argv, {
    env: {},
    stdout: write('stdout'),
    stderr: write('stderr'),
    signal: stopping.signal,
    isTerminal: false,
    ...more,
  });
  const until = (wanted: string) =>
    new Promise<void>((resolve) => {
      const look = () => `${screen.stdout}${screen.stderr}`.includes(wanted) && resolve();
      heard.add(look);
      look();
    });
  return { code, screen, until, stop: () => stopping.abort() };
}

async function asterisk(played: Capture): Promise<string[]> {
  const options = { capture: played, speed: 0, username: 'tap', secret: SECRET };
  const simulator = await startSimulator({ ...options, refusalDelayMs: 0 });
  simulators.push(simulator);
  return ['--port', String(simulator.port), '--user', 'tap'];
}

describe('wiretap', () => {
  it('without a command, or with one that is not there, says what there is', async () => {
    const nothing = run([]);
    expect(await nothing.code).toBe(2);
    expect(nothing.screen.stderr).toContain('Commands:');
    const unknown = run(['listen']);
    expect(await unknown.code).toBe(2);
    expect(unknown.screen.stderr).toContain('There is no "wiretap listen".');
  });

  it.each(['capture', 'sanitize', 'split', 'explain', 'replay'])('explains %s', async (name) => {
    const { code, screen } = run([name, '--help']);
    expect(await code).toBe(0);
    expect(screen.stdout).toContain(`Usage: wiretap ${name}`);
    expect(Math.max(...screen.stdout.split('\n').map(({ length }) => length))).toBeLessThan(121);
    const overview = run(['--help']);
    expect(await overview.code).toBe(0);
    expect(overview.screen.stdout).toContain(`\n  ${name}`);
  });

  it.each([
    ['capture --colour', 'There is no option --colour.'],
    ['capture --out', '--out needs a value'],
    ['capture --out a --out b', '--out is given twice.'],
    ['capture --tls=yes', '--tls takes no value.'],
    ['capture extra', '"extra" is one too many.'],
    ['capture --duration soon', '--duration "soon" is no number'],
    ['capture --duration 9999999', '--duration takes up to'],
    ['replay', 'FILE is missing.'],
    ['explain', 'FILE is missing.'],
    ['explain x --call', '--call needs a value'],
    ['replay x --port 70000', '--port 70000 is no TCP port'],
    ['replay x --speed -1', '--speed "-1" is no number'],
  ])('refuses "%s" with a sentence', async (line, sentence) => {
    const { code, screen } = run(line.split(' '));
    expect(await code).toBe(2);
    expect(screen.stderr).toContain(sentence);
  });

  it.each(['--secret', '--password=hunter2'])('refuses %s and says why', async (flag) => {
    const { code, screen } = run(['capture', flag, 'hunter2']);
    expect(await code).toBe(2);
    expect(screen.stderr).toContain('AMI_SECRET_FILE');
    expect(screen.stderr).not.toContain('hunter2');
  });
});

describe('wiretap capture', () => {
  const recorded = capture(BANNER, LOGIN, CALL);

  it('records what Asterisk sends, until Ctrl-C, and never the secret', async () => {
    const out = join(folder, 'monday');
    const tap = run(['capture', ...(await asterisk(recorded)), '--out', out], {
      env: { AMI_SECRET: SECRET },
    });
    await tap.until('Recording to');
    await vi.waitUntil(async () => (await readFile(`${out}.raw`, 'latin1')).includes('Hangup'));
    tap.stop();
    expect(await tap.code).toBe(0);
    const { text, reads, startedAt } = await readCapture(out);
    expect(text).toMatch(/^Asterisk Call Manager\/11\.0\.0\r\nResponse: Success\r\n/);
    expect(text).toContain(CALL);
    expect(text).toContain('Response: Goodbye');
    expect(text).not.toContain(SECRET);
    expect(reads.length).toBeGreaterThan(2);
    expect(Math.abs(startedAt - Date.now())).toBeLessThan(5_000);
    expect((await stat(`${out}.raw`)).mode & 0o777).toBe(0o600);
    expect(tap.screen.stdout).toContain(
      `${out}.raw: ${text.length} bytes, 2 events, distinct Linkedids: 1`,
    );
  });

  it('plays back what it recorded', async () => {
    const out = join(folder, 'monday');
    const argv = ['capture', ...(await asterisk(recorded)), '--out', out, '--duration', '0.05'];
    const tap = run(argv, { env: { AMI_PASSWORD: SECRET } });
    expect(await tap.code).toBe(0);
    const again = await startSimulator({ capture: await readCapture(out), speed: 0 });
    simulators.push(again);
    const { signal } = new AbortController();
    const heard: string[] = [];
    const session = await connectAmi({
      host: '127.0.0.1',
      port: again.port,
      username: 'any',
      secret: 'any',
      events: 'call',
      signal,
      onMessage: ({ text }) => heard.push(text),
    });
    await again.ended;
    await session.close();
    expect(heard.map((text) => `${text}\r\n`).join('')).toBe(CALL);
  });

  it('shows what it sees while it runs, in one line on a terminal', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const argv = ['capture', ...(await asterisk(recorded)), '--out', join(folder, 'x')];
    const tap = run(argv, { env: { AMI_SECRET: SECRET }, isTerminal: true });
    await tap.until('Recording to');
    vi.advanceTimersByTime(1_000);
    await tap.until('\r\x1b[K');
    vi.useRealTimers();
    tap.stop();
    expect(await tap.code).toBe(0);
    const shown = tap.screen.stderr.split('\r\x1b[K')[1];
    expect(shown).toMatch(/^\d+ bytes, \d events, distinct Linkedids: \d$/);
  });

  it('does not overwrite a capture, unless it is forced to', async () => {
    const out = join(folder, 'monday');
    await writeCapture(out, capture(BANNER), { force: false });
    const argv = ['capture', ...(await asterisk(recorded)), '--out', out, '--duration=0'];
    const env = { AMI_SECRET: SECRET };
    const refused = run(argv, { env });
    expect(await refused.code).toBe(1);
    expect(refused.screen.stderr).toContain('--force');
    expect((await readCapture(out)).text).toBe(BANNER);
    expect(await run([...argv, '--force'], { env }).code).toBe(0);
    expect((await readCapture(out)).text).toContain('Authentication accepted');
  });

  it('keeps what it has, and fails, when the connection drops', async () => {
    const torn = capture(BANNER, LOGIN, CALL, 'Event: Ha');
    const out = join(folder, 'monday');
    const tap = run(['capture', ...(await asterisk(torn)), '--out', out], {
      env: { AMI_SECRET: SECRET },
    });
    expect(await tap.code).toBe(1);
    expect(tap.screen.stderr).toContain('closed the connection');
    expect((await readCapture(out)).text).toContain(`${CALL}Event: Ha`);
  });

  it('leaves no file behind when the login fails, and names user and variable', async () => {
    const argv = ['capture', ...(await asterisk(recorded)), '--out', join(folder, 'x')];
    const tap = run(argv, { env: { AMI_SECRET: 'wrong horse' } });
    expect(await tap.code).toBe(1);
    expect(tap.screen.stderr).toContain('"tap"');
    expect(tap.screen.stderr).toContain('AMI_SECRET');
    expect(tap.screen.stderr).not.toContain('wrong horse');
    expect(await readdir(folder)).toEqual([]);
  });

  it('without a secret is a wrong configuration', async () => {
    const tap = run(['capture', '--user', 'tap'], { env: { MQTT_URL: 'nonsense' } });
    expect(await tap.code).toBe(78);
    expect(tap.screen.stderr).toContain('AMI_SECRET');
    expect(tap.screen.stderr).not.toContain('MQTT');
  });

  it('asks for no classes that cannot be classes', async () => {
    const argv = ['capture', '--user', 'tap', '--events', 'call\r\nAction: Originate'];
    const tap = run(argv, { env: { AMI_SECRET: SECRET } });
    expect(await tap.code).toBe(2);
  });

  it('stopped before the login writes nothing', async () => {
    const argv = ['capture', ...(await asterisk(recorded)), '--out', join(folder, 'x')];
    const tap = run(argv, { env: { AMI_SECRET: SECRET } });
    tap.stop();
    expect(await tap.code).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('wiretap sanitize', () => {
  const original = capture(BANNER, LOGIN, CALL);
  let name: string;

  beforeEach(async () => {
    name = join(folder, 'monday');
    await writeCapture(name, original, { force: false });
  });

  it('rewrites in place, keeps the original for its owner only, and warns of it', async () => {
    const { code, screen } = run(['sanitize', `${name}.raw`]);
    expect(await code).toBe(0);
    const { text } = await readCapture(name);
    expect(text).toContain('CallerIDNum: 501\r\nCallerIDName: Anna\r\n');
    expect(text).not.toMatch(/101|Alice/);
    expect(screen.stdout).toContain('replaced 1 numbers, 1 words of names, 0 IP addresses');
    expect(screen.stderr).toContain(`${name}.raw.bak, ${name}.times.bak`);
    expect(await readFile(`${name}.raw.bak`, 'latin1')).toBe(original.text);
    expect((await stat(`${name}.raw.bak`)).mode & 0o777).toBe(0o600);
  });

  it('changes nothing in a second run, and leaves the .bak alone', async () => {
    await run(['sanitize', name]).code;
    const first = await readCapture(name);
    const { code, screen } = run(['sanitize', name]);
    expect(await code).toBe(0);
    expect(screen.stdout).toContain('nothing to replace');
    expect(await readCapture(name)).toEqual(first);
    expect(await readFile(`${name}.raw.bak`, 'latin1')).toBe(original.text);
  });

  it('rewrites also where nothing that is counted was replaced', async () => {
    const initial = join(folder, 'initial');
    await writeCapture(initial, capture('CallerIDName: Q\r\n'), { force: false });
    expect(await run(['sanitize', initial]).code).toBe(0);
    expect((await readCapture(initial)).text).toBe('CallerIDName: G\r\n');
  });

  it('writes to another file where that is asked for', async () => {
    const { code, screen } = run(['sanitize', name, '--out', join(folder, 'clean')]);
    expect(await code).toBe(0);
    expect(screen.stdout).toContain('clean.raw: replaced');
    expect((await readCapture(join(folder, 'clean'))).text).not.toContain('Alice');
    expect(await readCapture(name)).toEqual(original);
    expect(await run(['sanitize', name, '--out', join(folder, 'clean')]).code).toBe(1);
  });
});

describe('wiretap split', () => {
  it('writes a capture for each call', async () => {
    const other = event('Newchannel', ...snapshot({ ...CALLER, id: 'my call/2' }));
    const name = join(folder, 'monday');
    await writeCapture(name, capture(BANNER, CALL, other), { force: false });
    const { code, screen } = run(['split', name]);
    expect(await code).toBe(0);
    expect((await readCapture(`${name}-1770000000.1`)).text).toBe(BANNER + CALL);
    expect((await readCapture(`${name}-my%20call%2f2`)).text).toBe(BANNER + other);
    expect(screen.stdout.split('\n')).toHaveLength(3);
  });

  it('says that there is none', async () => {
    const name = join(folder, 'monday');
    await writeCapture(name, capture(BANNER), { force: false });
    const { code, screen } = run(['split', name]);
    expect(await code).toBe(0);
    expect(screen.stderr).toContain('There is no call');
  });
});

describe('wiretap explain', () => {
  const STORY = 'testdata/fixtures/transfer-attended-caller';
  const STORY_TEXT = 'testdata/stories/transfer-attended-caller.txt';
  const callOf = (who: typeof CALLER) =>
    event('Newchannel', ...snapshot(who)) + event('Hangup', ...snapshot(who), ['Cause', '3']);
  const explain = (...argv: readonly string[]) => run(['explain', ...argv]);
  let name: string;

  beforeEach(() => {
    name = join(folder, 'monday');
  });

  it('tells a capture as the story of its calls', async () => {
    const { code, screen } = explain(`${STORY}.raw`);
    expect(await code).toBe(0);
    expect(screen.stdout).toBe(await readFile(STORY_TEXT, 'utf8'));
    expect(screen.stderr).toBe('');
  });

  it('tells the same of a capture before and after it was sanitized, but for the people', async () => {
    await writeCapture(name, capture(BANNER, LOGIN, callOf(CALLER)), { force: false });
    const before = explain(name);
    expect(await before.code).toBe(0);
    expect(before.screen.stdout).toContain('call 1770000000.1: 101 Alice -> unknown: failed\n');
    await run(['sanitize', name]).code;
    const after = explain(name);
    expect(await after.code).toBe(0);
    expect(after.screen.stdout).not.toMatch(/101|Alice/);
    const bare = (text: string) => text.replaceAll(/[15]01 (?:Alice|Anna)|[15]01/g, 'WHO');
    expect(bare(after.screen.stdout)).toBe(bare(before.screen.stdout));
  });

  it('shows one call only where it is asked to', async () => {
    const { code, screen } = explain(STORY, '--call', '1795257907.145');
    expect(await code).toBe(0);
    const { stdout } = screen;
    expect(stdout.match(/^call .*/gm)).toEqual([
      'call 1795257907.145: 501 Anna Bert -> 503 Jane Karl: answered',
    ]);
    const stream = stdout.match(/^ +\+\S+ s {2}\d+\.\d+ .*/gm) ?? [];
    const others = stream.filter((line) => !line.includes('  1795257907.145  '));
    expect(others).toEqual([expect.stringContaining('  1795257905.143  BridgeEnter')]); // the merge
    expect(stream.length).toBeGreaterThan(10);
  });

  it('names the calls there are where there is no such call', async () => {
    const { code, screen } = explain(STORY, '--call', '1.1');
    expect(await code).toBe(2);
    expect(screen.stderr).toContain('there is 1795257905.143, 1795257907.145.');
    const many = explain('testdata/fixtures/interleaved-30', '--call', '1.1');
    expect(await many.code).toBe(2);
    expect(many.screen.stderr).toMatch(/there is (?:[\d.]+, ){10}…\.\n/);
    await writeCapture(name, capture(BANNER), { force: false });
    const none = explain(name, '--call', '1.1');
    expect(await none.code).toBe(2);
    expect(none.screen.stderr).toContain('there is no call at all.');
  });

  it('tells digits where it is asked to', async () => {
    const digit = [
      ['Digit', '5'],
      ['DurationMs', '80'],
      ['Direction', 'Received'],
    ] as const;
    const pressed = event('DTMFEnd', ...snapshot(CALLER), ...digit);
    const begins = event('Newchannel', ...snapshot(CALLER));
    await writeCapture(name, capture(BANNER, begins, pressed), { force: false });
    const without = explain(name);
    expect(await without.code).toBe(0);
    expect(without.screen.stdout).not.toContain('> dtmf');
    const withDigits = explain(name, '--digits');
    expect(await withDigits.code).toBe(0);
    expect(withDigits.screen.stdout).toContain('> dtmf #1  digit 5, by 101 Alice');
  });

  it('says where there is no call, also in an empty file', async () => {
    for (const text of ['', BANNER, BANNER + LOGIN]) {
      await writeCapture(name, capture(text), { force: true });
      const { code, screen } = explain(name);
      expect(await code).toBe(0);
      expect(screen.stdout).toContain('calls: 0, messages looked at: 0, suspect messages: 0\n');
      expect(screen.stderr).toContain('There is no call in');
    }
  });

  it('shows what is damaged, and what is cut off', async () => {
    const forged = 'Event: Hangup\r\nUniqueid: 1770000000.1\r\n\r\n';
    await writeCapture(name, capture(BANNER, callOf(CALLER), forged, 'Event: Hang'), {
      force: false,
    });
    const { code, screen } = explain(name);
    expect(await code).toBe(0);
    expect(screen.stdout).toContain('suspect messages: 1\n');
    expect(screen.stdout).toContain('suspect: "Event: Hangup" (39 bytes)');
    expect(screen.stdout).toContain('ends within a message, after 11 bytes');
  });

  it.each(['{"is":"json"}\n', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\0\x01\x02'])(
    'refuses a file that is no capture: %j',
    async (text) => {
      await writeCapture(name, capture(text), { force: false });
      const { code, screen } = explain(name);
      expect(await code).toBe(1);
      expect(screen.stdout).toBe('');
      expect(screen.stderr).toContain(
        'monday.raw holds no message of an Asterisk manager interface',
      );
    },
  );

  it('fails where there is no file', async () => {
    const { code, screen } = explain(join(folder, 'none'));
    expect(await code).toBe(1);
    expect(screen.stderr).toContain('none.raw');
  });

  it('has colours only on a screen that shows them', async () => {
    expect(explain(STORY).screen.stdout).not.toContain('\x1b');
    const { code, screen } = run(['explain', STORY], { hasColours: true });
    expect(await code).toBe(0);
    expect(screen.stdout).toContain('\x1b[32m              > ringing #1\x1b[39m');
    expect(stripVTControlCharacters(screen.stdout)).toBe(await readFile(STORY_TEXT, 'utf8'));
  });

  it('stops in the middle on Ctrl-C', async () => {
    const calls = Array.from({ length: 600 }, (_, index) => {
      return callOf({ ...CALLER, id: `1770000000.${index + 1}` });
    });
    await writeCapture(name, capture(BANNER, calls.join('')), { force: false });
    const { code, screen, until, stop } = explain(name);
    await until('calls: 600');
    stop();
    expect(await code).toBe(0);
    expect(screen.stdout).toContain('call 1770000000.1:');
    expect(screen.stdout).not.toContain('call 1770000000.600:');
  });
});

describe('wiretap replay', () => {
  it('serves a capture until Ctrl-C', async () => {
    const name = join(folder, 'monday');
    await writeCapture(name, capture(BANNER, LOGIN, CALL), { force: false });
    const argv = ['replay', `${name}.raw`, '--port', '0', '--speed', '0', '--user', 'tap'];
    const player = run(argv, { env: { AMI_SECRET: SECRET } });
    await player.until('Playing');
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(player.screen.stdout)?.[1]);
    const tap = run(
      ['capture', '--port', String(port), '--user', 'tap', '--out', join(folder, 'b')],
      {
        env: { AMI_SECRET: SECRET },
      },
    );
    await player.until('A client has been told everything.');
    await tap.until('Recording to');
    tap.stop();
    expect(await tap.code).toBe(0);
    player.stop();
    expect(await player.code).toBe(0);
    expect((await readCapture(join(folder, 'b'))).text).toContain(CALL);
  });

  it('fails where there is no capture', async () => {
    const player = run(['replay', join(folder, 'none')]);
    expect(await player.code).toBe(1);
    expect(player.screen.stderr).toContain('none.raw');
  });
});
