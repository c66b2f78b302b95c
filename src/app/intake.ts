// The half of the pipeline that never waits: AMI messages → signals → calls → publications in the outbox. What is
// asked of Asterisk after a login is asked here too, so that no call stays open that has ended unseen.

import type { AmiMessage } from '../core/ami/message.ts';
import { header } from '../core/ami/message.ts';
import { toText } from '../core/ami/value.ts';
import { Correlator, type OpenCalls, type ResyncResult } from '../core/call/correlator.ts';
import { type BridgeEvent, toBridgePublication } from '../core/event/bridge-event.ts';
import type { CallEvent } from '../core/event/call-event.ts';
import { type Publication, toPublication } from '../core/event/publication.ts';
import { type ChannelList, toChannelList } from '../core/pbx/channel-list.ts';
import { SignalReader } from '../core/pbx/signal.ts';
import type { AmiSession } from '../io/ami/connection.ts';
import type { Outbox } from '../ports.ts';
import type { Report } from '../telemetry/notice.ts';
import { toCallTold } from './call-told.ts';
import type { Limits } from './limits.ts';

export type IntakeOptions = {
  readonly topicPrefix: string;
  readonly outbox: Pick<Outbox, 'append'>;
  readonly report: Report;
  /** Hears what Asterisk does not give. */
  readonly limits: Limits;
  readonly now: () => number;
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

export class Intake {
  readonly #options: IntakeOptions;
  readonly #correlator = new Correlator();
  #reader = new SignalReader();
  #lastHeardAt: number;
  /** When the bytes came that are read now; by a clock that is never set. */
  #readAt = performance.now();
  /** Our clock minus that of the PBX, with the way of the last event. */
  #pbxBehindMs = 0;
  /** A clock of ours that is never set minus that of the PBX: at the last event, and at the fastest of this session. */
  #wayMs = { last: 0, least: Number.POSITIVE_INFINITY };
  #silence: NodeJS.Timeout | undefined;
  #startup: string | undefined;
  #timestampsKnown = false;
  #hasListened = false;
  /** Since when nothing is known of what goes on in Asterisk, until that is mended. */
  #gapSince: number | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#lastHeardAt = options.now();
  }

  get openCalls(): OpenCalls {
    return this.#correlator.openCalls;
  }

  /** Whether an event of that name says anything about calls, or about what Asterisk gives. */
  wants(eventName: string): boolean {
    return this.#reader.wants(eventName) || this.#options.limits.wants(eventName);
  }

  /** Something came from Asterisk: up to now, what is known of its calls is true. */
  heard(): void {
    this.#lastHeardAt = this.#options.now();
    this.#readAt = performance.now();
  }

  /**
   * From the last word of Asterisk on, nothing is known; where that had been long on its way, from when it was said.
   * A first login closes no gap that it could date.
   */
  endSession(): void {
    this.#options.limits.endSession();
    const lateMs = Math.round(this.#wayMs.last - this.#wayMs.least);
    const saidAt = this.#lastHeardAt - (lateMs > LATE_MS ? lateMs : 0);
    this.#gapSince ??= this.#hasListened ? saidAt : undefined;
  }

  beginSession(): void {
    this.#reader = new SignalReader();
    this.#wayMs = { last: 0, least: Number.POSITIVE_INFINITY };
    this.#correlator.beginSession(this.#gapSince ?? this.#lastHeardAt);
  }

  /** Called from the socket's own turn of the event loop: does its work at once and waits for nothing. */
  onMessage(message: AmiMessage): void {
    const { now, report, limits, digits } = this.#options;
    limits.onMessage(message);
    const result = this.#reader.read(message, now());
    if (result.kind === 'suspect') report({ type: 'ami-message-suspect', reason: result.reason });
    if (result.kind !== 'signal') return;
    const { signal } = result;
    this.#checkTimestamp(signal.pbxMicros);
    if (signal.type === 'digit-pressed' && !digits) return;
    this.#pbxBehindMs = now() - signal.at;
    const last = performance.now() - signal.at;
    this.#wayMs = { last, least: Math.min(this.#wayMs.least, last) };
    this.#tell(this.#correlator.handle(signal));
    this.#waitForSilence();
  }

  /** Some things are only sure when nothing more is said of them for a moment. */
  #waitForSilence(): void {
    const { nextAt } = this.#correlator;
    if (nextAt === undefined || this.#silence !== undefined) return;
    const inMs = nextAt + this.#pbxBehindMs + GRACE_MS - this.#options.now();
    this.#listenFor(Math.max(MIN_WAIT_MS, inMs));
  }

  #listenFor(ms: number): void {
    const dueAt = performance.now() + ms;
    this.#silence = setTimeout(() => this.#onSilence(performance.now() - dueAt), ms);
    this.#silence.unref();
  }

  /**
   * From a timer: nobody above could catch what is thrown here. A timer that comes late is no silence: nobody listened,
   * and what was said meanwhile is not read yet.
   */
  #onSilence(lateMs: number): void {
    this.#silence = undefined;
    if (lateMs > LATE_MS) {
      this.#listenFor(GRACE_MS);
      return;
    }
    const { now, onError } = this.#options;
    try {
      const told = this.#correlator.elapse(now() - this.#pbxBehindMs - GRACE_MS);
      if (told.length > 0) this.#tell(told);
      this.#waitForSilence();
    } catch (error) {
      onError(error);
    }
  }

  /** Asks Asterisk who it is and what goes on in it, and mends what we believed. */
  async catchUp(session: Pick<AmiSession, 'send' | 'list'>): Promise<PbxIdentity> {
    this.#hasListened = true;
    const settings = await session.send({ name: 'CoreSettings' });
    const restarted = this.#noteStartup(await session.send({ name: 'CoreStatus' }));
    const list = await session.list({ name: 'CoreShowChannels' }, 'CoreShowChannelsComplete');
    const isRefused = isPermissionDenied(list[0]);
    this.#options.limits.settle('reporting', isRefused);
    this.#mend(isRefused ? NO_CHANNELS : toChannelList(list), restarted);
    return {
      asteriskVersion: textOf(settings, 'AsteriskVersion'),
      systemName: textOf(settings, 'SystemName'),
    };
  }

  /** Whether Asterisk was started anew since it was last asked. */
  #noteStartup(status: AmiMessage): boolean {
    const before = this.#startup;
    const startup = startupOf(status);
    this.#startup = startup ?? before;
    return startup !== undefined && before !== undefined && startup !== before;
  }

  /** Tells the gap, then what it hid, then how the two pictures compare. */
  #mend(channels: ChannelList, restarted: boolean): void {
    const at = this.#options.now();
    const gapSince = this.#gapSince;
    this.#gapSince = undefined;
    if (gapSince !== undefined) this.#tellBridge({ event: 'gap', from: gapSince, to: at });
    const ended = restarted ? this.#correlator.restart(at) : NOTHING_ENDED;
    const found = this.#correlator.resync(channels, at);
    this.#tell([...ended.events, ...found.events]);
    const gone = ended.ended + found.ended;
    const counts = { kept: found.kept, ended: gone, found: found.found, restarted };
    if (gapSince !== undefined) this.#tellBridge({ event: 'resync', at, ...counts });
    if (found.kept + gone + found.found === 0 && !restarted) return;
    this.#options.report({ type: 'calls-resynced', ...counts });
  }

  #tellBridge(event: BridgeEvent): void {
    const { outbox, topicPrefix } = this.#options;
    outbox.append([toBridgePublication(topicPrefix, event)]);
  }

  #tell(events: readonly CallEvent[]): void {
    const { outbox, onCalls, report } = this.#options;
    if (events.length > 0) outbox.append(events.map((event) => this.#toPublication(event)));
    onCalls(this.#correlator.openCalls);
    for (const event of events) report(toCallTold(event));
  }

  #toPublication(event: CallEvent): Publication {
    const { topicPrefix, now } = this.#options;
    return { ...toPublication(topicPrefix, event, now()), readAt: this.#readAt };
  }

  /** Without Timestamp headers, times are those of receipt and ids of digits cannot survive a restart. */
  #checkTimestamp(pbxMicros: string | undefined): void {
    if (this.#timestampsKnown) return;
    this.#timestampsKnown = true;
    this.#options.limits.settle('timestamps', pbxMicros === undefined);
  }
}

/** What Asterisk said in time may still be on its way. */
const GRACE_MS = 150;
const MIN_WAIT_MS = 10;
const LATE_MS = 50;

/** Where Asterisk may not be asked, what became of earlier calls will never be known. */
const NO_CHANNELS: ChannelList = { items: [], isComplete: true };
const NOTHING_ENDED: ResyncResult = { events: [], kept: 0, ended: 0, found: 0 };

function textOf(message: AmiMessage, key: string): string | undefined {
  return toText(header(message, key) ?? '') || undefined;
}

/** Any other error passes: an Asterisk that is going down says so here too. */
function isPermissionDenied(answer: AmiMessage | undefined): boolean {
  return answer?.kind === 'response' && header(answer, 'Message') === 'Permission denied';
}

/** When this Asterisk came up, in its own local time; `undefined` where the AMI user may not ask. */
function startupOf(status: AmiMessage): string | undefined {
  const date = header(status, 'CoreStartupDate');
  return date === undefined ? undefined : `${date} ${header(status, 'CoreStartupTime')}`;
}
