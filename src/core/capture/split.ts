// One capture per call. What belongs together is told by ids alone: the Uniqueids and Linkedids that stand in one
// message, and the channels that meet in an ordinary bridge. A conference or a holding bridge (parking, music) is a
// place where calls meet and stay apart.

import { type AmiMessage, headers, toMessage } from '../ami/message.ts';
import {
  bannerOf,
  type Capture,
  keepSpans,
  messageSpans,
  messageText,
  msAt,
  type Span,
} from './format.ts';
import { isForEverybody } from './playback.ts';

export type CallCapture = {
  /** The Linkedid that the call was seen with first. */
  readonly linkedid: string;
  readonly capture: Capture;
};

/**
 * The calls in order of appearance, each a capture of its own: the banner, what is told to everybody (FullyBooted,
 * Shutdown), and all its events. What belongs to no call, and what answered somebody's actions, is in none. Its time
 * begins with the call.
 */
export function split(capture: Capture): readonly CallCapture[] {
  const sightings = [...sightingsIn(capture)];
  const groups = joined(sightings);
  const notices = sightings.filter(({ isNotice }) => isNotice).map(({ span }) => span);
  return callsIn(sightings, groups).map(({ linkedid, spans }) => ({
    linkedid,
    capture: callCapture(capture, spans, notices),
  }));
}

/** What a message tells of ids. */
type Sighting = {
  readonly span: Span;
  /** Uniqueids and Linkedids of channels. */
  readonly ids: readonly string[];
  readonly linkedid: string | undefined;
  readonly bridges: readonly Bridge[];
  readonly isNotice: boolean;
};

type Bridge = { readonly id: string; readonly connects: boolean };

const NOTICES: ReadonlySet<string> = new Set(['FullyBooted', 'Shutdown']);
const CHANNEL_ID = /(?:unique|linked)id$/i;
const BRIDGE_ID = /BridgeUniqueid$/i;
const NOTHING: ReadonlySet<string> = new Set(['', '<unknown>']);

function* sightingsIn({ text }: Capture): Generator<Sighting> {
  for (const span of messageSpans(text)) {
    const message = toMessage(messageText(text, span));
    if (isForEverybody(message)) yield sighting(span, message);
  }
}

function sighting(span: Span, message: AmiMessage): Sighting {
  const told = [...headers(message)].filter(([, value]) => !NOTHING.has(value));
  const ids = told.filter(([key]) => CHANNEL_ID.test(key) && !BRIDGE_ID.test(key));
  const byKey = new Map(told);
  return {
    span,
    ids: ids.map(([, id]) => id),
    linkedid: told.find(([key]) => /linkedid$/i.test(key))?.[1],
    bridges: told
      .filter(([key]) => BRIDGE_ID.test(key))
      .map(([key, id]) => ({ id, connects: isConnecting(key.replace(BRIDGE_ID, ''), byKey) })),
    isNotice: message.kind === 'event' && NOTICES.has(message.name),
  };
}

/** A bridge of type `basic` stays one when a third party makes it a softmix, as transfers do. */
function isConnecting(prefix: string, byKey: ReadonlyMap<string, string>): boolean {
  if (/^(?:ConfBridge|Parking)$/i.test(byKey.get(`${prefix}BridgeCreator`) ?? '')) return false;
  const technology = byKey.get(`${prefix}BridgeTechnology`) ?? '';
  if (technology === 'holding_bridge') return false;
  return technology !== 'softmix' || byKey.get(`${prefix}BridgeType`) === 'basic';
}

/** Sets of ids that only ever become larger. */
class Groups {
  readonly #parents = new Map<string, string>();

  join(ids: readonly string[]): void {
    const [first, ...others] = ids;
    if (first === undefined) return;
    const group = this.of(first);
    for (const other of others) this.#parents.set(this.of(other), group);
  }

  /** The id that stands for the group of this one. */
  of(id: string): string {
    let group = id;
    for (let up = this.#parents.get(group); up !== undefined && up !== group; ) {
      group = up;
      up = this.#parents.get(group);
    }
    this.#parents.set(id, group); // the next way is short
    return group;
  }
}

function joined(sightings: readonly Sighting[]): Groups {
  const groups = new Groups();
  for (const { ids, bridges } of sightings) {
    const connecting = bridges.filter(({ connects }) => connects).map(({ id }) => `bridge ${id}`);
    groups.join([...ids, ...connecting]);
  }
  return groups;
}

type Call = { readonly linkedid: string; readonly spans: Span[] };

function callsIn(sightings: readonly Sighting[], groups: Groups): readonly Call[] {
  const visitors = visitorsIn(sightings, groups);
  const calls = new Map<string, Call>();
  for (const { span, ids, linkedid, bridges } of sightings) {
    const [id] = ids;
    const owners =
      id === undefined
        ? bridges.flatMap((bridge) => [...(visitors.get(bridge.id) ?? [])])
        : [groups.of(id)];
    for (const owner of new Set(owners)) {
      const call = calls.get(owner) ?? { linkedid: linkedid ?? id ?? owner, spans: [] };
      calls.set(owner, call);
      call.spans.push(span);
    }
  }
  return [...calls.values()];
}

/** The calls that were in a bridge: its creation and its end belong to all of them. */
function visitorsIn(
  sightings: readonly Sighting[],
  groups: Groups,
): ReadonlyMap<string, ReadonlySet<string>> {
  const visitors = new Map<string, Set<string>>();
  for (const { ids, bridges } of sightings) {
    const [id] = ids;
    if (id === undefined) continue;
    for (const bridge of bridges) {
      const groupsInIt = visitors.get(bridge.id) ?? new Set();
      visitors.set(bridge.id, groupsInIt.add(groups.of(id)));
    }
  }
  return visitors;
}

function callCapture(capture: Capture, spans: readonly Span[], notices: readonly Span[]): Capture {
  const banner = { from: 0, to: bannerOf(capture.text).length };
  const all = [...notices, ...spans].sort((a, b) => a.from - b.from);
  const kept = keepSpans(capture, [banner, ...all]);
  const fromMs = Math.floor(msAt(capture, spans[0]?.from ?? 0));
  return {
    text: kept.text,
    startedAt: capture.startedAt + fromMs,
    reads: kept.reads.map((read) => ({ ...read, ms: Math.max(0, read.ms - fromMs) })),
  };
}
