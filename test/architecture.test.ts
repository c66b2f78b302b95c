// Who may import what. Imports point one way; a folder that is not in this table has no place yet.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type SourceImport, scanSource } from './support/source-scan.ts';

const ROOT = join(import.meta.dirname, '..');

type Zone = {
  /** A file, or a folder with `/` at its end. */
  readonly of: string;
  /** Files and folders that may be imported, beside itself. */
  readonly may?: readonly string[];
  /** Those of which types may be imported, and nothing else. */
  readonly mayTypes?: readonly string[];
  readonly packages?: readonly string[];
  readonly node?: (module: string) => boolean;
};

const ERRORS = 'src/errors.ts';
const NOTICES = 'src/telemetry/notice.ts';

/** Opens connections, starts programs: for edges only. */
const REACHES_OUT =
  /^(?:child_process|cluster|dgram|dns|http|http2|https|inspector|module|net|sqlite|tls|vm|worker_threads)(?:\/|$)/;

const ANY_MODULE = (module: string) => module !== 'process';
const INNER_MODULE = (module: string) => ANY_MODULE(module) && !REACHES_OUT.test(module);

const ZONES: readonly Zone[] = [
  { of: ERRORS },
  { of: 'src/ports.ts', mayTypes: ['src/core/'] },

  { of: 'src/core/ami/', may: [ERRORS] },
  { of: 'src/core/pbx/', may: ['src/core/ami/', ERRORS] },
  { of: 'src/core/call/', may: ['src/core/pbx/', 'src/core/ami/', 'src/core/event/', ERRORS] },
  {
    of: 'src/core/event/',
    may: ['src/core/ami/hangup-cause.ts', ERRORS],
    mayTypes: ['src/core/ami/'],
  },
  { of: 'src/core/capture/', may: ['src/core/ami/', ERRORS] },
  {
    of: 'src/core/story/',
    may: [
      ...['src/core/call/', 'src/core/pbx/', 'src/core/ami/', 'src/core/event/'],
      ...['src/core/capture/', ERRORS],
    ],
  },

  edge('src/io/ami/'),
  edge('src/io/mqtt/', ['mqtt']),
  edge('src/io/store/'),
  edge('src/io/capture/'),
  edge('src/io/http/'),
  edge('src/io/probe/'),
  edge('src/io/heartbeat/'),

  {
    of: 'src/config/',
    may: [ERRORS],
    packages: ['envalid', 'yaml'],
    node: (module) => module === 'fs',
  },
  { of: 'src/telemetry/', may: [ERRORS], packages: ['pino', 'pino-pretty', 'prom-client'] },
  {
    of: 'src/app/',
    may: ['src/config/', 'src/telemetry/', 'src/io/', 'src/ports.ts', 'src/core/', ERRORS],
    node: INNER_MODULE,
  },
  {
    of: 'src/main.ts',
    may: ['src/app/', ERRORS, 'package.json'],
    node: (module) => !REACHES_OUT.test(module),
  },
];

function edge(of: string, packages: readonly string[] = []): Zone {
  const may = ['src/core/', 'src/ports.ts', ERRORS];
  return { of, may, mayTypes: [NOTICES], packages, node: ANY_MODULE };
}

/** What is wrong with `file` (its path from the root) that holds `source`, a sentence each. */
function offences(file: string, source: string): readonly string[] {
  const zone = ZONES.find(({ of }) => isIn(of, file));
  if (zone === undefined) return ['stands in a folder that the table does not know'];
  const { imports, code } = scanSource(source);
  const wrongImports = imports
    .filter((imported) => !isAllowed(zone, file, imported))
    .map(({ specifier = 'something computed' }) => `may not import ${specifier}`);
  return usesProcess(zone, code) ? [...wrongImports, 'may not use process'] : wrongImports;
}

function isIn(place: string, file: string): boolean {
  return place.endsWith('/') ? file.startsWith(place) : file === place;
}

