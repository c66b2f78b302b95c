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
import { type Counts, NO_COUNTS, Pseudonyms } from './pseudonyms.ts';
import { linesIn, rewriteLines } from './rewrite.ts';
import {
  createTokenizer,
  FIXED_STAND_INS,
  hasChannels,
  isPerson,
  REMOVED,
  type Tokenize,
} from './tokens.ts';

export type Sanitized = {
  /** The very capture that was given where there was nothing to replace. */
  readonly capture: Capture;
  /** All 0 where there was nothing to replace. */
  readonly counts: Counts;
};

export function sanitize(capture: Capture): Sanitized {
  const reading = read(capture);
  const { pseudonyms } = reading;
  if (pseudonyms.areClean()) return { capture, counts: NO_COUNTS };
  pseudonyms.assign();
  const replaced = replaceAll(capture, replacer(reading));
  return { capture: withoutRest(replaced), counts: pseudonyms.counts() };
}

/**
 * Reads what was replaced as if it were new, and removes every value in which more than stand-ins is found now. This is
 * rare: how a value is read should not depend on what is replaced in it. But only so nothing is left to be sanitized,
 * whatever it was. It comes to an end, since each round removes a value, and in what is removed nothing is found.
 */
function withoutRest(capture: Capture): Capture {
  let clean = capture;
  for (let reading = read(clean); !reading.pseudonyms.areClean(); reading = read(clean)) {
    clean = replaceAll(clean, remover(reading));
  }
  return clean;
}

/** How the values of a capture are read, and all that was found in them. */
type Reading = { readonly tokenize: Tokenize; readonly pseudonyms: Pseudonyms };

function read(capture: Capture): Reading {
  const tokenize = learn(capture);
  const pseudonyms = new Pseudonyms();
  visitAll(capture, collector({ tokenize, pseudonyms }));
  return { tokenize, pseudonyms };
}

/** Sees a value, and gives what is to stand in its place. */
type Visit = (value: string, kind: Kind) => string;

/** To read values by what the capture as a whole tells. */
function learn(capture: Capture): Tokenize {
  const [contexts, ids, secrets] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const visit: Visit = (value, kind) => {
    if (kind === 'secret' && isSearchable(value)) secrets.add(value);
    if (hasChannels(kind)) for (const context of localContexts(value)) contexts.add(context);
    return value;
  };
  visitAll(capture, visit, (key, value, kind) => {
    if (isContext(key) && CONTEXT.test(value)) contexts.add(value);
    if (kind === 'id') for (const [id] of value.matchAll(ID)) ids.add(id);
  });
  const domains = new Set<string>();
  const tokenize = createTokenizer({ contexts, ids, secrets, domains });
  visitAll(capture, domainCollector(tokenize, domains));
  return tokenize;
}

function* localContexts(value: string): Generator<string> {
  if (!value.includes('Local/')) return;
  for (const [, context = ''] of value.matchAll(LOCAL_CHANNEL)) yield context;
}

const LOCAL_CHANNEL =
  /(?<![\w.\\\-\x80-\xff])Local\/[^\s@/]+@([\w.-]*[A-Za-z][\w.-]*)-[0-9a-f]{8};[12](?![\w.:@\-\x80-\xff])/g;
const CONTEXT = /^(?=.*[A-Za-z])[\w.-]{2,}$/;
const ID = /(?:^|(?<=-))\d{9,}\.\d+$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/g;

/** A PIN of digits is met as a number; what is shorter would be found everywhere. */
function isSearchable(secret: string): boolean {
  return secret.length >= 4 && secret !== REMOVED && /\D/.test(secret) && !isNothing(secret);
}

/** Names of people are read only when all domains are known. */
function domainCollector(tokenize: Tokenize, domains: Set<string>): Visit {
  return (value, kind) => {
    const tokens = isPerson(kind) ? [] : tokenize(value, kind);
    for (const { type, text } of tokens) if (type === 'domain') domains.add(text.toLowerCase());
    return value;
  };
}

function collector({ tokenize, pseudonyms }: Reading): Visit {
  return (value, kind) => {
    const fixed = FIXED_STAND_INS[kind];
    if (fixed !== undefined && value !== fixed) pseudonyms.addSecret(value);
    for (const token of tokenize(value, kind)) if (token.sure) pseudonyms.add(token);
    return value;
  };
}

function replacer({ tokenize, pseudonyms }: Reading): Visit {
  return (value, kind) => {
    let replaced = '';
    let at = 0;
    for (const token of tokenize(value, kind)) {
      replaced += value.slice(at, token.from) + pseudonyms.standIn(token);
      at = token.from + token.text.length;
    }
    return FIXED_STAND_INS[kind] ?? replaced + value.slice(at);
  };
}

function remover({ tokenize, pseudonyms }: Reading): Visit {
  return (value, kind) => {
    const isClean = tokenize(value, kind).every((token) => pseudonyms.isClean(token));
    return FIXED_STAND_INS[kind] ?? (isClean ? value : REMOVED);
  };
}

/** Hears every header, also those that are not visited. */
type Hear = (key: string, value: string, kind: Kind) => void;

/** Shows all values to `visit`, and replaces none. */
function visitAll(capture: Capture, visit: Visit, hear?: Hear): void {
  const visitNext = createVisitor(visit, hear);
  for (const line of linesIn(capture, bannerOf(capture.text).length)) visitNext(line);
}

/** The capture with every value replaced by what `visit` gives for it. */
function replaceAll(capture: Capture, visit: Visit): Capture {
  return rewriteLines(capture, bannerOf(capture.text).length, createVisitor(visit));
}

function createVisitor(visit: Visit, hear?: Hear): (line: string) => string {
  let state = newMessage();
  return (line) => {
    if (line === '') state = newMessage();
    if (line === '' || bannerOf(`${line}\n`) !== '') return line;
    return visitLine(line, { state, visit, hear });
  };
}

type Visiting = {
  readonly state: MessageState;
  readonly visit: Visit;
  readonly hear: Hear | undefined;
};

function visitLine(line: string, { state, visit, hear }: Visiting): string {
  const [, key, open = '', channel = '', close = '', separator = '', value = ''] =
    HEADER.exec(line) ?? [];
  if (key === undefined) return visit(line, 'text'); // damage: somebody's text has become a line
  note(state, key, value);
  const kind = kindOf(key, state);
  hear?.(key, value, kind);
  return `${key}${open}${visit(channel, 'text')}${close}${separator}${visitValue(value, kind, visit)}`;
}

/** What looks like a key and is a stand-in, or has one in it: damage stays damage when stand-ins have come into it. */
const STAND_IN = `(?<![A-Za-z0-9])(?:x\\d{4}|${REMOVED}(?![A-Za-z0-9])|2001:db8:)`;

/** A key, the channel that it may name (`ChanVariable(PJSIP/102-00000003)`), and the value. */
const HEADER = new RegExp(
  `^((?![\\w/-]*${STAND_IN})[A-Za-z_][\\w-]*(?:/[A-Za-z_][\\w-]*)*)(?:(\\()(.*?)(\\)))?(:(?!:) ?)(.*)$`,
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
