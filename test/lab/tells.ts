// What a scenario's calls must be told as, written by hand from the contract, with moments named after what phones did.

import type { Moment } from './sip/phone.ts';

/** Of a phone of the lab, its number stands for its name too; of anybody else, for a party without a name. */
export type Who =
  | string
  | { readonly extension: string; readonly name?: string; readonly anonymous?: true };

/**
 * `102 lifts`, or `102 lifts (2)` for the second time. What the PBX does by itself is a time after a moment, in
 * milliseconds, give or take.
 */
export type When =
  | string
  | { readonly after: string; readonly ms: number; readonly within: number };

export type ExpectedEvent = {
  readonly event: string;
  readonly at: When;
  readonly fields: Readonly<Record<string, unknown>>;
};

export type ExpectedCall = {
  readonly from: Who;
  readonly to: Who;
  readonly events: readonly ExpectedEvent[];
};

/** The same in epoch milliseconds, as it stands in a fixture: nobody but the reader needs `moment`. */
export type ToldEvent = {
  readonly event: string;
  readonly moment: string;
  readonly at: number;
  readonly within: number;
  readonly fields: Readonly<Record<string, unknown>>;
};
export type ToldCall = {
  readonly from: unknown;
  readonly to: unknown;
  readonly events: readonly ToldEvent[];
};

/** From a phone's message on the wire to Asterisk's event. */
const TOLERANCE_MS = 150;

export const NAMES: Readonly<Record<string, string>> = {
  101: 'Alice Adams',
  102: 'Bob Brown',
  103: 'Carol Clark',
  104: "O'Brien",
  105: 'Eve "Ops": Sales, EU',
  106: 'Jörg Müller 🙂 or 日本',
  108: 'Hank Hill',
  109: 'Iris Ives',
  110: 'Jack Jones',
  121: 'Sid Smith',
  122: 'Tom Tate',
};

/** Fields that hold a party. */
const PARTIES = new Set(['from', 'to', 'by', 'answered_by', 'transferred_to', 'replaces']);

export function call(from: Who, to: Who, events: readonly ExpectedEvent[]): ExpectedCall {
  return { from, to, events };
}

/** An event that carries nothing but its moment, or those fields. */
export function tell(event: string, at: When, fields: ExpectedEvent['fields'] = {}): ExpectedEvent {
  return { event, at, fields };
}

export function ringing(at: When): ExpectedEvent {
  return tell('ringing', at);
}

export function answered(at: When, by: Who): ExpectedEvent {
  return tell('answered', at, { answered_by: by });
}

export function hungup(at: When, ...fields: readonly ExpectedEvent['fields'][]): ExpectedEvent {
  return tell('hungup', at, Object.assign({}, ...fields));
}

export function by(who: 'caller' | 'callee' | 'system'): ExpectedEvent['fields'] {
  return { hungup_by: who };
}

/** That long after a moment, give or take. */
export function after(moment: string, ms: number, within = TOLERANCE_MS): When {
  return { after: moment, ms, within };
}

/** How a call ends, as the contract's table has it. */
export const ENDS = {
  answered: { cause: 'normal_clearing', cause_code: 16, disposition: 'answered' },
  merged: { cause: 'normal_clearing', cause_code: 16, disposition: 'merged' },
  cancelled: { cause: 'cancelled', cause_code: 16, disposition: 'cancelled' },
  system: { cause: 'normal_clearing', cause_code: 16, disposition: 'system' },
  busy: { cause: 'user_busy', cause_code: 17, disposition: 'busy' },
  rejected: { cause: 'call_rejected', cause_code: 21, disposition: 'rejected' },
  noAnswer: { cause: 'no_answer', cause_code: 19, disposition: 'no_answer' },
  unreachable: { cause: 'unreachable', cause_code: 20, disposition: 'failed' },
} as const;

/** @throws Error where a moment has not come */
export function resolve(calls: readonly ExpectedCall[], moments: readonly Moment[]): ToldCall[] {
  return calls.map(({ from, to, events }) => ({
    from: toParty(from),
    to: toParty(to),
    events: events.map((event) => resolveEvent(event, moments)),
  }));
}

function resolveEvent({ event, at, fields }: ExpectedEvent, moments: readonly Moment[]): ToldEvent {
  const {
    after: moment,
    ms,
    within,
  } = typeof at === 'string' ? { after: at, ms: 0, within: TOLERANCE_MS } : at;
  const later = ms === 0 ? '' : ` + ${ms} ms`;
  return {
    event,
    moment: `${moment}${later}`,
    at: momentOf(moment, moments) + ms,
    within,
    fields: Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [
        key,
        PARTIES.has(key) ? toParty(value as Who) : value,
      ]),
    ),
  };
}

function momentOf(name: string, moments: readonly Moment[]): number {
  const [, phone, what, nth = '1'] = /^(\S+) (.*?)(?: \((\d+)\))?$/.exec(name) ?? [];
  const same = moments.filter((moment) => moment.phone === phone && moment.what === what);
  const moment = same[Number(nth) - 1];
  if (moment !== undefined) return moment.at;
  const seen = moments.map((each) => `${each.phone} ${each.what}`).join(', ');
  throw new Error(`"${name}" did not happen, only ${seen}`);
}

function toParty(who: Who): unknown {
  if (typeof who !== 'string') return who;
  const name = NAMES[who];
  return name === undefined ? { extension: who } : { extension: who, name };
}
