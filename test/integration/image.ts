// The image that ships, as a bridge that stays and as a command that ends by itself, confined as docker-compose.yml does it.

import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type Container, killContainer, type Network, reviveContainer } from '../lab/containers.ts';

const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');

export const IMAGE = 'asterisk-mqtt:test';
const ANYBODY = '12345:12345';

export interface Mount {
  readonly source: string;
  readonly target: string;
}

export interface BridgeSettings {
  readonly network: Network;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts?: readonly Mount[];
  readonly image?: string;
  /** Waits until the container is healthy; default true. */
  readonly healthy?: boolean;
}

export interface Bridge extends AsyncDisposable {
  readonly container: Container;
  /** All that it has logged so far. */
  readonly log: () => string;
  /** Its log lines so far. */
  readonly lines: () => readonly LogLine[];
  /** As `docker inspect` shows it. */
  readonly health: () => Promise<Health>;
  readonly untilHealth: (status: Health['status'], signal: AbortSignal) => Promise<Health>;
  /** Where /metrics and /health are. */
  readonly http: string;
  /** SIGTERM, as `docker stop` does it; how it ended. */
  readonly stop: () => Promise<number>;
  readonly kill: () => Promise<void>;
  readonly revive: () => Promise<void>;
}

export type LogLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly message: string;
};

export interface Health {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  /** What the last check said. */
  readonly output: string;
}

export async function startBridge(settings: BridgeSettings): Promise<Bridge> {
  const { network, env, mounts = [], image = IMAGE, healthy = true } = settings;
  let log = '';
  const container = await new Confined(image)
    .withNetwork(network)
    .withNetworkAliases('bridge')
    .withUser(ANYBODY)
    .withEnvironment(env)
    .withBindMounts(mounts.map((mount) => ({ ...mount, mode: 'ro' })))
    .withExposedPorts(8000)
    .withLogConsumer((stream) => {
      stream.on('data', (chunk) => {
        log += String(chunk);
      });
    })
    .withWaitStrategy(healthy ? Wait.forHealthCheck() : Wait.forLogMessage(/"message"/))
    .start()
    .catch((cause) => {
      throw new Error(`the bridge does not get ready:\n${log}`, { cause });
    });
  return toBridge(container, () => log);
}

/** Like the service in docker-compose.yml. */
class Confined extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.withDroppedCapabilities('ALL').withSecurityOpt('no-new-privileges:true');
    this.hostConfig.ReadonlyRootfs = true;
  }
}

function toBridge(container: Container, log: () => string): Bridge {
  const health = () => healthOf(container);
  return {
    container,
    log,
    lines: () =>
      log()
        .split('\n')
        .filter(isLogLine)
        .map((line) => JSON.parse(line)),
    health,
    untilHealth: async (status, signal) => {
      for (;;) {
        const now = await health();
        if (now.status === status) return now;
        await delay(200, undefined, { signal });
      }
    },
    http: `http://${container.getHost()}:${container.getMappedPort(8000)}`,
    stop: async () => {
      const { container: containers } = await getContainerRuntimeClient();
      const one = containers.getById(container.getId());
      await one.stop({ t: 15 });
      return (await one.inspect()).State.ExitCode;
    },
    kill: () => killContainer(container),
    revive: () => reviveContainer(container),
    [Symbol.asyncDispose]: async () => {
      await container.stop();
    },
  };
}

function isLogLine(line: string): boolean {
  return line.startsWith('{');
}

async function healthOf(container: Container): Promise<Health> {
  const { container: containers } = await getContainerRuntimeClient();
  const { State } = await containers.getById(container.getId()).inspect();
  const status = State.Health?.Status;
  if (status !== 'starting' && status !== 'healthy' && status !== 'unhealthy') {
    throw new Error(`the container has no health (${State.Status})`);
  }
  return { status, output: State.Health?.Log.at(-1)?.Output ?? '' };
}

export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `docker run` with these options, then the command; resolves when it has ended. */
export function runImage(options: readonly string[], ...command: string[]): Promise<Ended> {
  const confined = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
  return execute('docker', ['run', '--rm', ...confined, ...options, IMAGE, ...command]);
}

export function execute(file: string, args: readonly string[], more: object = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { encoding: 'utf8', ...more }, (error, stdout, stderr) => {
      const exit = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      resolve({ exit, stdout, stderr });
    });
  });
}
