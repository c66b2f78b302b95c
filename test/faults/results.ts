// What came of the faults that were run, and the page that shows it. Only what was run has a row.

import type { Trial } from './trial.ts';

export type Row = {
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly calls: number;
  readonly events: number;
  readonly repeats: number;
  readonly gaps: number;
  readonly gapSeconds: number;
  /** Inside told gaps, and so not told. */
  readonly untold: number;
  /** Neither delivered nor inside a told gap. */
  readonly lost: number;
  /** Everything else that is wrong, by its kind. */
  readonly wrong: Readonly<Record<string, number>>;
  readonly shed: number;
  readonly recoverySeconds: number | null;
  readonly residentMebibytes: number;
  /** Of a run that was long enough to tell. */
  readonly mebibytesPerHour?: number;
};

/** By the name of the fault. */
export type Results = Readonly<Record<string, Row>>;

type Ran = { readonly trial: Trial; readonly seconds: number; readonly callsPerSecond: number };

export function toRow({ trial, seconds, callsPerSecond }: Ran): Row {
  const { verdict, undelivered, truthIsWhole, isSeen, mebibytesPerHour } = trial;
  const kinds = Object.entries(Object.groupBy(verdict.findings, ({ kind }) => kind));
  const wrong = kinds.map(([kind, all]) => [kind, all?.length ?? 0] as const);
  const { lost = 0, ...others } = Object.fromEntries(wrong);
  const gapMs = verdict.gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  return {
    ...{ seconds, callsPerSecond, calls: verdict.calls, events: verdict.facts },
    ...{ repeats: verdict.repeats, gaps: verdict.gaps.length, gapSeconds: round(gapMs / 1_000) },
    ...{ untold: verdict.excused, lost },
    wrong: {
      ...others,
      ...(undelivered > 0 && { undelivered }),
      ...(!truthIsWhole && { 'truth recorder cut off': 1 }),
      ...(!isSeen && { 'the bridge noticed nothing of it': 1 }),
    },
    shed: verdict.shed,
    recoverySeconds: trial.recoverySeconds === undefined ? null : round(trial.recoverySeconds),
    residentMebibytes: Math.round(trial.residentMebibytes),
    ...(mebibytesPerHour !== undefined &&
      seconds >= LONG_SECONDS && { mebibytesPerHour: round(mebibytesPerHour) }),
  };
}

/** From then on the memory of a process tells more than how it was started. */
const LONG_SECONDS = 1_800;

/** Where nothing came of a run. */
export function failedRow({ seconds, callsPerSecond }: Omit<Ran, 'trial'>): Row {
  return {
    ...{ seconds, callsPerSecond, calls: 0, events: 0, repeats: 0, gaps: 0, gapSeconds: 0 },
    ...{ untold: 0, lost: 0, wrong: { 'the run itself failed': 1 }, shed: 0 },
    ...{ recoverySeconds: null, residentMebibytes: 0 },
  };
}

/** Nothing lost, nothing wrong, and all of it known. */
export function isRight({ lost, wrong }: Row): boolean {
  return lost === 0 && Object.keys(wrong).length === 0;
}

/** `abouts`: what each fault does, in the order of the table. */
export function toPage(results: Results, abouts: ReadonlyMap<string, string>): string {
  const rows = [...abouts].flatMap(([name, about]) => {
    const row = results[name];
    return row === undefined ? [] : [toLine(name, about, row)];
  });
  return [INTRODUCTION, ...HEAD, ...rows, ''].join('\n');
}

const INTRODUCTION = `# What breaks, and what comes of it

<!-- Made by \`npm run test:faults\` from test/faults/results.json. -->

Each row is one run: the bridge as a process of its own with a \`DATA_DIR\`, a real Mosquitto, a PBX that plays the
fixtures of \`testdata/fixtures\` as ever new calls, and a proxy on each link. While that goes on, something is broken. A
second session writes down what the PBX says, a subscriber what is delivered, and what should have been told (the same core
without any fault) is compared with what was. In the rows \`asterisk-…\` it is a real Asterisk with phones that call each
other, as many as they can.

*Lost*: neither delivered nor inside a \`gap\` that was told. *Untold*: inside a told gap, and not made up for after it; also
the end of a call that began in a gap and had become part of another one before all was compared. *Repeats*: delivered again, with
the same \`id\`. *Recovery*: from the end of the fault until what is delivered is less than a second old. *Wrong*: order,
holes in \`sequence\`, calls that nobody made, ends that are missing or come twice, messages that say something else than
what happened, accounts in \`/metrics\` that do not come out even, messages that are still not delivered a minute later, a
record of the truth that is not whole, a fault that the bridge noticed nothing of. *Memory*: of the process at the end; where
a run was long enough, how the lowest of each five minutes grew in its second half.

Run it: \`npm run test:faults\` (needs Docker on Linux, and root for the broken disks; an hour),
\`npm run test:faults -- --quick --only NAME\` for one of them in seconds, \`npm run test:soak\` for an hour of them.
`;

const HEAD = [
  '| fault | load | calls | events | repeats | gaps told | untold | lost | wrong | recovery | memory |',
  '|---|---|---|---|---|---|---|---|---|---|---|',
];

function toLine(name: string, about: string, row: Row): string {
  const wrong = Object.entries(row.wrong).map(([kind, count]) => `${kind} ${count}`);
  if (row.shed > 0) wrong.push(`${row.shed} shed, and told`);
  return `| ${[
    `**${name}**<br>${about}`,
    `${row.callsPerSecond}/s for ${row.seconds} s`,
    row.calls,
    row.events,
    row.repeats,
    row.gaps === 0 ? '0' : `${row.gaps} (${row.gapSeconds} s)`,
    row.untold,
    row.lost === 0 ? '0' : `**${row.lost}**`,
    wrong.join('<br>') || 'nothing',
    row.recoverySeconds === null ? '–' : `${row.recoverySeconds} s`,
    toMemory(row),
  ].join(' | ')} |`;
}

function toMemory({ residentMebibytes, mebibytesPerHour }: Row): string {
  const growth = mebibytesPerHour === undefined ? '' : `<br>${mebibytesPerHour} MiB/h`;
  return `${residentMebibytes} MiB${growth}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
