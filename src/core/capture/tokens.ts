// The parts of a value that may have to be replaced: addresses, domains, numbers, words. What lies between them is
// structure. Text is latin1, a character per byte of UTF-8.

import type { Kind } from './header-kinds.ts';

/** What a capture as a whole tells, by which its values are read. */
export type Knowledge = {
  /** Contexts of the dialplan: they stay. */
  readonly contexts: ReadonlySet<string>;
  /** Ids of channels and bridges: they stay. */
  readonly ids: ReadonlySet<string>;
  /** In lower case. In a person's name, only these are domains: J.Smith is none. */
  readonly domains: ReadonlySet<string>;
  /** Passwords and the like, wherever they turn up. */
  readonly secrets: ReadonlySet<string>;
};

export type Token = {
  readonly type: 'number' | 'word' | 'letter' | 'code' | 'domain' | 'ipv4' | 'ipv6' | 'secret';
  readonly text: string;
  readonly from: number;
  /** It must be replaced, here and so everywhere. Else it is replaced only if it must be elsewhere. */
  readonly sure: boolean;
};

export type Tokenize = (value: string, kind: Kind) => readonly Token[];

/** What stands in the place of a secret. */
export const REMOVED = 'removed';

/** Nothing of these is kept, not even which are the same. There is no token in them. */
export const FIXED_STAND_INS: Readonly<Partial<Record<Kind, string>>> = {
  secret: REMOVED,
  digit: '0',
  challenge: '000000000',
};

/** A capture says the same few thousand things again and again. */
const MAX_REMEMBERED = 50_000;
const MAX_REMEMBERED_LENGTH = 200;

