// From the start of the process to the login, beside a bare `node -e 0` of the same Node, in turns; and what is resident when
// there is nothing to do. Of the one file as the image starts it, and of the image itself; the same under the
// emulation of linux/arm/v7, where that is there.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { NODE_OPTIONS } from '../test/support/as-in-the-image.ts';
import { atMost, type Bench, median, type Row, toRow } from './rows.ts';
import { buildImage, hasArm } from './start-up/image.ts';

type Probed = {
  readonly bareMs: readonly number[];
  readonly loginMs: readonly number[];
  readonly bare: Memory;
  /** Node, and a database that is open. */
  readonly database: Memory;
  /** The same in a thread. */
  readonly thread: Memory;
  readonly bridge: Memory;
  /** The bridge beside an Asterisk on another machine: the disk has a thread of its own. */
  readonly elsewhere: Memory;
};

/** MB; anonymous: without the pages of files, which processes share. */
type Memory = { readonly resident: number; readonly anonymous: number };

type Plan = { readonly runs: number; readonly idleSeconds: number };

const FULL: Plan = { runs: 15, idleSeconds: 60 };
const QUICK: Plan = { runs: 5, idleSeconds: 1 };
/** Emulation takes twenty times as long. */
const EMULATED: Plan = { runs: 10, idleSeconds: 60 };

const PORTS = ['15038', '11883'] as const;
const SETTINGS = {
  AMI_PORT: PORTS[0],
  AMI_USERNAME: 'nobody',
  AMI_SECRET: 'nothing',
  MQTT_URL: `mqtt://127.0.0.1:${PORTS[1]}`,
} as const;

export const startUp: Bench = async (form) => {
  if (form === 'quick') return [ratioRow('the one file', probeBundle(QUICK), 5)];
  const image = buildImage();
  const probed = probeImage(image, FULL);
  const rows = [
    ...startRows('the one file', probeBundle(FULL)),
    ...startRows('the image', probed),
    ...memoryRows('the image', probed),
    overheadRow(image, probed),
  ];
  return hasArm() ? [...rows, ...armRows()] : rows;
};

function armRows(): readonly Row[] {
  const probed = probeImage(buildImage({ arm: true }), EMULATED, ['--platform', 'linux/arm/v7']);
  const where = 'the image for linux/arm/v7, emulated';
  return [...startRows(where, probed), ...memoryRows(where, probed)];
}

function startRows(what: string, probed: Probed): readonly Row[] {
  const { bareMs, loginMs } = probed;
  return [
    ratioRow(what, probed, 2.5),
    toRow(`start to logged in, ${what}`, { figure: median(loginMs), unit: 'ms' }),
    toRow(`bare node -e 0, beside ${what}`, { figure: median(bareMs), unit: 'ms' }),
  ];
}

function ratioRow(what: string, { bareMs, loginMs }: Probed, most: number): Row {
  const figure = { figure: median(loginMs) / median(bareMs), unit: '× node -e 0' };
  return toRow(`start to logged in, ${what}, to bare Node`, figure, atMost(most));
}

function memoryRows(what: string, probed: Probed): readonly Row[] {
  const { bare, database, thread, bridge, elsewhere } = probed;
  const mb = (figure: number) => ({ figure, unit: 'MB' });
  return [
    toRow(`resident when idle, ${what}`, mb(bridge.resident), atMost(60)),
    toRow(`resident when idle, ${what}, Asterisk elsewhere`, mb(elsewhere.resident)),
    toRow(`resident when idle, bare Node in ${what}`, mb(bare.resident)),
    toRow(`resident when idle, bare Node with a database in ${what}`, mb(database.resident)),
    toRow(
      `resident when idle, bare Node with a thread and a database in ${what}`,
      mb(thread.resident),
    ),
    toRow(`of it not shared with other processes, ${what}`, mb(bridge.anonymous)),
    toRow(
      `of it not shared with other processes, ${what}, Asterisk elsewhere`,
      mb(elsewhere.anonymous),
    ),
    toRow(`of it not shared with other processes, bare Node in ${what}`, mb(bare.anonymous)),
  ];
}

/** What the container takes, of whatever is in it. */
function overheadRow(image: string, { bareMs }: Probed): Row {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    execFileSync('docker', ['run', '--rm', '--entrypoint', 'node', image, '-e', '0']);
    return performance.now() - startedAt;
  });
  const figure = median(times) - median(bareMs);
  return toRow('docker run, beyond bare Node in the image', { figure, unit: 'ms' });
}

/** As the image starts it, with its settings. */
function probeBundle(plan: Plan): Probed {
  const folder = mkdtempSync(join(tmpdir(), 'start-up-'));
  const bundle = join(folder, 'asterisk-mqtt.cjs');
  const env = {
    ...SETTINGS,
    NODE_ENV: 'production',
    NODE_OPTIONS,
    DATA_DIR: join(folder, 'data'),
    HTTP_PORT: '0',
  };
  const node = (...args: readonly string[]) =>
    execFileSync(process.execPath, args, { env, encoding: 'utf8' });
  try {
    cpSync('docker', folder, { recursive: true });
    node('build.js', '', bundle);
    const compiled = join(folder, 'asterisk-mqtt.cache');
    node('docker/rehearsal.cjs', ...PORTS, join(folder, 'compile.cjs'), bundle, compiled);
    return JSON.parse(
      node('bench/start-up/probe.cjs', join(folder, 'main.cjs'), ...PORTS, ...toArguments(plan)),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function probeImage(image: string, plan: Plan, platform: readonly string[] = []): Probed {
  const mounts = ['bench/start-up', 'docker'].flatMap((folder) => [
    '--volume',
    `${process.cwd()}/${folder}:/captures/${folder}:ro`,
  ]);
  const env = Object.entries(SETTINGS).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const options = [...platform, ...mounts, ...env, '--read-only', '--entrypoint', 'tini'];
  const args = [
    '--',
    'node',
    'bench/start-up/probe.cjs',
    '/app/main.cjs',
    ...PORTS,
    ...toArguments(plan),
  ];
  const said = execFileSync('docker', ['run', '--rm', ...options, image, ...args], {
    encoding: 'utf8',
  });
  return JSON.parse(said);
}

function toArguments({ runs, idleSeconds }: Plan): readonly string[] {
  return [String(runs), String(idleSeconds)];
}
