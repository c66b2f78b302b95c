// What a figure was taken on.

import { execFile } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, type as system, totalmem } from 'node:os';
import process from 'node:process';
import { promisify } from 'node:util';

export async function describeMachine(): Promise<string> {
  const processor = cpus()[0]?.model.trim() ?? process.arch;
  const cores = availableParallelism();
  const [busy = 0] = loadavg();
  return [
    `${processor}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${system()} ${release()}`,
    `Node ${process.versions.node}`,
    ...(await describeBroker()),
    `load before it ${busy.toFixed(1)}`,
  ].join(', ');
}

/** On this machine, else as the image that the benches use. */
async function describeBroker(): Promise<readonly string[]> {
  const image = ['run', '--rm', '--entrypoint', 'mosquitto', 'eclipse-mosquitto:2', '-h'];
  const said = (await ask('mosquitto', ['-h'])) || (await ask('docker', image));
  const version = /mosquitto version (\S+)/.exec(said)?.[1];
  return version === undefined ? [] : [`Mosquitto ${version}`];
}

/** It ends with a code of its own when it is asked for help. */
async function ask(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { timeout: 10_000 })).stdout;
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? '');
  }
}
