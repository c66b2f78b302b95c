// docker-compose.yml as a user starts it, as a project of its own with ports of its own.

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Ended, execute, IMAGE } from './image.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Stack extends AsyncDisposable {
  /** `docker compose` with these arguments. */
  readonly compose: (...args: readonly string[]) => Promise<Ended>;
  /** The same; throws where it does not end with 0. */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** Where a port of a service is to be had from here: `127.0.0.1:32768`. */
  readonly port: (service: string, port: number) => Promise<string>;
}

/** `env` stands in the place of a `.env`. */
export function composeStack(env: Readonly<Record<string, string>> = {}): Stack {
  const project = `asterisk-mqtt-test-${randomUUID().slice(0, 8)}`;
  const { PATH = '', HOME = '' } = process.env;
  const settings = {
    PATH,
    HOME,
    ENV_FILE: '/nonexistent',
    BRIDGE_IMAGE: IMAGE,
    HTTP_PUBLISH: '127.0.0.1:0',
    MOSQUITTO_PUBLISH: '127.0.0.1:0',
    PROMETHEUS_PUBLISH: '127.0.0.1:0',
    GRAFANA_PUBLISH: '127.0.0.1:0',
    ...env,
  };
  const compose = (...args: readonly string[]) =>
    execute('docker', ['compose', '--project-name', project, '--env-file', '/dev/null', ...args], {
      cwd: ROOT,
      env: settings,
    });
  const run = async (...args: readonly string[]) => {
    const { exit, stdout, stderr } = await compose(...args);
    if (exit !== 0)
      throw new Error(`docker compose ${args.join(' ')} ended with ${exit}: ${stderr}`);
    return stdout;
  };
  const all = ['lab', 'broker', 'monitoring', 'grafana'].flatMap((name) => ['--profile', name]);
  return {
    compose,
    run,
    port: async (service, port) => (await run('port', service, String(port))).trim(),
    [Symbol.asyncDispose]: async () => {
      await run(...all, 'down', '--volumes', '--timeout', '1');
    },
  };
}
