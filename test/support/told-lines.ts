// What is told of a recording, in lines that a person reads: numbers and names as they were in the lab.

import { compareIds } from '../../src/core/call/call-book.ts';
import { payloadsOf } from './captures.ts';

type Payload = Readonly<Record<string, unknown>>;
type Party = { readonly extension: string; readonly name?: string };
export type Recording = {
  readonly asterisk: string;
  readonly story: string;
  /** What stands in the capture for what was said in the lab. */
  readonly standIns?: Readonly<Record<string, string>>;
};

/** One line for each call, and one for each of its events. */
export function toldLines(path: string, { standIns = {} }: Recording): readonly string[] {
  const payloads = payloadsOf(path);
  const startedAt = Date.parse(String(payloads[0]?.timestamp));
  const real = new Map(Object.entries(standIns).map(([said, standIn]) => [standIn, said]));
  const calls = [...Map.groupBy(payloads, ({ call_id }) => String(call_id))];
  const oldestFirst = calls.toSorted(([a], [b]) => compareIds(a, b));
  const context = { real, startedAt, ids: oldestFirst.map(([id]) => id) };
  return oldestFirst.flatMap(([, events], index) => [
    titleOf(events, { ...context, number: calls.length > 1 ? `${index + 1}: ` : '' }),
    ...events.map((event) => eventText(event, context)),
  ]);
}

type Context = {
  readonly real: ReadonlyMap<string, string>;
  readonly startedAt: number;
  readonly ids: readonly string[];
};

function titleOf(events: readonly Payload[], context: Context & { readonly number: string }) {
  const [from, to] = [events.at(-1)?.from, events.at(-1)?.to].map((who) => nameOf(who, context));
  return `*${context.number}${from} → ${to}*`;
}

function eventText(payload: Payload, context: Context): string {
  const at = (Date.parse(String(payload.timestamp)) - context.startedAt) / 1_000;
  return [`${at.toFixed(2)} \`${payload.event}\``, ...detailsOf(payload, context)].join(' ');
}

/** What an event says besides that it happened. */
function detailsOf(payload: Payload, context: Context): readonly string[] {
  const said = (key: string, word: string, show: (value: unknown) => string = String) =>
    payload[key] === undefined ? [] : [`${word} ${show(payload[key])}`.trim()];
  const person = (value: unknown) => nameOf(value, context);
  const seconds = (value: unknown) => `${Number(value).toFixed(2)} s`;
  const named = (value: unknown) => escaped(context.real.get(String(value)) ?? String(value));
  const isEnd = payload.event === 'hungup';
  return [
    ...said('transfer', ''),
    ...said('service', ''),
    ...[
      ...said('service_name', '', named),
      ...said('queue', '', named),
      ...said('slot', '', named),
    ],
    ...[...said('position', 'position'), ...said('reason', '')],
    ...(isEnd ? [] : said('answered_by', 'by', person)),
    ...said('by', 'by', person),
    ...[...said('transferred_to', 'to', person), ...said('replaces', 'for', person)],
    ...said('ring_duration_seconds', 'rang', seconds),
    ...said('wait_duration_seconds', 'waited', seconds),
    ...[
      ...said('disposition', ''),
      ...said('cause', '', (cause) => `(${cause} ${payload.cause_code})`),
    ],
    ...said('hungup_by', 'by'),
    ...said('merged_into', 'into', (id) => String(context.ids.indexOf(String(id)) + 1)),
    ...said('talk_duration_seconds', 'talked', seconds),
    ...said('total_duration_seconds', 'of', seconds),
  ];
}

function nameOf(value: unknown, { real }: Context): string {
  const { extension, name } = value as Party;
  return real.get(extension) ?? (extension || escaped(name ?? '?'));
}

/** The same in every recording of a scenario. */
export function withoutTimes(lines: readonly string[]): string {
  return lines.join('\n').replaceAll(/\d+\.\d\d/g, '');
}

/** For Markdown. */
export function escaped(text: string): string {
  return text.replaceAll(/[|*_<>\\]/g, '\\$&');
}
