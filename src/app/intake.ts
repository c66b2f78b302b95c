// The half of the pipeline that never waits: AMI messages → signals → calls → publications in the outbox. What is
// asked of Asterisk after a login is asked here too, so that no call stays open that has ended unseen.

import type { AmiMessage } from '../core/ami/message.ts';
import { header } from '../core/ami/message.ts';
import { toOwn } from '../core/ami/own.ts';
import { toText } from '../core/ami/value.ts';
import {
  type CallChanges,
  Correlator,
  type OpenCalls,
  type ResyncCounts,
  type ResyncSteps,
  type SavedState,
} from '../core/call/correlator.ts';
import { type BridgeEvent, toBridgePublication } from '../core/event/bridge-event.ts';
import type { CallEvent } from '../core/event/call-event.ts';
import { type Publication, toPublication } from '../core/event/publication.ts';
import type { ChannelList } from '../core/pbx/channel-list.ts';
import { isSignal, type Signal, SignalReader } from '../core/pbx/signal.ts';
import type { Surroundings } from '../core/pbx/surroundings.ts';
import { ConnectorError } from '../errors.ts';
import type { AmiSession } from '../io/ami/connection.ts';
import type { Outbox } from '../ports.ts';
import type { Report } from '../telemetry/notice.ts';
import { Audit } from './audit.ts';
import { toCallTold } from './call-told.ts';
import { fromSessionText, type KeptSession, SESSION_ID, toSessionText } from './kept-session.ts';
import type { Limits } from './limits.ts';
import { askChannels, askSurroundings } from './look-around.ts';
import { OwnClock } from './own-clock.ts';
import { Silence } from './silence.ts';
import { nextTurn, TURN_MS } from './turns.ts';

export type IntakeOptions = {
  readonly topicPrefix: string;
  readonly outbox: Pick<Outbox, 'append'>;
  /** Whether the outbox keeps what calls have become, which costs 4 µs for each event; default: it does. */
  readonly keepsCalls?: boolean;
  readonly report: Report;
  /** Hears what Asterisk does not give. */
  readonly limits: Limits;
  readonly now: () => number;
  /** Milliseconds by a clock that is never set; default: that of the process. */
  readonly steadyNow?: () => number;
  /** Whether digits are told: they can be card numbers. */
  readonly digits: boolean;
  /** Called when the number of open calls may have changed. */
  readonly onCalls: (calls: OpenCalls) => void;
  /** Called where something fails that nobody waits for. */
  readonly onError: (error: unknown) => void;
};

/** What Asterisk says of itself after a login. */
export type PbxIdentity = {
  readonly asteriskVersion: string | undefined;
  readonly systemName: string | undefined;
};

type Session = Pick<AmiSession, 'send' | 'list'>;

/** What Asterisk says of what goes on in it. */
type Picture = {
  readonly channels: ChannelList;
  readonly surroundings: Surroundings;
  readonly restarted: boolean;
};

