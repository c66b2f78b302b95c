// Captures by wiretap, in a process of its own, as a user makes them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SECRET } from './containers.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Records everything that Asterisk tells, until it is stopped. */
export async function startCapture(
  { host, port }: { host: string; port: number },
  { out, allClasses }: { out: string; allClasses: boolean },
): Promise<{ stop(): Promise<void> }> {
  const address = ['--host', host, '--port', String(port)];
  const user = allClasses ? ['--user', 'everything', '--events', 'all'] : ['--user', 'recorder'];
  const child = wiretapProcess('capture', ...address, ...user, '--out', out);
  child.stdout.resume();
  const begun = Promise.withResolvers<void>();
  child.stderr.on('data', (text) => {
    if (String(text).includes('Recording to')) begun.resolve();
  });
  child.once('exit', (code) => begun.reject(new Error(`wiretap capture ended with ${code}`)));
  await begun.promise;
  const ended = once(child, 'exit');
  return {
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

export async function wiretap(...argv: string[]): Promise<string> {
  const child = wiretapProcess(...argv);
  child.stderr.pipe(process.stderr);
  const text = (await child.stdout.toArray()).join('');
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode !== 0)
    throw new Error(`wiretap ${argv.join(' ')} ended with ${child.exitCode}`);
  return text;
}

function wiretapProcess(...argv: string[]) {
  return spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'wiretap', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AMI_SECRET: SECRET.ami },
  });
}

/** Until the capture holds the Hangup of every channel that it holds the Newchannel of. */
export async function untilAllHungUp(capture: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const text = await readFile(capture, 'latin1');
    const hungUp = idsOf(text, 'Hangup');
    if (idsOf(text, 'Newchannel').isSubsetOf(hungUp)) return;
    await setTimeout(20, undefined, { signal });
  }
}

function idsOf(text: string, event: string): Set<string> {
  const messages = text
    .split('\r\n\r\n')
    .filter((message) => message.includes(`Event: ${event}\r\n`));
  return new Set(messages.flatMap((message) => /^Uniqueid: (\S+)/m.exec(message)?.[1] ?? []));
}

/** What wiretap put in the place of which number and which name: the lines of a capture stay where they were. */
export async function standInsOf(
  captured: string,
  sanitized: string,
): Promise<ReadonlyMap<string, string>> {
  const [before, after] = await Promise.all(
    [captured, sanitized].map(async (file) => (await readFile(file)).toString().split('\r\n')),
  );
  const pairs = (before ?? []).flatMap((line, n): [string, string][] => {
    const value = personalOf(line);
    const standIn = personalOf(after?.[n] ?? '');
    if (value === undefined || standIn === undefined) return [];
    return [[unescaped(value), unescaped(standIn)]];
  });
  return new Map(pairs);
}

const PERSONAL =
  /^\w*(?:Exten|Extension|CallerIDNum|ConnectedLineNum|CallerIDName|ConnectedLineName|ParkingSpace|Conference|Queue): (?!<unknown>)(.+)$/;

/** Of a trunk, only the string that was dialled has the number. */
const DIALLED = /^DialString: (\d+)@/;

function personalOf(line: string): string | undefined {
  return (PERSONAL.exec(line) ?? DIALLED.exec(line))?.[1];
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, '$1');
}
