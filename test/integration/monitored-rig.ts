// The way of a call, and Prometheus beside it as compose runs it: every part is a container that the others know by its
// name, and Prometheus reads the very files that are shipped.

import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Container, type Lab, startBroker, startLab } from '../lab/containers.ts';
import { startBridge } from './image.ts';
import { LAB_ENV } from './rig.ts';

const { GenericContainer, Wait } = await import('testcontainers');

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POLL_MS = 250;

export interface MonitoredRig extends AsyncDisposable {
  readonly lab: Lab;
  readonly broker: Container;
  readonly prometheus: Prometheus;
  /** What the bridge answers to GET /metrics now. */
  readonly metrics: () => Promise<string>;
}

export async function startMonitoredRig(): Promise<MonitoredRig> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await startLab(22));
  const broker = stack.use(await startBroker(lab.network));
  const bridge = stack.use(await startBridge({ network: lab.network, env: LAB_ENV }));
  const prometheus = new Prometheus(stack.use(await startPrometheus(lab)));
  const stop = stack.move();
  return {
    lab,
    broker,
    prometheus,
    metrics: async () => (await fetch(`${bridge.http}/metrics`)).text(),
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

function startPrometheus({ network }: Lab): Promise<Container> {
  const files = ['prometheus.yml', 'alerts.yml'].map((name) => ({
    source: `${ROOT}docker/prometheus/${name}`,
    target: `/etc/prometheus/${name}`,
  }));
  return new GenericContainer('prom/prometheus:latest')
    .withCopyFilesToContainer(files)
    .withNetwork(network)
    .withNetworkAliases('prometheus')
    .withExposedPorts(9090)
    .withWaitStrategy(Wait.forHttp('/-/ready', 9090))
    .start();
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly state: string;
  readonly lastEvaluation: string;
}

export class Prometheus {
  readonly #url: string;

  constructor(container: Container) {
    this.#url = urlOf(container, 9090);
  }

  /** What a query gives now. Throws where Prometheus does not understand it. */
  async query(query: string): Promise<readonly Sample[]> {
    const { result } = await this.#get(`query?${new URLSearchParams({ query })}`);
    return result.map(({ metric, value: [, text] }: RawSample) => ({
      metric,
      value: Number(text),
    }));
  }

  /** Asks until the answer is enough. */
  async until(
    query: string,
    isEnough: (samples: readonly Sample[]) => boolean,
    signal: AbortSignal,
  ): Promise<readonly Sample[]> {
    for (;;) {
      const samples = await this.query(query);
      if (isEnough(samples)) return samples;
      await delay(POLL_MS, undefined, { signal });
    }
  }

  /** The rules, once each has been evaluated after now. */
  async rules(signal: AbortSignal): Promise<readonly RuleState[]> {
    const since = Date.now();
    for (;;) {
      const { groups } = await this.#get('rules');
      const rules: readonly RuleState[] = groups.flatMap(
        ({ rules: own }: { rules: readonly RuleState[] }) => own,
      );
      if (rules.every(({ lastEvaluation }) => Date.parse(lastEvaluation) > since)) return rules;
      await delay(POLL_MS, undefined, { signal });
    }
  }

  async #get(path: string) {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    const { status, error, ...answer } = (await response.json()) as {
      readonly status: string;
      readonly error?: string;
      // biome-ignore lint/suspicious/noExplicitAny: what it is depends on the path
      readonly data?: any;
    };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return answer.data;
  }
}

interface RawSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, text: string];
}

function urlOf(container: Container, port: number): string {
  return `http://${container.getHost()}:${container.getMappedPort(port)}`;
}
