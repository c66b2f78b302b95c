// Compares what should have been told with what was delivered. Pure: two histories in, what is wrong out.

import type { Fact } from './facts.ts';

/** A message as a subscriber got it. */
export type Delivery = {
  readonly topic: string;
  readonly payload: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** The user property `id`. */
  readonly propertyId?: string;
};

export type Accounts = {
  readonly captured: number;
  readonly restored: number;
  readonly delivered: number;
  readonly pending: number;
  readonly shed: number;
  readonly refused: number;
};

export type Histories = {
  readonly prefix: string;
  readonly facts: readonly Fact[];
  readonly deliveries: readonly Delivery[];
  /** Of the last process of the bridge, when all was delivered. */
  readonly accounts?: Accounts;
  /** A fact so near to a gap may lie inside: what was on its way when the link was lost. */
  readonly slackMs: number;
};

/** `comparedAt`: when all that exists had been compared, and `resync` came. */
export type Gap = { readonly from: number; readonly to: number; comparedAt: number };

export type Kind =
  | 'lost'
  | 'phantom'
  | 'disorder'
  | 'hole'
  | 'changed'
  | 'end'
  | 'malformed'
  | 'accounts';

export type Finding = { readonly kind: Kind; readonly callId: string; readonly text: string };

export type Verdict = {
  readonly calls: number;
  readonly facts: number;
  readonly messages: number;
  readonly repeats: number;
  readonly gaps: readonly Gap[];
  /** Told in `shed`. */
  readonly shed: number;
  /** Not delivered, and inside a told gap. */
  readonly excused: number;
  readonly inferred: number;
  readonly findings: readonly Finding[];
};

type Told = {
  readonly id: string;
  readonly event: string;
  readonly callId: string;
  readonly sequence: number;
  readonly inferred: boolean;
  readonly text: string;
  readonly delivery: Delivery;
};

type Story = { readonly facts: Fact[]; readonly told: Told[] };

