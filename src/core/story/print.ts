// A story as text for people, line by line: first what each call came to, then the stream, then what was not looked at.

import type { CallEvent, Party } from '../event/call-event.ts';
import { callPayload } from '../event/payload.ts';
import { toTimestamp } from '../event/timestamp.ts';
import type { Entry, SuspectReason, Told } from './entry.ts';
import { eventsOf, type Summary } from './summary.ts';

/** What a piece of text is, for who colours it. */
export type Role = 'heading' | 'told' | 'why' | 'nothing' | 'warning';
export type Paint = (role: Role, text: string) => string;

export type Printing = {
  readonly paint: Paint;
  /** Epoch milliseconds, from which the times count. */
  readonly startedAt: number;
};

/** What was found. */
export function* printHead(summary: Summary, { paint, startedAt }: Printing): Generator<string> {
  const { calls, kinds } = summary;
  const looked = (kinds.get('signal') ?? 0) + (kinds.get('void') ?? 0);
  const suspects = kinds.get('suspect') ?? 0;
  yield paint(
    'heading',
    `calls: ${calls.size}, messages looked at: ${looked}, suspect messages: ${suspects}`,
  );
  if (looked > 0) yield `+0.000 s is ${toTimestamp(startedAt)}`;
  yield '';
}

/** What each call came to. */
export function* printCalls(
  calls: Summary['calls'],
  { paint, startedAt }: Printing,
): Generator<string> {
  for (const [callId, events] of calls) {
    const last = events.at(-1);
    if (last === undefined) continue;
    const who = `${toPartyText(last.from)} -> ${toPartyText(last.to)}`;
    const end = last.event === 'hungup' ? last.disposition : 'open at the end of the capture';
    yield paint('heading', visible(`call ${callId}: ${who}: ${end}`));
    for (const event of events) {
      const line = `${offset(event.at, startedAt)}  ${event.event}  ${ownKeys(event)}`;
      yield visible(line.trimEnd());
    }
    yield '';
  }
}

/** The lines of one entry: none where it is only counted. */
export function* printEntry(entry: Entry, printing: Printing): Generator<string> {
  if (!('at' in entry)) return;
  const { paint, startedAt } = printing;
  const start = `${offset(entry.at, startedAt)}  `;
  switch (entry.kind) {
    case 'signal': {
      const line = visible(`${start}${entry.callId ?? NO_CALL}  ${entry.line}`);
      const { nothing } = entry;
      yield nothing === undefined ? line : line + paint('nothing', visible(`  (${nothing})`));
      yield* printTold(entry, printing);
      return;
    }
    case 'silence':
      yield visible(`${start}${entry.callId}  nothing more was said`);
      yield* printTold(entry, printing);
      return;
    case 'suspect':
      yield paint('warning', visible(`${start}${NO_CALL}  suspect: ${entry.line}`));
      yield paint('why', `${INDENT}  why: ${WHYS_OF_SUSPICION[entry.reason]}`);
      return;
    case 'void':
      yield `${start}${NO_CALL}  ${entry.line}${paint('nothing', `  (${entry.reason})`)}`;
  }
}

/** What was not looked at, below an empty line. */
export function* printRest(
  summary: Summary,
  { paint }: Pick<Printing, 'paint'>,
): Generator<string> {
  const { checked, unread, kinds, tornBytes } = summary;
  const answers = kinds.get('answer') ?? 0;
  yield '';
  if (unread.size > 0) yield visible(`Not read, for it says nothing of calls: ${toCounts(unread)}`);
  if (checked.size > 0) {
    yield visible(`Read only to see whether it is whole, or not about calls: ${toCounts(checked)}`);
  }
  if (answers > 0) yield `Answers to actions of the session that was recorded: ${answers}`;
  if (tornBytes > 0) {
    yield paint('warning', `The capture ends within a message, after ${tornBytes} bytes of it.`);
  }
}

/** Whether an entry has to do with that call. What is suspect may have to do with any. */
export function concerns(entry: Entry, callId: string): boolean {
  if (entry.kind === 'suspect' || entry.kind === 'void') return true;
  if (entry.kind === 'signal' && entry.callId === callId) return true;
  return eventsOf(entry).some((event) => event.callId === callId);
}

const NO_CALL = '-';
const INDENT = ' '.repeat(14);

type Telling = { readonly callId: string | undefined; readonly told: readonly Told[] };

function* printTold(telling: Telling, { paint, startedAt }: Printing): Generator<string> {
  for (const { event, why, since } of telling.told) {
    const whose = event.callId === telling.callId ? '' : ` of call ${event.callId}`;
    const what = `${event.event} #${event.sequence}${whose}  ${ownKeys(event)}`.trimEnd();
    yield paint('told', visible(`${INDENT}> ${what}`));
    yield paint('why', visible(`${INDENT}  why: ${why ?? NO_RULE}`));
    if (since === undefined) continue;
    const seen = `${offset(since.at, startedAt).trimStart()}  ${since.line}`.trimEnd();
    yield paint('why', visible(`${INDENT}  of: ${seen}`));
  }
}

const NO_RULE = 'no rule is known for this; please report it.';

const WHYS_OF_SUSPICION: Readonly<Record<SuspectReason, string>> = {
  malformed: 'It is not made of lines "Key: value" that end in CR LF: it is damaged or forged.',
  'second-event': 'It says twice what it is: it is damaged or forged.',
  snapshot:
    'A channel in it is not whole, or what decides is there twice: it is damaged or forged.',
  'after-damage': 'The message before it was cut short: this may be the rest of that.',
  'stray-response': 'It is a response, and answers no action.',
  'no-timestamp': 'It shows no channel, and does not say when, as all others do.',
};

/** `answered_by 102 Bob, ring_duration_seconds 1.2`: as subscribers read them. */
function ownKeys(event: CallEvent): string {
  const payload: Readonly<Record<string, unknown>> = JSON.parse(callPayload('', event));
  return Object.entries(payload)
    .filter(([key]) => !SHARED_KEYS.has(key))
    .map(([key, value]) => `${key} ${toValueText(value)}`)
    .join(', ');
}

/** Of every event, or a sentence for what another key says. */
const SHARED_KEYS: ReadonlySet<string> = new Set([
  ...['event', 'description', 'call_id', 'from', 'to', 'timestamp', 'id', 'sequence'],
  'cause_description',
]);

function toValueText(value: unknown): string {
  const isParty = typeof value === 'object' && value !== null && 'extension' in value;
  return isParty ? toPartyText(value as Party) : String(value); // a key with an extension is a party
}

function toPartyText({ extension, name, anonymous }: Party): string {
  const who = [extension, name].filter((part) => part !== undefined && part !== '').join(' ');
  if (who !== '') return who;
  return anonymous === true ? 'anonymous' : 'unknown';
}

/** `  +1.234 s` */
function offset(at: number | undefined, startedAt: number): string {
  if (at === undefined) return ' '.repeat(OFFSET_WIDTH);
  const seconds = ((at - startedAt) / 1_000).toFixed(3);
  return `${seconds.startsWith('-') ? seconds : `+${seconds}`} s`.padStart(OFFSET_WIDTH);
}

const OFFSET_WIDTH = 12;

function toCounts(names: ReadonlyMap<string, number>): string {
  return [...names]
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([name, times]) => `${name} ${times}`)
    .join(', ');
}

/** What would move the cursor, colour the screen or turn the reading direction is shown as what it is. */
function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

const UNSEEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
