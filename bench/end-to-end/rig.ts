// What all runs need: a broker, and a process each for Asterisk, a subscriber and a bare publisher.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Bridge, type BridgeOptions } from './bridge.ts';
import { Mosquitto } from './mosquitto.ts';
import { Part } from './process.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOPICS = ['asterisk/call/#', 'bare/#'];

export type Rig = {
  readonly broker: Mosquitto;
  readonly asterisk: Part;
  readonly amiPort: number;
  readonly subscriber: Part;
  readonly publisher: Part;
  readonly bridge: (
    options: Pick<BridgeOptions, 'outbox'> & Partial<BridgeOptions>,
  ) => Promise<Bridge>;
};

/** All that it starts is ended with the stack. `program`: of the bridge; default: the bundle. */
export async function startRig(
  stack: AsyncDisposableStack,
  program: readonly string[] = bundle(stack),
): Promise<Rig> {
  const broker = stack.use(await Mosquitto.start());
  const { port } = broker;
  const asterisk = stack.use(new Part('player'));
  const subscriber = stack.use(new Part('subscriber'));
  const publisher = stack.use(new Part('publisher'));
  const amiPort = await asterisk.ask<number>('listen');
  await subscriber.ask('start', { port, topics: TOPICS });
  await publisher.ask('start', { port });
  return {
    ...{ broker, asterisk, amiPort, subscriber, publisher },
    bridge: (options) => Bridge.start({ amiPort, mqttPort: port, program, ...options }),
  };
}

/** The bridge as the image has it: what Node is given. */
export function bundle(stack: AsyncDisposableStack): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'asterisk-mqtt-bench-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'main.cjs');
  execFileSync(process.execPath, [join(ROOT, 'build.js'), '', path], { cwd: ROOT });
  return [path];
}