function isAllowed(zone: Zone, file: string, { specifier, typesOnly }: SourceImport): boolean {
  if (specifier === undefined) return false;
  if (specifier.startsWith('node:')) return zone.node?.(specifier.slice(5)) ?? false;
  if (!/^\.{1,2}\//.test(specifier)) return (zone.packages ?? []).includes(specifier);
  const target = posix.normalize(posix.join(dirname(file), specifier));
  const places = [zone.of, ...(zone.may ?? []), ...(typesOnly ? (zone.mayTypes ?? []) : [])];
  return places.some((place) => isIn(place, target));
}

/** As a name of its own, or as a property of the global object. */
function usesProcess(zone: Zone, code: string): boolean {
  if (zone.of === 'src/main.ts') return false;
  return /(?<![.\w$])process\b(?!\s*:)|\bglobalThis\b/.test(code);
}

describe('the sources', () => {
  const files = globSync('src/**/*', { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(ROOT.length + 1), entry.name));

  it('are there', () => {
    expect(files).toContain('src/errors.ts');
    expect(files).toContain('src/core/event/call-event.ts');
  });

  it('are TypeScript', () => {
    expect(files.filter((file) => !file.endsWith('.ts'))).toEqual([]);
  });

  it('import what their folder may import, and nothing else', () => {
    const wrong = files.flatMap((file) =>
      offences(file, readFileSync(join(ROOT, file), 'utf8')).map((text) => `${file} ${text}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the check', () => {
  const CALL = 'src/core/call/call.ts';
  const PBX = 'src/core/pbx/channel.ts';
  const AMI = 'src/core/ami/message.ts';
  const EVENT = 'src/core/event/topic.ts';
  const EDGE = 'src/io/http/server.ts';

  it.each([
    [CALL, "import { a } from '../pbx/channel.ts'"],
    [CALL, "import type { A } from '../event/call-event.ts'"],
    [CALL, "import { a } from './ending.ts'"],
    [PBX, "import { a } from '../ami/value.ts'"],
    [EVENT, "import { HANGUP_CAUSES } from '../ami/hangup-cause.ts'"],
    [EVENT, "import { type A, type B } from '../ami/message.ts'"],
    ['src/core/capture/format.ts', "export { a } from '../ami/message.ts'"],
    ['src/ports.ts', "import type { A } from './core/event/publication.ts'"],
    [EDGE, "import { createServer } from 'node:http'"],
    [EDGE, "import type { Report } from '../../telemetry/notice.ts'"],
    [EDGE, "import { ConnectorError } from '../../errors.ts'"],
    ['src/io/mqtt/client.ts', "import mqtt, { type A } from 'mqtt'"],
    ['src/config/load.ts', "import { readFileSync } from 'node:fs'"],
    ['src/telemetry/logger.ts', "import { pino } from 'pino'"],
    ['src/app/bridge.ts', "import { a } from '../config/load.ts'; import '../io/mqtt/client.ts'"],
    ['src/app/docs.ts', "import { writeFileSync } from 'node:fs'"],
    ['src/main.ts', "import process from 'node:process'; process.exit()"],
    ['src/main.ts', "import { run } from './app/bridge.ts'"],
    ['src/main.ts', "import json from '../package.json' with { type: 'json' }"],
  ])('lets %s have %s', (file, source) => {
    expect(offences(file, source)).toEqual([]);
  });

  it.each([
    // Back through the core.
    [AMI, "import { a } from '../pbx/channel.ts'", '../pbx/channel.ts'],
    [AMI, "import type { A } from '../event/call-event.ts'", '../event/call-event.ts'],
    [PBX, "import type { A } from '../call/call.ts'", '../call/call.ts'],
    [EVENT, "import type { A } from '../call/call.ts'", '../call/call.ts'],
    [EVENT, "import { header } from '../ami/message.ts'", '../ami/message.ts'],
    [EVENT, "import { type A, header } from '../ami/message.ts'", '../ami/message.ts'],
    [EVENT, "import {} from '../ami/message.ts'", '../ami/message.ts'],
    ['src/core/capture/format.ts', "import { a } from '../pbx/signal.ts'", '../pbx/signal.ts'],
    ['src/core/capture/format.ts', "export * from '../call/call.ts'", '../call/call.ts'],
    // Out of the core.
    [CALL, "import { a } from '../../io/ami/framing.ts'", '../../io/ami/framing.ts'],
    [CALL, "import type { A } from '../../ports.ts'", '../../ports.ts'],
    [CALL, "import type { Socket } from 'node:net'", 'node:net'],
    [CALL, "import { pino } from 'pino'", 'pino'],
    [CALL, "import { readFileSync } from 'fs'", 'fs'],
    [
      'src/ports.ts',
      "import { a } from './core/event/publication.ts'",
      './core/event/publication.ts',
    ],
    [ERRORS, "import type { A } from './ports.ts'", './ports.ts'],
    // From one edge to another, and out of the edges.
    [EDGE, "import type { A } from '../ami/framing.ts'", '../ami/framing.ts'],
    [EDGE, "import { a } from '../../telemetry/notice.ts'", '../../telemetry/notice.ts'],
    [EDGE, "import type { A } from '../../telemetry/metrics.ts'", '../../telemetry/metrics.ts'],
    [EDGE, "import type { Config } from '../../config/config.ts'", '../../config/config.ts'],
    [EDGE, "import { a } from '../../app/bridge.ts'", '../../app/bridge.ts'],
    [EDGE, "import { connect } from 'mqtt'", 'mqtt'],
    [EDGE, "import { env } from 'node:process'", 'node:process'],
    ['src/io/mqtt/client.ts', "import { parse } from 'mqtt/parser'", 'mqtt/parser'],
    // The rest.
    ['src/config/load.ts', "import { a } from '../core/ami/value.ts'", '../core/ami/value.ts'],
    ['src/config/load.ts', "import { join } from 'node:path'", 'node:path'],
    ['src/config/load.ts', "import { readFile } from 'node:fs/promises'", 'node:fs/promises'],
    [
      'src/telemetry/report.ts',
      "import type { C } from '../config/config.ts'",
      '../config/config.ts',
    ],
    ['src/telemetry/report.ts', "import { a } from '../core/ami/value.ts'", '../core/ami/value.ts'],
    ['src/telemetry/report.ts', "import { hostname } from 'node:os'", 'node:os'],
    ['src/app/bridge.ts', "import { pino } from 'pino'", 'pino'],
    ['src/app/bridge.ts', "import { connect } from 'node:net'", 'node:net'],
    ['src/app/bridge.ts', "import { createRequire } from 'node:module'", 'node:module'],
    ['src/app/bridge.ts', "import { a } from '../main.ts'", '../main.ts'],
    [
      'src/app/bridge.ts',
      "import { a } from '../../test/support/captures.ts'",
      '../../test/support/captures.ts',
    ],
    ['src/main.ts', "import { loadConfig } from './config/load.ts'", './config/load.ts'],
    // However it is written.
    [CALL, "export { a } from '../../app/bridge.ts'", '../../app/bridge.ts'],
    [CALL, "export * as all from '../../app/bridge.ts'", '../../app/bridge.ts'],
    [CALL, "export type { A } from '../../app/bridge.ts'", '../../app/bridge.ts'],
    [CALL, "import '../../app/bridge.ts'", '../../app/bridge.ts'],
    [CALL, 'import*as all from"../../app/bridge.ts"', '../../app/bridge.ts'],
    [CALL, "import type from '../../app/bridge.ts'", '../../app/bridge.ts'],
    [
      CALL,
      "import {\n  a, // from './x.ts'\n  b as c,\n} from '../../app/bridge.ts'",
      '../../app/bridge.ts',
    ],
    [CALL, "const a = await import('../../app/bridge.ts')", '../../app/bridge.ts'],
    [CALL, "const a = await import(/* why */ '../../app/bridge.ts', {})", '../../app/bridge.ts'],
    [CALL, "type A = import('../../app/bridge.ts').A", '../../app/bridge.ts'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source
    [CALL, "const a = `${`x ${await import('../../app/bridge.ts')}`}`", '../../app/bridge.ts'],
    [CALL, "const quote = /['\"`/*]/; import('../../app/bridge.ts')", '../../app/bridge.ts'],
    [
      CALL,
      "const half = a / b; const c = '/'; import('../../app/bridge.ts')",
      '../../app/bridge.ts',
    ],
    [CALL, "const a = require('pino')", 'pino'],
    [CALL, 'const a = import(name)', 'something computed'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source
    [CALL, 'const a = import(`../../app/${name}.ts`)', 'something computed'],
  ])('does not let %s have %s', (file, source, named) => {
    expect(offences(file, source)).toEqual([`may not import ${named}`]);
  });

  it.each([
    'process.exit()',
    'const { env } = process;',
    'const a = globalThis.process',
    "const a = globalThis['process']",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source
    'const text = `${process.pid}`;',
    'f(process)',
  ])('does not let anybody but main.ts have %s', (source) => {
    expect(offences('src/app/bridge.ts', source)).toEqual(['may not use process']);
    expect(offences('src/main.ts', source)).toEqual([]);
  });

  it.each([
    "// import { a } from '../../app/bridge.ts'\n/* process.exit() */",
    'const text = "import { a } from \'../../app/bridge.ts\'";',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source
    'const text = `import "a"; process.exit() \\` ${"process.exit()"} }`;',
    'const matches = /import "a" process.exit()/.test(text);',
    'const processed = this.process({ process: 1 });',
    'const important = list.import(name);',
  ])('takes nothing for an import or a use that is none: %s', (source) => {
    expect(offences(CALL, source)).toEqual([]);
  });

  it('does not know a folder that nobody has given a place', () => {
    const sentence = 'stands in a folder that the table does not know';
    expect(offences('src/utils/strings.ts', '')).toEqual([sentence]);
    expect(offences('src/core/command/reply.ts', '')).toEqual([sentence]);
  });
});
