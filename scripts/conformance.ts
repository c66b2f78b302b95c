// docs/conformance.md: what is told of every kind of call, from the recordings of real Asterisks that the tests replay.
// Run by `npm run docs`.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { CONFERENCE } from '../test/lab/live/conference.ts';
import { CALL_ENDS } from '../test/lab/live/ends.ts';
import { FORKS } from '../test/lab/live/forks.ts';
import { HOLD } from '../test/lab/live/hold.ts';
import { ODDITIES } from '../test/lab/live/oddities.ts';
import { OLD_PHONES } from '../test/lab/live/old-phones.ts';
import { ORIGINATE } from '../test/lab/live/originate.ts';
import { PARKING } from '../test/lab/live/parking.ts';
import { PICKUP } from '../test/lab/live/pickup.ts';
import { QUEUES } from '../test/lab/live/queues.ts';
import { SYSTEM } from '../test/lab/live/system.ts';
import { TRANSFERS } from '../test/lab/live/transfers.ts';
import { TRUNKS } from '../test/lab/live/trunks.ts';
import { escaped, type Recording, toldLines, withoutTimes } from '../test/support/told-lines.ts';

const FOLDER = 'testdata/fixtures';
const PAGE = 'docs/conformance.md';
const RELEASES = ['22', '16'] as const;
type Release = (typeof RELEASES)[number];

const GROUPS: readonly (readonly [title: string, scenarios: object])[] = [
  ['Calls and how they end', CALL_ENDS],
  ['Groups, hunts, forwards, confirmation', FORKS],
  ['Queues', QUEUES],
  ['The phone system answers', SYSTEM],
  ['Transfers', TRANSFERS],
  ['Pickup', PICKUP],
  ['Parking', PARKING],
  ['Hold', HOLD],
  ['Conferences and pages', CONFERENCE],
  ['Calls that Asterisk begins', ORIGINATE],
  ['Trunks', TRUNKS],
  ['Races and oddities', ODDITIES],
  ['Phones of chan_sip', OLD_PHONES],
];
/** Recorded with phones of sipp. */
const OTHERS = 'Calls, groups and trunks with other phones';

type Row = {
  readonly name: string;
  readonly story: string;
  readonly told: ReadonlyMap<Release, readonly string[]>;
};

const notYet: readonly string[] = JSON.parse(readFileSync(`${FOLDER}/not-yet.json`, 'utf8'));
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
const versions = new Map<Release, string>();

writeFileSync(PAGE, page());
process.stdout.write(`${PAGE}\n`);

function page(): string {
  const rows = readRows();
  const titled = GROUPS.map(([title, scenarios]) => {
    const own = rows.filter(({ name }) => Object.hasOwn(scenarios, name));
    return [title, own] as const;
  });
  const others = rows.filter(({ name }) => !GROUPS.some(([, group]) => Object.hasOwn(group, name)));
  const sections = [...titled, [OTHERS, others] as const].filter(([, own]) => own.length > 0);
  const recordings = rows.reduce((sum, { told }) => sum + told.size, 0);
  return [
    '<!-- Made by scripts/conformance.ts (npm run docs): do not edit. -->',
    '',
    '# What is told of every kind of call',
    '',
    `${rows.length} scenarios were played on a real Asterisk with real SIP phones, and recorded: ${recordings} recordings, on ${versionList()}.`,
    'Every run of the tests replays all of them, and compares what is told with what the phones did: who called, rang, lifted, held, transferred',
    'and hung up, and when. `npm run lab -- SCENARIO` plays any of them again, live.',
    '',
    'Times are counted from the first event of the recording, in seconds; the numbers are those of the lab (101 to 122 are phones).',
    '✓: right, and as shown (but for the times of the version that is not shown). –: that version has no such phones. ✗: not right yet.',
    ...sections.flatMap(([title, own]) => section(title, own)),
    '',
  ].join('\n');
}

function versionList(): string {
  return RELEASES.map((release) => `Asterisk ${versions.get(release)}`).join(' and ');
}

function section(title: string, rows: readonly Row[]): readonly string[] {
  return [
    '',
    `## ${title}`,
    '',
    `| scenario | what is told | 22 | 16 |`,
    '|---|---|---|---|',
    ...rows.map(toLine),
  ];
}

function toLine({ name, story, told }: Row): string {
  const shown = told.get('22') ?? told.get('16') ?? [];
  const marks = RELEASES.map((release) => markOf(name, release, { shown, own: told.get(release) }));
  const cells = [`**${name}**<br>${escaped(story)}`, shown.join('<br>') || 'nothing', ...marks];
  return `| ${cells.join(' | ')} |`;
}

type Compared = { readonly shown: readonly string[]; readonly own: readonly string[] | undefined };

function markOf(name: string, release: Release, { shown, own }: Compared): string {
  if (own === undefined) return '–';
  if (notYet.includes(fileOf(name, release))) return '✗';
  return withoutTimes(own) === withoutTimes(shown) ? '✓' : `✓, told as<br>${own.join('<br>')}`;
}

function readRows(): readonly Row[] {
  const names = new Set(
    files
      .filter((file) => !/\.events\.json$|^not-yet\.json$/.test(file))
      .map((file) => file.replace(/(?:\.16)?\.json$/, '')),
  );
  return [...names].map(readRow);
}

function readRow(name: string): Row {
  const told = new Map<Release, readonly string[]>();
  let story = '';
  for (const release of RELEASES) {
    const file = fileOf(name, release);
    if (!files.includes(`${file}.json`)) continue;
    const recording: Recording = JSON.parse(readFileSync(`${FOLDER}/${file}.json`, 'utf8'));
    versions.set(release, recording.asterisk);
    story ||= recording.story;
    told.set(release, toldLines(`${FOLDER}/${file}.raw`, recording));
  }
  return { name, story, told };
}

function fileOf(name: string, release: Release): string {
  return release === '22' ? name : `${name}.${release}`;
}
