// The YAML file as a flat list of settings: `ami.host` → its text. Every scalar stays text (a secret like 0123 keeps
// its zero), and no message quotes a value, as it may be a secret.

import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  parseDocument,
  Scalar,
} from 'yaml';
import type { Mistakes } from './mistakes.ts';
import { VARIABLE_NAMES, VARIABLES, type VariableName } from './variables.ts';

type YamlFile = { readonly path: string; readonly text: string };

/** The settings in `file` by their path; what is wrong with it goes to `mistakes`. Empty ones are left out. */
export function readYaml(file: YamlFile, mistakes: Mistakes): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  if (file.text === '') return settings; // mostly there is none
  const say = (problem: string, allowed: string) =>
    mistakes.add('CONFIG_FILE', `(${file.path}) ${problem}`, allowed);
  const { root, flaw } = parse(file.text);
  if (flaw !== undefined) say(flaw, 'a YAML file');
  for (const { path, value } of leaves(root, '')) {
    if (!KNOWN_PATHS.includes(path)) {
      say(
        `has the unknown key "${printable(path)}"${guess(path)}`,
        'the keys in docs/configuration.md',
      );
    } else if (value === undefined) say(`has a list or a reference at "${path}"`, 'one value');
    else if (value !== '') settings.set(path, value);
  }
  return settings;
}

/** The paths at which a variable may stand, the usual one first; a twin that names a file ends in `_file`. */
export function yamlPaths(name: VariableName): readonly string[] {
  const { yaml, yamlAliases = [] } = VARIABLES[name];
  return yaml === undefined ? [] : [yaml, ...yamlAliases];
}

const KNOWN_PATHS = VARIABLE_NAMES.flatMap((name) =>
  yamlPaths(name).flatMap((path) => (VARIABLES[name].twin ? [path, `${path}_file`] : [path])),
);

type Parsed = { readonly root: unknown; readonly flaw?: string };

function parse(text: string): Parsed {
  const lineCounter = new LineCounter();
  const document = tryParse(text, lineCounter);
  if (document === undefined) return { root: null, flaw: 'is nested too deeply' };
  const [error] = document.errors;
  if (error === undefined) return withRoot(document.contents);
  const { line, col } = lineCounter.linePos(error.pos[0]);
  const reason = error.code.toLowerCase().replaceAll('_', ' ');
  return { root: null, flaw: `is not valid YAML at line ${line}, column ${col} (${reason})` };
}

function withRoot(root: unknown): Parsed {
  const empty = root === null || textOf(root) === '';
  return empty || isMap(root) ? { root } : { root: null, flaw: 'does not hold settings by name' };
}

/** The parser is recursive: a file of a hundred thousand brackets ends its stack. */
function tryParse(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { schema: 'failsafe', prettyErrors: false, lineCounter });
  } catch {
    return undefined;
  }
}

type Leaf = { readonly path: string; readonly value: string | undefined };

function* leaves(node: unknown, path: string): Generator<Leaf> {
  if (isMap(node)) {
    for (const pair of node.items) yield* leaves(pair.value, join(path, pair));
  } else if (path !== '' && !(isSection(path) && textOf(node) === '')) {
    yield { path, value: textOf(node) };
  }
}

/** A section whose settings are all commented out is an empty value, not a mistake. */
function isSection(path: string): boolean {
  return KNOWN_PATHS.some((known) => known.startsWith(`${path}.`));
}

function join(path: string, { key }: Pair): string {
  const name = textOf(key) ?? '?';
  return path === '' ? name : `${path}.${name}`;
}

/** The text of a scalar; '' for nothing, `~` and `null`; `undefined` for anything that is no scalar. */
function textOf(node: unknown): string | undefined {
  if (node === null) return '';
  if (!isScalar(node)) return undefined;
  const text = String(node.value ?? '');
  return node.type === Scalar.PLAIN && ['~', 'null'].includes(text) ? '' : text;
}

/** A key without what may have got into it by a missing colon. */
function printable(path: string): string {
  return path.replace(/[^\w.-].*$/s, '…').slice(0, 80);
}

function guess(path: string): string {
  const meant = ofVariable(path) ?? withinEdits(1, path) ?? withinEdits(2, path);
  return meant === undefined ? '' : `, did you mean "${meant}"?`;
}

function ofVariable(path: string): string | undefined {
  const name = VARIABLE_NAMES.find((variable) => variable === path.toUpperCase());
  return name && VARIABLES[name].yaml;
}

function withinEdits(edits: number, path: string): string | undefined {
  return KNOWN_PATHS.find((known) => areNear(path, known, edits));
}

/** Whether at most so many characters must be added, removed or exchanged to make one from the other. */
function areNear(one: string, other: string, edits: number): boolean {
  if (one === other) return true;
  if (edits === 0) return false;
  const same = commonStart(one, other);
  const [rest, otherRest] = [one.slice(same), other.slice(same)];
  return [
    [rest.slice(1), otherRest],
    [rest, otherRest.slice(1)],
    [rest.slice(1), otherRest.slice(1)],
  ].some(([left = '', right = '']) => areNear(left, right, edits - 1));
}

function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