export class Intake {
  readonly #options: IntakeOptions;
  readonly #steadyNow: () => number;
  readonly #clock: OwnClock;
  readonly #correlator = new Correlator();
  #reader = new SignalReader();
  #lastHeardAt: number;
  /** The same by a clock that is never set. */
  #lastHeardSteadyAt = 0;
  /** When the bytes came that are read now; by a clock that is never set. */
  #readAt = performance.now();
  /** Our clock minus that of the PBX, with the way of the last event. */
  #pbxBehindMs = 0;
  /** A clock of ours that is never set minus that of the PBX, at the last event; `undefined` before the first. */
  #steadyAheadMs: number | undefined;
  /** The same at the event that came fastest since the last login. */
  #leastAheadMs = Number.POSITIVE_INFINITY;
  #startup: string | undefined;
  #timestampsKnown = false;
  #hasListened = false;
  /** Since when nothing is known of what goes on in Asterisk, until that is mended. */
  #gapSince: number | undefined;
  /** When Asterisk was heard last before, by a clock that is never set; `undefined` where an earlier process heard it. */
  #gapSteadySince: number | undefined;
  /** What exists is being compared with what is known. */
  #mending: { readonly since: number } | undefined;
  /** The session that is up, once it is known what goes on in Asterisk. */
  #session: Session | undefined;
  readonly #audit = new Audit({
    ask: async (silentMs) => {
      if (this.#session !== undefined) await this.#ask(this.#session, silentMs);
    },
    onError: (error) => this.#onAskingFailed(error),
  });
  readonly #silence: Silence;
  /** Up to when it is kept that Asterisk was heard. */
  #keptUpTo = 0;
  /** What was given to the outbox last of how far that is: it is not written again while it is still true enough. */
  #kept: KeptSession | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#steadyNow = options.steadyNow ?? (() => performance.now());
    this.#clock = new OwnClock({ now: options.now, steadyNow: this.#steadyNow });
    this.#lastHeardAt = this.#clock.now();
    this.#silence = new Silence({
      nextAt: () => this.#correlator.nextAt,
      onProven: (at) => this.#tell(this.#correlator.elapse(at)),
      steadyNow: this.#steadyNow,
      onError: (error) => this.#onAskingFailed(error),
    });
  }

  /**
   * Goes on with what an earlier process kept by the outbox, before the first session: with its open calls, and with the
   * knowledge that nothing is known from its last word on.
   */
  restore(states: readonly SavedState[]): void {
    if (states.length === 0) return;
    const { outbox, report, onCalls } = this.#options;
    const text = states.find(({ id }) => id === SESSION_ID)?.state;
    const session = text === undefined ? undefined : fromSessionText(text);
    const calls = states.filter(({ id }) => id !== SESSION_ID);
    const { damaged, lastSeenAt } = this.#correlator.restore(calls);
    this.#startup = session?.startup;
    this.#pbxBehindMs = session?.pbxBehindMs ?? 0;
    this.#gapSince = Math.min(session?.heardAt ?? lastSeenAt ?? Infinity, this.#clock.now());
    if (damaged.length > 0) outbox.append([], { saved: new Map(), removed: damaged });
    onCalls(this.#correlator.openCalls);
    if (calls.length === 0) return;
    const restored = calls.length - damaged.length;
    report({ type: 'calls-restored', restored, damaged: damaged.length });
  }

  get openCalls(): OpenCalls {
    return this.#correlator.openCalls;
  }

  /** Whether an event of that name says anything about calls, or about what Asterisk gives. */
  wants(eventName: string): boolean {
    return this.#reader.wants(eventName) || this.#options.limits.wants(eventName);
  }

  /** Something came from Asterisk, `ageMs` ago: up to then, what is known of its calls is true. */
  heard(ageMs = 0): void {
    this.#lastHeardAt = Math.round(this.#clock.now() - ageMs);
    this.#lastHeardSteadyAt = this.#steadyNow() - ageMs;
    this.#readAt = performance.now() - ageMs;
    const sinceKept = this.#lastHeardAt - this.#keptUpTo;
    if (Math.abs(sinceKept) >= KEEP_EVERY_MS) this.#keep(); // or the clock was set
  }

  /**
   * From the last word of Asterisk on, nothing is known; where that had been long on its way, from when it was said.
   * A first login closes no gap that it could date.
   */
  endSession(): void {
    this.#options.limits.endSession();
    this.#session = undefined;
    this.#audit.end();
    this.#silence.end();
    if (this.#gapSince === undefined && this.#hasListened) {
      this.#gapSince = this.#understoodUpTo();
      this.#gapSteadySince = this.#lastHeardSteadyAt;
    }
    this.#mending = undefined;
  }

  beginSession(): void {
    this.#reader = new SignalReader();
    this.#leastAheadMs = Number.POSITIVE_INFINITY;
    this.#correlator.beginSession(this.#toPbxTime(this.#gapSince ?? this.#lastHeardAt));
  }

  /** Nothing more will be heard: every open call is kept as it stands. What is not sure is waited for by the next process. */
  suspend(): void {
    this.#silence.end();
    this.#keepAll();
  }

  /**
   * The outbox has lost what it kept, and was written last at `writtenAt`: before the first session, nothing is known
   * from then on; later, all is kept again.
   */
  onMemoryLost(writtenAt: number): void {
    if (this.#hasListened) this.#keepAll();
    else this.#gapSince = Math.min(writtenAt, this.#clock.now());
  }

  /** Also what has not changed since it was kept. */
  #keepAll(): void {
    if (this.#options.keepsCalls === false) return;
    this.#kept = undefined;
    this.#options.outbox.append([], this.#withSession(this.#correlator.takeAll()));
  }

  /** Keeps how far Asterisk was heard, so that a process that is killed in a silence leaves no long gap. */
  #keep(): void {
    if (!this.#hasListened || this.#gapSince !== undefined) return;
    this.#append([]);
  }

  #append(publications: readonly Publication[]): void {
    const { outbox, keepsCalls = true } = this.#options;
    if (keepsCalls) {
      outbox.append(publications, this.#withSession(this.#correlator.takeChanges()));
      return;
    }
    outbox.append(publications);
    this.#correlator.dropChanges();
    this.#keptUpTo = this.#lastHeardAt;
  }

  /** When Asterisk said what was heard last: earlier than that was heard, where it was long on its way. */
  #saidAt(): number {
    const lateMs = Math.round((this.#steadyAheadMs ?? 0) - this.#leastAheadMs);
    return this.#lastHeardAt - (lateMs > LATE_MS ? lateMs : 0);
  }

  /** While what exists is compared, some of what was heard since waits for it. */
  #understoodUpTo(): number {
    return this.#mending?.since ?? this.#saidAt();
  }

  /** Until a gap is told, nothing after its begin counts as heard; nor does what was seen and is not told yet. */
  #withSession({ saved, removed }: CallChanges): CallChanges {
    if (!this.#hasListened) return { saved, removed };
    const { unsureSince = Infinity } = this.#correlator;
    const heardAt = Math.min(
      this.#gapSince ?? this.#understoodUpTo(),
      unsureSince + this.#pbxBehindMs,
    );
    this.#keptUpTo = this.#lastHeardAt;
    const session = { heardAt, startup: this.#startup, pbxBehindMs: this.#pbxBehindMs };
    if (isStillTrue(this.#kept, session)) return { saved, removed };
    this.#kept = session;
    return { saved: new Map(saved).set(SESSION_ID, toSessionText(session)), removed };
  }

  /** Called from the socket's own turn of the event loop: does its work at once and waits for nothing. */
  onMessage(message: AmiMessage): void {
    const { report, limits } = this.#options;
    limits.onMessage(message);
    const result = this.#reader.read(message, this.#lastHeardAt);
    if (result?.type === 'suspect') {
      report({ type: 'ami-message-suspect', reason: result.reason });
      this.#audit.suspect();
    }
    if (isSignal(result)) this.#onSignal(result);
  }

  #onSignal(signal: Signal): void {
    const { report, digits } = this.#options;
    this.#checkTimestamp(signal.micros);
    if (signal.type === 'digit-pressed' && !digits) return;
    if (signal.type === 'channel-created' && this.#correlator.isFull) {
      report({ type: 'ami-message-suspect', reason: 'too-many-channels' });
    }
    this.#pbxBehindMs = this.#lastHeardAt - signal.at;
    this.#steadyAheadMs = this.#lastHeardSteadyAt - signal.at;
    this.#leastAheadMs = Math.min(this.#leastAheadMs, this.#steadyAheadMs);
    this.#tell(this.#correlator.handle(signal));
    this.#silence.heard(signal.at, this.#lastHeardSteadyAt);
  }

  /** By the clock of Asterisk, which dates everything else that is told of a call. */
  #toPbxTime(at: number): number {
    return at - this.#pbxBehindMs;
  }

  /** The same of now, in whole milliseconds, though our clock may have been set since Asterisk was heard last. */
  #pbxNow(): number {
    if (this.#steadyAheadMs === undefined) return this.#toPbxTime(this.#clock.now());
    return Math.round(this.#steadyNow() - this.#steadyAheadMs);
  }

  /** Asks Asterisk who it is and what goes on in it, and mends what we believed. */
  async catchUp(session: Session): Promise<PbxIdentity> {
    this.#hasListened = true;
    const settings = await session.send({ name: 'CoreSettings' });
    const restarted = this.#noteStartup(await session.send({ name: 'CoreStatus' }));
    const { limits } = this.#options;
    const channels = (await askChannels(session, limits)) ?? NO_CHANNELS;
    const surroundings = await askSurroundings(session, channels, limits);
    if (await this.#mend({ channels, surroundings, restarted })) this.#beginWatching(session);
    return {
      asteriskVersion: textOf(settings, 'AsteriskVersion'),
      systemName: textOf(settings, 'SystemName'),
    };
  }

  #beginWatching(session: Session): void {
    this.#session = session;
    this.#silence.begin(session);
    this.#audit.begin();
  }

  /** A session that ends fails what was asked in it, and is told elsewhere. */
  #onAskingFailed(error: unknown): void {
    if (!(error instanceof ConnectorError)) this.#options.onError(error);
  }

  /** The clock of Asterisk is so far ahead of ours, in milliseconds, by its answer to a ping; `undefined` where that does not say. */
  onClockOffset(offsetMs: number | undefined): void {
    if (offsetMs !== undefined) this.#clock.compare(offsetMs);
  }

  /** A message of Asterisk was too large to be read: what it said is asked for. */
  onOversized(): void {
    this.#audit.suspect();
  }

  /**
   * Asks for the calls again in the middle of a session. What Asterisk said before its answer may come a moment behind
   * it: only what is still odd then is mended.
   */
  async #ask(session: Session, silentMs: number | undefined): Promise<void> {
    const { limits } = this.#options;
    const silentSince = silentMs === undefined ? undefined : this.#pbxNow() - silentMs;
    if (!this.#correlator.beginAudit(silentSince)) return;
    this.#mending = { since: this.#saidAt() };
    const channels = await askChannels(session, limits);
    if (channels === undefined) {
      this.#tell(this.#correlator.giveUpAudit());
      this.#mending = undefined;
      this.#silence.watch();
      return;
    }
    const surroundings = await askSurroundings(session, channels, limits);
    await pause(AUDIT_GRACE_MS);
    if (this.#session !== session) return;
    const steps = this.#correlator.resync(channels, this.#pbxNow(), surroundings);
    const counts = await this.#tellSteps(steps, () => this.#session === session);
    if (counts === undefined) return;
    this.#mending = undefined;
    this.#silence.watch();
    if (counts.ended + counts.found === 0) return;
    this.#options.report({ type: 'calls-resynced', ...counts, restarted: false });
  }

  /** In turns of the event loop, so that nothing waits for it; `undefined` where it became pointless meanwhile. */
  async #tellSteps(steps: ResyncSteps, isWanted: () => boolean): Promise<ResyncCounts | undefined> {
    let turnEndsAt = 0;
    for (;;) {
      if (performance.now() >= turnEndsAt) {
        await nextTurn();
        turnEndsAt = performance.now() + TURN_MS;
      }
      if (!isWanted()) return undefined;
      const step = steps.next();
      if (step.done === true) return step.value;
      if (step.value.length > 0) this.#tell(step.value);
    }
  }

  /** Whether Asterisk was started anew since it was last asked. */
  #noteStartup(status: AmiMessage): boolean {
    const before = this.#startup;
    const startup = startupOf(status);
    this.#startup = startup ?? before;
    return startup !== undefined && before !== undefined && startup !== before;
  }

  /** Tells the gap, then what it hid, then how the two pictures compare; false where the session ended meanwhile. */
  async #mend({ channels, surroundings, restarted }: Picture): Promise<boolean> {
    const at = this.#clock.now();
    const gapSince = this.#gapSince;
    const mending = { since: at };
    this.#mending = mending;
    const isWanted = () => this.#mending === mending;
    this.#gapSince = undefined;
    if (gapSince !== undefined) this.#tellGap(gapSince, at);
    const pbxAt = this.#pbxNow();
    const ended = restarted
      ? await this.#tellSteps(this.#correlator.restart(pbxAt), isWanted)
      : NOTHING_ENDED;
    const steps = this.#correlator.resync(channels, pbxAt, surroundings);
    const found = await this.#tellSteps(steps, isWanted);
    if (ended === undefined || found === undefined) return false;
    this.#mending = undefined;
    const gone = ended.ended + found.ended;
    const counts = { kept: found.kept, ended: gone, found: found.found, restarted };
    if (gapSince !== undefined) this.#tellBridge({ event: 'resync', at, ...counts });
    else this.#keep();
    if (found.kept + gone + found.found > 0 || restarted) {
      this.#options.report({ type: 'calls-resynced', ...counts });
    }
    return true;
  }

  /** Our clock may have been set in it: the gap is as long as it was, at the least. */
  #tellGap(since: number, to: number): void {
    const steadyNow = this.#steadyNow();
    const lengthMs = Math.round(steadyNow - (this.#gapSteadySince ?? steadyNow));
    this.#gapSteadySince = undefined;
    const wasSet = lengthMs - (to - since) > CLOCK_SET_MS;
    this.#tellBridge({ event: 'gap', from: wasSet ? to - lengthMs : since, to });
  }

  #tellBridge(event: BridgeEvent): void {
    this.#append([toBridgePublication(this.#options.topicPrefix, event)]);
  }

  #tell(events: readonly CallEvent[]): void {
    const { onCalls, report } = this.#options;
    if (events.length > 0) this.#append(events.map((event) => this.#toPublication(event)));
    onCalls(this.#correlator.openCalls);
    for (const event of events) report(toCallTold(event));
  }

  #toPublication(event: CallEvent): Publication {
    const { topicPrefix, now } = this.#options;
    return toPublication(topicPrefix, event, { at: now(), readAt: this.#readAt });
  }

  /** Without Timestamp headers, times are those of receipt and ids of digits cannot survive a restart. */
  #checkTimestamp(micros: number | undefined): void {
    if (this.#timestampsKnown) return;
    this.#timestampsKnown = true;
    this.#options.limits.settle('timestamps', micros === undefined);
  }
}

/** What is later than that was held up on its way. */
const LATE_MS = 50;
/** Less is what clocks round away, or how far they drift. */
const CLOCK_SET_MS = 50;

/** Where nothing is told, it is kept so often that Asterisk was heard: about as often as it is pinged. */
const KEEP_EVERY_MS = 10_000;

const AUDIT_GRACE_MS = 1_000;

/** Where Asterisk may not be asked, what became of earlier calls will never be known. */
const NO_CHANNELS: ChannelList = { items: [], isComplete: true };
const NOTHING_ENDED: ResyncCounts = { kept: 0, ended: 0, found: 0 };

/**
 * What is kept of the session may be so old, and a gap begins so much earlier: with every transaction it would be an eighth
 * of all that is written.
 */
const SESSION_STALE_MS = 100;

function isStillTrue(kept: KeptSession | undefined, now: KeptSession): boolean {
  if (kept === undefined || kept.startup !== now.startup) return false;
  const olderMs = now.heardAt - kept.heardAt;
  const setByMs = Math.abs(now.pbxBehindMs - kept.pbxBehindMs);
  return olderMs >= 0 && olderMs < SESSION_STALE_MS && setByMs < SESSION_STALE_MS;
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

function textOf(message: AmiMessage, key: string): string | undefined {
  return toOwn(toText(header(message, key) ?? '')) || undefined;
}

/** When this Asterisk came up, in its own local time; `undefined` where the AMI user may not ask. */
function startupOf(status: AmiMessage): string | undefined {
  const date = header(status, 'CoreStartupDate');
  return date === undefined ? undefined : toOwn(`${date} ${header(status, 'CoreStartupTime')}`);
}
