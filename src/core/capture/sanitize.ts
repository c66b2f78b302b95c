// A capture without the people in it: numbers, names, addresses and secrets become stand-ins, the same value the same
// stand-in wherever it stands. Messages, lines, headers, their order and their times stay as they were.
//
// Whether a capture has been here before is told by all its values together, not one by one: a real extension may look
// like a stand-in, but where everything does, nothing is changed.

import { bannerOf, type Capture } from './format.ts';
import {
  isContext,
  type Kind,
  kindOf,
  type MessageState,
  newMessage,
  note,
  variableKind,
  variableNameKind,
} from './header-kinds.ts';
import { type Counts, Pseudonyms } from './pseudonyms.ts';
import { rewriteLines } from './rewrite.ts';
import { createTokenizer, type Knowledge, REMOVED, type Tokenize } from './tokens.ts';

export type Sanitized = {
  readonly capture: Capture;
  /** All 0 where there was nothing to replace. */
  readonly counts: Counts;
};

export function sanitize(capture: Capture): Sanitized {
  const tokenize = createTokenizer(learn(capture));
  const pseudonyms = new Pseudonyms();
  visitAll(capture, collector(tokenize, pseudonyms));
  pseudonyms.assign();
  const replaced = visitAll(capture, replacer(tokenize, pseudonyms));
  return { capture: replaced, counts: pseudonyms.counts() };
}

/** Sees a value, and gives what is to stand in its place. */
type Visit = (value: string, kind: Kind) => string;

const NOTHING: Knowledge = {
  contexts: new Set(),
  ids: new Set(),
  domains: new Set(),
  secrets: new Set(),
};

/** What the capture as a whole tells, by which its values are read. */
function learn(capture: Capture): Knowledge {
  const contexts = new Set<string>();
  const ids = new Set<string>();
  const secrets = new Set<string>();
  for (const [, context = ''] of capture.text.matchAll(LOCAL_CHANNEL)) contexts.add(context);
  const visit: Visit = (value, kind) => {
    if (kind === 'secret' && isSearchable(value)) secrets.add(value);
    return value;
  };
  visitAll(capture, visit, (key, value, kind) => {
    if (isContext(key) && CONTEXT.test(value)) contexts.add(value);
    if (kind === 'id') for (const [id] of value.matchAll(ID)) ids.add(id);
  });
  const known = { ...NOTHING, contexts, ids, secrets };
  return { ...known, domains: domainsOf(capture, createTokenizer(known)) };
}

const LOCAL_CHANNEL = /Local\/[^\s@/]+@([\w.-]*[A-Za-z][\w.-]*)-[0-9a-f]{8};[12]/g;
const CONTEXT = /^(?=.*[A-Za-z])[\w.-]{2,}$/;
const ID = /(?:^|(?<=-))\d{9,}\.\d+$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/g;

/** A PIN of digits is met as a number; what is shorter would be found everywhere. */
function isSearchable(secret: string): boolean {
  return secret.length >= 4 && secret !== REMOVED && /\D/.test(secret) && !isNothing(secret);
}

function domainsOf(capture: Capture, tokenize: Tokenize): ReadonlySet<string> {
  const domains = new Set<string>();
  visitAll(capture, (value, kind) => {
    for (const { type, text } of tokenize(value, kind)) {
      if (type === 'domain') domains.add(text.toLowerCase());
    }
    return value;
  });
  return domains;
}

function collector(tokenize: Tokenize, pseudonyms: Pseudonyms): Visit {
  return (value, kind) => {
    const fixed = FIXED_STAND_INS[kind];
    const tokens = fixed === undefined ? tokenize(value, kind) : [];
    for (const token of tokens.filter(({ sure }) => sure)) pseudonyms.add(token);
    if (fixed !== undefined && value !== fixed) pseudonyms.addSecret(value);
    return value;
  };
}

function replacer(tokenize: Tokenize, pseudonyms: Pseudonyms): Visit {
  return (value, kind) => {
    const fixed = FIXED_STAND_INS[kind];
    if (fixed !== undefined) return fixed;
    let replaced = '';
    let at = 0;
    for (const token of tokenize(value, kind)) {
      replaced += value.slice(at, token.from) + pseudonyms.standIn(token);
      at = token.from + token.text.length;
    }
    return replaced + value.slice(at);
  };
}

/** Nothing of these is kept, not even which are the same. */
const FIXED_STAND_INS: Readonly<Partial<Record<Kind, string>>> = {
  secret: REMOVED,
  digit: '0',
  challenge: '000000000',
};

/** Hears every header, also those that are not visited. */
type Hear = (key: string, value: string, kind: Kind) => void;

/** The capture with every value replaced by what `visit` gives for it. */
function visitAll(capture: Capture, visit: Visit, hear?: Hear): Capture {
  let state = newMessage();
  return rewriteLines(capture, bannerOf(capture.text).length, (line) => {
    if (line === '') state = newMessage();
    if (line === '' || bannerOf(`${line}\n`) !== '') return line;
    return visitLine(line, { state, visit, hear });
  });
}

type Visiting = {
  readonly state: MessageState;
  readonly visit: Visit;
  readonly hear: Hear | undefined;
};

function visitLine(line: string, { state, visit, hear }: Visiting): string {
  const [, key, channel = '', separator = '', value = ''] = HEADER.exec(line) ?? [];
  if (key === undefined) return visit(line, 'text'); // damage: somebody's text has become a line
  note(state, key, value);
  const kind = kindOf(key, state);
  hear?.(key, value, kind);
  return `${key}${visit(channel, 'text')}${separator}${visitValue(value, kind, visit)}`;
}

/** A key, the channel that it may name (`ChanVariable(PJSIP/102-00000003)`), and the value. No stand-in is a key. */
const HEADER = new RegExp(
  `^((?!x\\d{4}|${REMOVED}\\b)[A-Za-z_][\\w-]*(?:/[A-Za-z_][\\w-]*)*)(\\(.*?\\))?(:(?!:) ?)(.*)$`,
  's',
);

function visitValue(value: string, kind: Kind, visit: Visit): string {
  if (kind === 'keep' || isNothing(value)) return value;
  if (kind === 'id') return visitId(value, visit);
  return kind === 'variable' ? visitVariable(value, visit) : visit(value, kind);
}

/** `pbx-1-1770888509.40`: the system's name, and the channel's number, which stays. */
function visitId(value: string, visit: Visit): string {
  const from = value.length - (/(?:^|(?<=-))\d+\.\d+$/.exec(value)?.[0].length ?? 0);
  return visit(value.slice(0, from), 'text') + value.slice(from);
}

function visitVariable(text: string, visit: Visit): string {
  const equals = text.indexOf('=');
  if (equals < 0) return visitValue(text, variableNameKind(text), visit);
  const name = text.slice(0, equals);
  const value = visitValue(text.slice(equals + 1), variableKind(name), visit);
  return `${visitValue(name, variableNameKind(name), visit)}=${value}`;
}

/** Asterisk's words where there is nothing, and the data of a channel that was dialled. */
const NOTHING_TO_SEE: ReadonlySet<string> = new Set(['', '<unknown>', '(null)', '(Outgoing Line)']);

function isNothing(value: string): boolean {
  return NOTHING_TO_SEE.has(value);
}
