// What Asterisk may keep from the bridge, what that costs and what to do about it: for `doctor`, and for the log of a
// bridge that works with less. There each is told once, and again only after it was mended in between.

import type { AmiMessage } from '../core/ami/message.ts';
import { type EventClass, grants } from '../core/ami/rights.ts';
import type { AmiSession } from '../io/ami/connection.ts';
import { readManagerConf } from '../io/ami/manager-conf.ts';
import type { Report } from '../telemetry/notice.ts';

export type Limit = EventClass | 'reporting' | 'parking' | 'timestamps' | 'write-timeout';

type LimitText = {
  /** `error`: the bridge does not do what it is asked for; `warn`: it does it less well. */
  readonly level: 'error' | 'warn';
  /** Goes on from "Asterisk does not give". */
  readonly missing: string;
  readonly cost: string;
  readonly hint: string;
};

/** Less than this cuts off a machine that is only busy; much more keeps all logins waiting while one reader stalls. */
export const ENOUGH_WRITE_TIMEOUT_MS = 5_000;

export const LIMITS: Readonly<Record<Limit, LimitText>> = {
  call: {
    level: 'error',
    missing: 'the events of calls (class "call")',
    cost: 'no call is told',
    hint: toAdd('call', 'read'),
  },
  agent: {
    level: 'warn',
    missing: 'the events of queues (class "agent")',
    cost: 'no queue is told (queued, left_queue), and who gives one up while no phone rings ends as "system"',
    hint: toAdd('agent', 'read'),
  },
  system: {
    level: 'warn',
    missing: 'the events of the system (class "system")',
    cost: 'that Asterisk shuts down is seen only as a lost connection',
    hint: toAdd('system', 'read'),
  },
  dtmf: {
    level: 'error',
    missing: 'the events of digits (class "dtmf")',
    cost: 'no digit is told, although CALL_DTMF is true',
    hint: toAdd('dtmf', 'read'),
  },
  reporting: {
    level: 'warn',
    missing: 'an answer to CoreShowChannels (class "reporting")',
    cost: 'calls that are open when the link to Asterisk breaks end as "unknown", and calls that are under way at a login are not found',
    hint: toAdd('reporting', 'write'),
  },
  parking: {
    level: 'warn',
    missing: 'an answer to ParkedCalls (class "call")',
    cost: 'of a call that was parked while the bridge was away, the slot is not known, and "parked" is not told',
    hint: `${toAdd('call', 'write')} It also lets the user hang up and redirect calls: without it, all that is parked while the bridge listens is told as well.`,
  },
  timestamps: {
    level: 'warn',
    missing: 'Timestamp headers',
    cost: 'times are those of receipt',
    hint: 'Set "timestampevents = yes" in [general] of manager.conf, and reload it.',
  },
  'write-timeout': {
    level: 'warn',
    missing: 'enough time to a slow reader (writetimeout)',
    cost: 'a bridge that stalls for longer is cut off, and what happens until it is back is lost',
    hint: 'Set "writetimeout = 10000" in the section of the AMI user in manager.conf, and reload it. It holds from the next login on.',
  },
};

function toAdd(word: string, key: 'read' | 'write'): string {
  return `Add "${word}" to "${key}" of the AMI user in manager.conf, without spaces around the commas, and reload it. It holds from the next login on.`;
}

export type LimitsOptions = {
  readonly username: string;
  /** What the user should be able to read. */
  readonly classes: readonly EventClass[];
  readonly report: Report;
  /** An Asterisk that starts says only later that it has: so long it is waited for. */
  readonly bootMs?: number;
};

const BOOT_MS = 60_000;

/** The first event of a session that reads `system`, before any answer, or when Asterisk is up (manager.c, action_login). */
export const BOOTED = 'FullyBooted';

export class Limits {
  readonly #options: LimitsOptions;
  readonly #told = new Set<Limit>();
  #isBooted = false;
  /** Asking in vain leaves an error in the log of Asterisk. */
  #askedInVain = false;
  #bootTimer: NodeJS.Timeout | undefined;

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  /** Whether an event of that name says anything about what is missing. */
  wants(eventName: string): boolean {
    return eventName === BOOTED;
  }

  onMessage(message: AmiMessage): void {
    if (message.kind !== 'event' || message.name !== BOOTED) return;
    this.#isBooted = true;
    clearTimeout(this.#bootTimer);
    this.settle('system', false);
  }

  endSession(): void {
    this.#isBooted = false;
    clearTimeout(this.#bootTimer);
  }

  /** That something is missing, or that it is not. */
  settle(limit: Limit, isMissing: boolean): void {
    if (!isMissing) this.#told.delete(limit);
    if (!isMissing || this.#told.has(limit)) return;
    this.#told.add(limit);
    this.#options.report({ type: 'ami-limited', ...LIMITS[limit] });
  }

  /** Finds out what can be known without waiting for an event. */
  async examine(session: Pick<AmiSession, 'send'>): Promise<void> {
    const { username, classes, bootMs = BOOT_MS } = this.#options;
    if (!this.#isBooted) {
      this.#bootTimer = setTimeout(() => this.settle('system', true), bootMs).unref();
    }
    if (this.#askedInVain || this.#told.has('reporting')) return;
    const conf = await readManagerConf(session, username);
    this.#askedInVain = conf === undefined;
    if (conf === undefined) return;
    for (const one of classes.filter((name) => name !== 'system')) {
      this.settle(one, !grants(conf.read, one));
    }
    if (!this.#isBooted && !grants(conf.read, 'system')) this.settle('system', true);
    this.settle('timestamps', !conf.timestampEvents);
    this.settle('write-timeout', conf.writeTimeoutMs < ENOUGH_WRITE_TIMEOUT_MS);
  }
}
