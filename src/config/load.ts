// Environment over YAML over defaults, all of it text, and then one validation. What is wrong is gathered and told at
// once: nobody should have to start a container ten times to find ten mistakes.

import { readFileSync } from 'node:fs';
import { customCleanEnv } from 'envalid';
import { type Config, toConfig, type Values } from './config.ts';
import { codeOf, type FileReader, type Files, readPems, readSecret } from './files.ts';
import { Mistakes } from './mistakes.ts';
import { checkTogether } from './together.ts';
import { VARIABLE_NAMES, VARIABLES, type VariableName } from './variables.ts';
import { readYaml, yamlPaths } from './yaml-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Sources = {
  readonly env: Environment;
  /** The text of a file, or an error with a `code`, as of `node:fs`. */
  readonly readFile?: FileReader;
  /** What holds where a variable is set nowhere, for a command that needs less than the bridge. */
  readonly standIns?: StandIns;
};

export type StandIns = Readonly<Partial<Record<VariableName, string>>>;

/** @throws ConnectorError CONFIG_INVALID: its message has one line per mistake, and no secret. */
export function loadConfig({ env, readFile = readUtf8, standIns = {} }: Sources): Config {
  const mistakes = new Mistakes();
  const files = { readFile, mistakes };
  const settings = new Map([
    ...toSettings(standIns),
    ...settingsOf(yamlLayer(env, files), mistakes),
    ...settingsOf(environmentLayer(env), mistakes),
  ]);
  const values = validate(withSecretsRead(settings, files), mistakes);
  checkTogether(values, mistakes);
  const pems = readPems(values, files);
  mistakes.throwIfAny();
  return toConfig(values, pems);
}

/** One place where settings stand, under names of its own. */
type Layer = {
  readonly get: (spelling: string) => string | undefined;
  readonly spellings: (name: VariableName) => readonly string[];
  readonly fileSuffix: string;
  /** Where that is, for messages: `in FILE`. */
  readonly where: string;
};

type Setting = {
  readonly name: VariableName;
  readonly text: string;
  /** The variable or key that was set, and where. */
  readonly place: string;
  /** `text` names a file that holds the value. */
  readonly inFile: boolean;
};

function environmentLayer(env: Environment): Layer {
  return {
    get: (spelling) => env[spelling],
    spellings: (name) => [name, ...(VARIABLES[name].aliases ?? [])],
    fileSuffix: '_FILE',
    where: '',
  };
}

function yamlLayer(env: Environment, files: Files): Layer {
  const named = env.CONFIG_FILE || undefined;
  const path = named ?? VARIABLES.CONFIG_FILE.defaultText ?? '';
  const text = readYamlText({ path, optional: named === undefined }, files);
  const settings = readYaml({ path, text }, files.mistakes);
  return {
    get: (spelling) => settings.get(spelling),
    spellings: yamlPaths,
    fileSuffix: '_file',
    where: ` in ${path}`,
  };
}

type YamlSource = { readonly path: string; readonly optional: boolean };

function readYamlText({ path, optional }: YamlSource, { readFile, mistakes }: Files): string {
  try {
    return readFile(path);
  } catch (error) {
    const code = codeOf(error);
    if (!optional || code !== 'ENOENT') {
      mistakes.add('CONFIG_FILE', `(${path}) cannot be read (${code})`, 'the path of a YAML file');
    }
    return '';
  }
}

function toSettings(standIns: StandIns): ReadonlyMap<VariableName, Setting> {
  const entries = Object.entries(standIns) as [VariableName, string][]; // the keys of that type
  return new Map(
    entries.map(([name, text]) => [name, { name, text, place: name, inFile: false }] as const),
  );
}

/** At most one setting per variable: two of a layer for the same variable are a mistake. */
function settingsOf(layer: Layer, mistakes: Mistakes): ReadonlyMap<VariableName, Setting> {
  const settings = new Map<VariableName, Setting>();
  for (const name of VARIABLE_NAMES) {
    const [first, ...others] = candidates(name, layer);
    if (first !== undefined) settings.set(name, first);
    for (const { place } of others) {
      mistakes.add(name, `is set twice, as ${first?.place} and as ${place}`, 'one of them');
    }
  }
  return settings;
}

function candidates(name: VariableName, layer: Layer): readonly Setting[] {
  const suffixes = VARIABLES[name].twin ? ['', layer.fileSuffix] : [''];
  return layer.spellings(name).flatMap((base) =>
    suffixes.flatMap((suffix) => {
      const spelling = base + suffix;
      const text = layer.get(spelling);
      // Compose files set variables to nothing where their user has set nothing.
      if (text === undefined || text === '') return [];
      return [{ name, text, place: spelling + layer.where, inFile: suffix !== '' }];
    }),
  );
}

function withSecretsRead(
  settings: ReadonlyMap<VariableName, Setting>,
  files: Files,
): readonly Setting[] {
  return [...settings.values()].flatMap((setting) => {
    if (!setting.inFile) return [setting];
    const text = readSecret({ ...setting, path: setting.text }, files);
    return text === undefined ? [] : [{ ...setting, text }];
  });
}

/** Values that are wrong are missing from the result: use it only where `mistakes` has none. */
function validate(settings: readonly Setting[], mistakes: Mistakes): Values {
  const texts = new Map(settings.map(({ name, text }) => [name, text]));
  const places = new Map(settings.map(({ name, place }) => [name, place]));
  const raw = Object.fromEntries(
    VARIABLE_NAMES.map((name) => [name, texts.get(name) ?? VARIABLES[name].defaultText]),
  );
  return customCleanEnv(raw, VARIABLES, (values) => values, {
    // Left to itself, envalid prints and exits the process.
    reporter: ({ errors }) => {
      for (const name of VARIABLE_NAMES.filter((key) => errors[key] !== undefined)) {
        const text = texts.get(name);
        if (text !== undefined) mistakes.addValue(name, text, places.get(name) ?? name);
        else if (!mistakes.has(name)) mistakes.add(name, 'is not set');
      }
    },
  });
}

function readUtf8(path: string): string {
  return readFileSync(path, 'utf8');
}
