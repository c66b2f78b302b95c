// doctor: what is wrong, and what to do about it. The checks stand in doctor/, a file for each thing that is looked at,
// in the order in which they are told. All things are looked at at the same time, so that it ends whatever hangs.

import { type Config, secretsOf } from '../config/config.ts';
import { loadConfig, type StandIns } from '../config/load.ts';
import { ConnectorError } from '../errors.ts';
import { createMask } from '../telemetry/logger.ts';
import { checkAsterisk } from './doctor/asterisk.ts';
import { checkBroker } from './doctor/broker.ts';
import type { Checkup } from './doctor/checkup.ts';
import {
  type Finding,
  fail,
  type Grade,
  type Subject,
  toLines,
  toSummary,
} from './doctor/findings.ts';
import { checkData, checkHttp } from './doctor/machine.ts';
import { toSnippet } from './doctor/snippet.ts';
import { aborted, type Terminal } from './wiretap/terminal.ts';

type Section = readonly [Subject, (checkup: Checkup) => Promise<void>];

const CHECKS: readonly Section[] = [
  ['asterisk', checkAsterisk],
  ['broker', checkBroker],
  ['data', checkData],
  ['http', checkHttp],
];

const EXIT = { ok: 0, failed: 1 } as const;

/** `isTerminal` is about stdout. After `timeMs`, 18 s if left out, everything is broken off. */
export type DoctorOptions = Terminal & { readonly timeMs?: number };

/**
 * Runs `doctor <argv>` to its end and gives the exit code.
 * @throws ConnectorError CONFIG_INVALID, USAGE
 */
export async function runDoctor(argv: readonly string[], options: DoctorOptions): Promise<number> {
  const { env, stdout } = options;
  const [option, ...rest] = argv;
  if (rest.length > 0) throw new ConnectorError('USAGE', `"${rest[0]}" is one too many.`);
  if (option === undefined) return await examine(loadConfig({ env }), options);
  if (option === '--snippet') stdout(toSnippet(loadConfig({ env, standIns: STAND_INS })));
  else if (option === '--help' || option === '-h') stdout(HELP);
  else throw new ConnectorError('USAGE', `doctor has no option ${option.split('=', 1)[0]}.`);
  return EXIT.ok;
}

/** The lines may be wanted before there is a user. */
const STAND_INS: StandIns = { AMI_USERNAME: 'asterisk-mqtt', AMI_SECRET: 'not needed here' };

const TIME_MS = 18_000;

async function examine(config: Config, options: DoctorOptions): Promise<number> {
  const { stdout, isTerminal, env, signal, timeMs = TIME_MS } = options;
  const colours = isTerminal && !env.NO_COLOR;
  const mask = createMask(secretsOf(config));
  const grades: Grade[] = [];
  const print: Print = (subject, finding) => {
    if (signal.aborted) return;
    grades.push(finding.grade);
    stdout(mask(toLines(subject, finding, colours)));
  };
  const deadline = AbortSignal.timeout(timeMs);
  const running = CHECKS.map((check) => start(check, { config, signal, deadline }));
  for (const { open, done } of running) {
    open(print);
    await done;
    if (signal.aborted) return stopped(stdout);
  }
  stdout(toSummary(grades));
  return grades.includes('fail') ? EXIT.failed : EXIT.ok;
}

function stopped(stdout: (text: string) => void): number {
  stdout('Stopped before everything was checked.\n');
  return EXIT.failed;
}

type Print = (subject: Subject, finding: Finding) => void;

type Running = {
  /** From now on its findings are printed, first those that it has already. */
  readonly open: (print: Print) => void;
  /** At the latest when time is up or somebody ends it; nothing comes after that. */
  readonly done: Promise<void>;
};

type Limits = Pick<Checkup, 'config' | 'signal'> & { readonly deadline: AbortSignal };

function start([subject, check]: Section, { config, signal: user, deadline }: Limits): Running {
  const signal = AbortSignal.any([user, deadline]);
  const held: Finding[] = [];
  let take = (finding: Finding): void => void held.push(finding);
  const tell = (...findings: readonly Finding[]) => {
    if (!signal.aborted) for (const finding of findings) take(finding);
  };
  const ended = check({ config, signal, tell }).catch((error) => {
    if (!signal.aborted) throw error; // what an end brings about is no news
  });
  const done = Promise.race([ended.then(() => false), aborted(signal).then(() => true)]).then(
    (isBrokenOff) => {
      if (isBrokenOff) take(BROKEN_OFF);
    },
  );
  done.catch(() => undefined); // it is awaited when it is its turn
  const open = (print: Print) => {
    take = (finding) => print(subject, finding);
    for (const finding of held.splice(0)) take(finding);
  };
  return { open, done };
}

const BROKEN_OFF = fail(
  'broken off, as the rest takes too long',
  'Something there answers too slowly to be used. Is the network whole, and the other side not overloaded?',
);

const HELP = `Usage: doctor [--snippet]

Says what is wrong and what to do about it: whether Asterisk and the broker can be reached and let the bridge in, what they
allow it, and whether this machine has what it needs. It is configured like the bridge, may run beside it, and changes
nothing: it publishes two short messages that are no events, {prefix}/call/doctor/probe and {prefix}/bridge/doctor.

Each check is a line that begins with ok, warn, FAIL, or skip where it could not be made; below it stands the remedy.
It takes 20 seconds at most. The exit code is 0 where nothing failed, 1 where something did, 78 for wrong settings.

  --snippet   Print what to write into manager.conf and into Mosquitto's access list. It needs no secret.
  --help      Show this and end.
`;