/** What the first three are for: these are told even where something before them is not known. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set(['ringing', 'answered', 'hungup']);

export function check(histories: Histories): Verdict {
  const checker = new Checker(histories);
  return checker.verdict();
}

class Checker {
  readonly #histories: Histories;
  readonly #findings: Finding[] = [];
  readonly #stories = new Map<string, Story>();
  readonly #gaps: Gap[] = [];
  readonly #byId = new Map<string, Told>();
  #repeats = 0;
  #shed = 0;
  #excused = 0;
  #inferred = 0;

  constructor(histories: Histories) {
    this.#histories = histories;
  }

  verdict(): Verdict {
    const { facts, deliveries } = this.#histories;
    for (const fact of facts) this.#storyOf(fact.callId).facts.push(fact);
    for (const delivery of deliveries) this.#read(delivery);
    for (const [callId, story] of this.#stories) this.#checkCall(callId, story);
    this.#checkAccounts();
    return {
      calls: [...this.#stories.values()].filter((story) => story.facts.length > 0).length,
      facts: facts.length,
      messages: deliveries.length,
      repeats: this.#repeats,
      gaps: this.#gaps,
      shed: this.#shed,
      excused: this.#excused,
      inferred: this.#inferred,
      findings: this.#findings,
    };
  }

  #read(delivery: Delivery): void {
    const payload = parse(delivery.payload);
    if (payload === undefined) this.#find('malformed', '', delivery.payload.slice(0, 200));
    else if (delivery.topic === `${this.#histories.prefix}/bridge/event`)
      this.#readBridge(delivery, payload);
    else this.#readCall(delivery, payload);
  }

  /** Of the stream itself: a repeat of a gap is the same gap. */
  #readBridge({ receivedAt }: Delivery, payload: Payload): void {
    const id = String(payload.id);
    const isRepeat = this.#byId.has(id);
    this.#repeats += isRepeat ? 1 : 0;
    if (isRepeat) return;
    this.#byId.set(id, NOT_OF_A_CALL);
    if (payload.event === 'shed') this.#shed += Number(payload.events);
    const last = this.#gaps.at(-1);
    if (payload.event === 'resync' && last !== undefined) last.comparedAt = receivedAt;
    if (payload.event !== 'gap') return;
    const [from = 0, until = 0] = [payload.from, payload.to].map((time) =>
      Date.parse(String(time)),
    );
    const to = Math.min(until, receivedAt); // where the clock of the bridge was ahead, it excuses nothing to come
    this.#gaps.push({ from, to, comparedAt: to });
  }

  #readCall(delivery: Delivery, payload: Payload): void {
    const told = toTold(delivery, payload);
    const { propertyId } = delivery;
    if (propertyId !== undefined && propertyId !== told.id) {
      this.#find('changed', told.callId, `the user property is ${propertyId}, the id ${told.id}`);
    }
    const first = this.#byId.get(told.id);
    if (first === undefined) {
      this.#byId.set(told.id, told);
      this.#storyOf(told.callId).told.push(told);
      this.#inferred += told.inferred ? 1 : 0;
      return;
    }
    this.#repeats += 1;
    if (first.text === told.text) return;
    this.#find('changed', told.callId, `one id, two stories: ${first.text} and ${told.text}`);
  }

  #checkCall(callId: string, { facts, told }: Story): void {
    const touching = this.#gaps.filter((gap) => this.#touches(gap, { callId, facts }));
    this.#checkOrder(callId, told);
    this.#checkEnd(callId, { facts, told }, touching.length > 0);
    const expected = new Map(facts.map((fact) => [fact.id, fact]));
    for (const one of told) {
      const fact = expected.get(one.id);
      if (fact === undefined) this.#checkUnexpected(one, touching);
      else if (touching.length === 0) this.#compare(fact, one);
    }
    const ids = new Set(told.map(({ id }) => id));
    const missing = facts.filter(({ id }) => !ids.has(id));
    for (const fact of missing) this.#checkMissing(fact, { facts, told }, touching);
  }

  #checkOrder(callId: string, told: readonly Told[]): void {
    const sequences = told.map(({ sequence }) => sequence);
    const sorted = sequences.toSorted((a, b) => a - b);
    if (sequences.some((sequence, n) => sequence !== sorted[n])) {
      this.#find('disorder', callId, `arrived as ${sequences.join(', ')}`);
    }
    if (sorted.some((sequence, n) => sequence !== n + 1)) {
      this.#find('hole', callId, `sequences ${sorted.join(', ')}`);
    }
  }

  #checkEnd(callId: string, { facts, told }: Story, isTouched: boolean): void {
    const ends = told.filter(({ event }) => event === 'hungup');
    if (ends.length > 1) this.#find('end', callId, `ended ${ends.length} times`);
    const last = told.toSorted((a, b) => a.sequence - b.sequence).at(-1);
    if (ends.length > 0 && last?.event !== 'hungup') {
      this.#find('end', callId, `${last?.event} after its end`);
    }
    const hasEnded = facts.some(({ event }) => event === 'hungup');
    if (isTouched && hasEnded && told.length > 0 && ends.length === 0) {
      const should = facts.map(({ event, at }) => `${event} ${toTime(at)}`).join(', ');
      const was = told.map(({ event }) => event).join(', ');
      const gaps = this.#gaps.map(({ from, to }) => `${toTime(from)} to ${toTime(to)}`).join(', ');
      this.#find('end', callId, `never ended; should be ${should}; was ${was}; gaps ${gaps}`);
    }
  }

  #checkUnexpected(told: Told, touching: readonly Gap[]): void {
    if (touching.length > 0) return;
    this.#find('phantom', told.callId, told.text);
  }

  #compare(fact: Fact, told: Told): void {
    const should = withoutDelay(fact.payload);
    if (should !== told.text) {
      this.#find('changed', told.callId, `should be ${should} and is ${told.text}`);
    }
  }

  #checkMissing(fact: Fact, { facts, told }: Story, touching: readonly Gap[]): void {
    const isInside = touching.some(
      (gap) => this.#isInside(fact, gap) || this.#isMerged({ facts, told }, gap),
    );
    const since = Math.min(...touching.map(({ from }) => from - this.#histories.slackMs));
    const isDerived = !ALWAYS_TOLD.has(fact.event) && fact.at >= since;
    if (isInside || isDerived) this.#excused += 1;
    else {
      const should = facts.map(({ event, at }) => `${event} ${toTime(at)}`).join(', ');
      const was = told.map(({ event }) => event).join(', ');
      const gaps = touching.map(({ from, to }) => `${toTime(from)} to ${toTime(to)}`).join(', ');
      const text = `${fact.event}; should be ${should}; was ${was}; gaps ${gaps}`;
      this.#find('lost', fact.callId, text);
    }
  }

  /**
   * It began in the gap and was part of another call before all was compared, by what Asterisk called its channels:
   * nothing says that it had been one of its own.
   */
  #isMerged({ facts, told }: Story, gap: Gap): boolean {
    const [first] = facts;
    if (first === undefined || told.length > 0 || !this.#isInside(first, gap)) return false;
    return first.namedUntil <= Math.max(gap.to, gap.comparedAt) + this.#histories.slackMs;
  }

  #isInside({ at }: Fact, { from, to }: Gap): boolean {
    const { slackMs } = this.#histories;
    return at >= from - slackMs && at <= to + slackMs;
  }

  /** Whether the call lived in the gap. The id of a call tells the second in which it began. */
  #touches({ from, to }: Gap, { callId, facts }: { callId: string; facts: readonly Fact[] }) {
    const { slackMs } = this.#histories;
    const beganAt = Number(/(\d+)\.\d+$/.exec(callId)?.[1] ?? 0) * 1_000;
    const endedAt = facts.find(({ event }) => event === 'hungup')?.at ?? Number.POSITIVE_INFINITY;
    return beganAt <= to + slackMs && endedAt >= from - slackMs;
  }

  #checkAccounts(): void {
    const { accounts } = this.#histories;
    if (accounts === undefined) return;
    const { captured, restored, delivered, pending, shed, refused } = accounts;
    const came = captured + restored;
    const went = delivered + pending + shed + refused;
    if (came === went) return;
    this.#find('accounts', '', `${came} came in, ${went} are accounted for`);
  }

  #storyOf(callId: string): Story {
    const story = this.#stories.get(callId) ?? { facts: [], told: [] };
    this.#stories.set(callId, story);
    return story;
  }

  #find(kind: Kind, callId: string, text: string): void {
    this.#findings.push({ kind, callId, text });
  }
}

function toTime(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

type Payload = Readonly<Record<string, unknown>>;

function parse(text: string): Payload | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Payload) : undefined;
  } catch {
    return undefined;
  }
}

function toTold(delivery: Delivery, payload: Payload): Told {
  return {
    id: String(payload.id),
    event: String(payload.event),
    callId: String(payload.call_id),
    sequence: Number(payload.sequence),
    inferred: payload.inferred === true,
    text: withoutDelay(delivery.payload),
    delivery,
  };
}

const NOT_OF_A_CALL: Told = {
  id: '',
  event: '',
  callId: '',
  sequence: 0,
  inferred: false,
  text: '',
  delivery: { topic: '', payload: '', receivedAt: 0 },
};

/** How late a message leaves is no part of what it tells. */
function withoutDelay(payload: string): string {
  return payload.replace(/,"delayed_seconds":[\d.]+}$/, '}');
}