export function createTokenizer(knowledge: Knowledge): Tokenize {
  const patterns = new Map<Kind, RegExp>();
  const remembered = new Map<string, readonly Token[]>();
  return (value, kind) => {
    const key = `${kind} ${value}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const pattern = patterns.get(kind) ?? toPattern(kind, knowledge);
    patterns.set(kind, pattern);
    const tokens = [...tokensIn(value, kind, { pattern, knowledge })];
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    if (value.length <= MAX_REMEMBERED_LENGTH) remembered.set(key, tokens);
    return tokens;
  };
}

type Means = { readonly pattern: RegExp; readonly knowledge: Knowledge };

function* tokensIn(value: string, kind: Kind, { pattern, knowledge }: Means): Generator<Token> {
  if (FIXED_STAND_INS[kind] !== undefined) return;
  const isUri = URI.test(value);
  for (const match of value.matchAll(pattern)) {
    const [group = '', text = ''] = Object.entries(match.groups ?? {}).find(isMatched) ?? [];
    yield* read(group, { value, kind, isUri, text, from: match.index, knowledge });
  }
}

/** The scheme as a word of its own: one that stays. */
const URI = /(?<![A-Za-z0-9\x80-\xff.\\-])sips?:/i;

/** Letters, digits and the bytes of other letters, but not of emoji, dashes and quotation marks. */
const SYMBOL = '\\xf0\\x9f[\\x80-\\xbf]{2}|\\xe2\\x80[\\x80-\\xbf]|\\xc2[\\x80-\\xbf]';
const CHARACTER = `(?:[A-Za-z0-9]|(?!${SYMBOL})[\\x80-\\xff])`;
const RUN = `${CHARACTER}+`;
/** Where words begin and end must not depend on their letters: a stand-in has other ones. */
const WORD = 'A-Za-z0-9_\\x80-\\xff';
const START = `(?<![${WORD}])`;
const END = `(?!_|${CHARACTER})`;
const HEX_GROUPS = '[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})';
const OCTETS = '\\d{1,3}(?:\\.\\d{1,3}){3}';
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const DOMAIN = `(?:${LABEL}\\.)+[A-Za-z]{2,}`;
const PORT = '(?:\\]?:\\d{1,5}(?!\\d))?';

/** In order of precedence; what a named group matches is read by the function of that name. */
function toPattern(kind: Kind, { contexts, secrets }: Knowledge): RegExp {
  const contextEnd = kind === 'device' ? END_OF_NAME : `(?:(?=${SUFFIX})|${END_OF_NAME})`;
  const alternatives = [
    secrets.size > 0 && `(?<secret>${START}(?:${anyOf(secrets)})${END})`,
    kind.startsWith('escaped') && '(?:\\\\.)',
    `(?:${SYMBOL})`,
    `(?<ipv6>${IPV6})${PORT}`,
    `(?<ipv4>(?<![.${WORD}])${OCTETS}${END}(?!\\.${CHARACTER}))${PORT}`,
    `(?<id>(?<![.${WORD}])\\d{9,}\\.\\d+${END}(?!\\.))`,
    `(?<uuid>(?<![.${WORD}-])${UUID}${END}(?![.-]))`,
    kind !== 'device' && `(?<suffix>${SUFFIX})`,
    !isPerson(kind) &&
      kind !== 'number' &&
      contexts.size > 0 &&
      `(?<context>(?<![.${WORD}-])(?:${anyOf(contexts)})${contextEnd})`,
    `(?<domain>(?<![.${WORD}-])${DOMAIN}${END}(?:(?:\\.${RUN})+|(?!-)))${PORT}`,
    `(?<run>${RUN})`,
  ];
  return new RegExp(alternatives.filter((text) => text !== false).join('|'), 'g');
}

const COMPRESSED = `(?:${HEX_GROUPS}{0,6})?::(?:${HEX_GROUPS}{0,6})?(?::?${OCTETS})?`;
const IPV6 = `(?<![:.${WORD}])(?:${HEX_GROUPS}{7}|${COMPRESSED})${END}(?!:)`;
/** The end of a channel's name behind its technology: PJSIP/102-0000001a. It counts channels. */
const SUFFIX = `(?<=/[^\\s,&|()"]{1,120})-[0-9a-f]{8}${END}(?![@/.-])`;
const END_OF_NAME = `${END}(?![.-])`;

/** Whether such a value is the name of a person. */
export function isPerson(kind: Kind): boolean {
  return kind === 'name' || kind === 'escaped-name';
}

/** Whether names of channels are read as such in such a value. */
export function hasChannels(kind: Kind): boolean {
  const isOther = isPerson(kind) || kind === 'number' || kind === 'device';
  return !isOther && FIXED_STAND_INS[kind] === undefined;
}

function anyOf(texts: ReadonlySet<string>): string {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  return longestFirst.map((text) => text.replace(/[^A-Za-z0-9\s]/g, '\\$&')).join('|');
}

function isMatched([, text]: readonly [string, string | undefined]): boolean {
  return text !== undefined;
}

type Match = {
  readonly value: string;
  readonly kind: Kind;
  /** The value holds a SIP URI, whose parameters have words of their own. */
  readonly isUri: boolean;
  readonly text: string;
  readonly from: number;
  readonly knowledge: Knowledge;
};

function* read(group: string, match: Match): Generator<Token> {
  const { text, from, kind } = match;
  const sure = kind !== 'sentence';
  const reader = READERS[group];
  if (reader !== undefined) yield* reader(match);
  else if (group === 'secret') yield { type: 'secret', text, from, sure: true };
  else if (group === 'ipv4' && !SPECIAL_IPV4.test(text)) yield { type: 'ipv4', text, from, sure };
  else if (group === 'ipv6' && !SPECIAL_IPV6.test(text)) yield { type: 'ipv6', text, from, sure };
}

const READERS: Readonly<Record<string, (match: Match) => Generator<Token>>> = {
  id: readId,
  uuid: readId,
  suffix: readSuffix,
  context: readContext,
  domain: readDomain,
  run: readRun,
};

/** This machine, any machine, all machines. */
const SPECIAL_IPV4 = /^(?:0\.0\.0\.0|127\..*|255\.255\.255\.255)$/;
const SPECIAL_IPV6 = /^::1?$/;

function* readId(match: Match): Generator<Token> {
  if (!match.knowledge.ids.has(match.text)) yield* readRuns(match);
}

/** Unless it is a telephone number behind a dash. */
function* readSuffix({ text, from }: Match): Generator<Token> {
  if (/^-\d+$/.test(text)) {
    yield { type: 'number', text: text.slice(1), from: from + 1, sure: false };
  }
}

/** Where it is surely a context it stays; elsewhere it may be a word that is replaced in other places. */
function* readContext(match: Match): Generator<Token> {
  const { value, text, from, kind } = match;
  if (value[from - 1] === '@' || value === text) return;
  const other: Match = kind === 'arguments' ? { ...match, kind: 'sentence' } : match;
  yield* WHOLE_DOMAIN.test(text) ? readDomain(other) : readRuns(other);
}

const WHOLE_DOMAIN = new RegExp(`^${DOMAIN}$`);

function* readDomain(match: Match): Generator<Token> {
  const { text, from, kind, knowledge } = match;
  const ofPerson = isPerson(kind);
  const isDomain = ofPerson ? knowledge.domains.has(text.toLowerCase()) : !FILE_NAME.test(text);
  if (isDomain) yield { type: 'domain', text, from, sure: kind !== 'sentence' };
  else yield* readRuns(ofPerson ? match : { ...match, text: text.replace(FILE_NAME, '') });
}

/** What such a name ends in stays. That of a script may be a country: it is a domain. */
const FILE_NAME =
  /\.(?:wav|wav49|gsm|mp3|ogg|flac|ulaw|alaw|sln|sln16|txt|conf|agi|php|js|lua|xml|json|csv|db|log|call)$/i;

function* readRuns(match: Match): Generator<Token> {
  for (const run of match.text.matchAll(RUNS)) {
    yield* readRun({ ...match, text: run[0], from: match.from + run.index });
  }
}

const RUNS = new RegExp(RUN, 'g');

function* readRun(match: Match): Generator<Token> {
  const { text, from } = match;
  if (/^\d+$/.test(text)) yield* readNumber(match);
  else if (/\d/.test(text)) yield { type: 'code', text, from, sure: isSure(match, LEAST_CODE) };
  else if (!isOfProtocol(match)) yield* readWord(match);
}

/** A single digit is a number only where one must stand: it may be anything. */
function* readNumber(match: Match): Generator<Token> {
  const { text, from, value, kind } = match;
  const isDialled = /[/*#]/.test(value[from - 1] ?? '') || value[from + text.length] === '@';
  const isShort = text.length === 1 && !isDialled && kind !== 'number';
  if (isShort) return;
  const sure = kind !== 'sentence' && (text.length === 1 || isSure(match, LEAST_NUMBER));
  yield { type: 'number', text, from, sure };
}

function* readWord(match: Match): Generator<Token> {
  const { text, from, kind } = match;
  const isLetter = /^[A-Za-z]$/.test(text);
  if (isLetter && kind !== 'name' && kind !== 'escaped-name') return;
  yield { type: isLetter ? 'letter' : 'word', text, from, sure: isSure(match, LEAST_WORD) };
}

/** From how many bytes on something is replaced for its own sake among the arguments of an application. */
const LEAST_NUMBER = 3;
const LEAST_WORD = 4;
const LEAST_CODE = 4;

function isSure({ kind, text }: Match, leastInArguments: number): boolean {
  if (kind === 'sentence') return false;
  return kind !== 'arguments' || text.length >= leastInArguments;
}

function isOfProtocol(match: Match): boolean {
  const { text, value, from, kind, isUri } = match;
  const after = value[from + text.length] ?? '';
  if (GENERIC.has(text.toLowerCase()) || RESULTS.has(text)) return true;
  if (TECHNOLOGIES.has(text) && isTechnologyBefore(after, kind)) return true;
  if (isUri && URI_WORDS.has(text.toLowerCase())) return true;
  if (kind === 'number') return EXTENSIONS.has(text);
  return kind === 'arguments' && isOfDialplan(match, after);
}

/** A colon stands in the name of a person too. */
function isTechnologyBefore(after: string, kind: Kind): boolean {
  return after === '/' || (after === ':' && !isPerson(kind));
}

function isOfDialplan({ text, value, from }: Match, after: string): boolean {
  if (ARGUMENT_WORDS.has(text)) return true;
  if (/^[A-Z]+$/.test(text) && /[(=_]/.test(after)) return true; // CALLERID(num), FOO=bar
  return value[from - 1] === '"' && value.startsWith('":', from + text.length); // a JSON key
}

function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** Words that name nobody. */
const GENERIC = wordSet(
  `${REMOVED} unknown anonymous unavailable restricted withheld private none null default yes no true false on off trunk avail`,
);

const RESULTS =
  wordSet(`ANSWER ANSWERED BUSY NOANSWER CANCEL CONGESTION CHANUNAVAIL CONTINUE ABORT RINGING PROGRESS
  PROCEEDING SUCCESS FAILURE FAILED HANGUP TIMEOUT INUSE NOT_INUSE UNAVAILABLE UNKNOWN INVALID`);

const TECHNOLOGIES =
  wordSet(`PJSIP SIP IAX2 Local DAHDI Zap SCCP Skinny Motif Console MGCP H323 OOH323 Khomp Dongle
  Message Surrogate Bridge Recorder Announcer CBAnn CBRec ConfBridgeRecorder AsyncGoto Custom Queue MWI Confbridge
  confbridge Meetme meetme Park park SLA Calendar sip sips tel pjsip Agent WebSocket AudioSocket UnicastRTP`);

const URI_WORDS = wordSet(
  'sip sips tel transport udp tcp tls ws wss lr ob user phone rinstance expires maddr ttl method line x ast orig host txp',
);

/** Special extensions of more than one letter. */
const EXTENSIONS = wordSet('fax failed start talk vmret hangup');

const ARGUMENT_WORDS = wordSet('name num number all');
