// How much was shed and why: gathered for the operator (a notice a second at most) and for subscribers (a report).

import type { ShedReason } from '../../core/event/bridge-event.ts';
import type { Publication } from '../../core/event/publication.ts';

/** What was shed since the last report. Moments are epoch milliseconds of the events, the oldest and the youngest. */
export type ShedSummary = {
  readonly events: number;
  readonly reasons: { readonly [R in ShedReason]?: number };
  readonly from: number;
  readonly to: number;
};

export type OnShed = (shed: { readonly reason: ShedReason; readonly events: number }) => void;

const NOTICE_INTERVAL_MS = 1_000;
export const NOTHING: ShedSummary = { events: 0, reasons: {}, from: Infinity, to: -Infinity };

export class ShedCounts {
  readonly #onShed: OnShed;
  readonly #untold = new Map<ShedReason, number>();
  #timer: NodeJS.Timeout | undefined;
  #summary = NOTHING;

  constructor(onShed: OnShed) {
    this.#onShed = onShed;
  }

  count(reason: ShedReason, { at }: Pick<Publication, 'at'>): void {
    this.countMany(reason, { events: 1, from: at, to: at });
  }

  countMany(reason: ShedReason, many: Omit<ShedSummary, 'reasons'>): void {
    this.#untold.set(reason, (this.#untold.get(reason) ?? 0) + many.events);
    this.#timer ??= setTimeout(() => this.tell(), NOTICE_INTERVAL_MS).unref();
    this.add({ ...many, reasons: { [reason]: many.events } });
  }

  add(more: ShedSummary): void {
    this.#summary = sum(this.#summary, more);
  }

  get summary(): ShedSummary {
    return this.#summary;
  }

  /** The summary, which starts anew. */
  takeSummary(): ShedSummary {
    const summary = this.#summary;
    this.#summary = NOTHING;
    return summary;
  }

  /** Tells the operator at once what is not told yet. */
  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [reason, events] of this.#untold) this.#onShed({ reason, events });
    this.#untold.clear();
  }
}

/** As it lies on the disk; one that is damaged tells nothing. */
export function toSummary(text: string, { at }: Pick<Publication, 'at'>): ShedSummary {
  try {
    const summary: ShedSummary = JSON.parse(text);
    if (Number.isSafeInteger(summary.events)) return summary;
  } catch {
    // damaged
  }
  return { events: 0, reasons: {}, from: at, to: at };
}

export function sum(one: ShedSummary, other: ShedSummary): ShedSummary {
  const reasons: { [R in ShedReason]?: number } = { ...one.reasons };
  for (const [reason, events] of Object.entries(other.reasons) as [ShedReason, number][]) {
    reasons[reason] = (reasons[reason] ?? 0) + events;
  }
  return {
    events: one.events + other.events,
    reasons,
    from: Math.min(one.from, other.from),
    to: Math.max(one.to, other.to),
  };
}
