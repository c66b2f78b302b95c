// What is told about a call: one discriminated union, one member per event. payload.ts gives it its JSON spelling.

import type { CauseName } from '../ami/hangup-cause.ts';

/** A person as subscribers see one. `extension` is '' where it is unknown or withheld. */
export type Party = {
  readonly extension: string;
  readonly name?: string;
  readonly anonymous?: true;
};

/** How a call ended, in one word. */
export type Disposition =
  | 'answered'
  | 'cancelled'
  | 'system'
  | 'busy'
  | 'rejected'
  | 'no_answer'
  | 'failed'
  | 'merged'
  | 'unknown';

export type CauseWord = CauseName | 'cancelled' | 'unreachable' | 'pbx_restart' | 'unknown';

export type HungupBy = 'caller' | 'callee' | 'system';

/** What every event of a call carries. `at` is epoch milliseconds; `sequence` counts the events of the call from 1. */
export type Told = {
  readonly callId: string;
  readonly from: Party;
  readonly to: Party;
  readonly at: number;
  readonly sequence: number;
  /** Not seen to happen, but learned of later. */
  readonly inferred?: true;
};

export type Ringing = Told & { readonly event: 'ringing' };

export type Answered = Told & {
  readonly event: 'answered';
  readonly answeredBy: Party;
  /** First ring to answer, seconds; absent where the ring was not seen. */
  readonly ringSeconds?: number;
};

export type Hungup = Told & {
  readonly event: 'hungup';
  readonly answeredBy?: Party;
  readonly cause: CauseWord;
  readonly causeCode: number;
  /** The raw Q.850 number of the caller's channel, where one was seen. */
  readonly pbxCauseCode?: number;
  /** Answer to end, seconds; 0 if never answered. */
  readonly talkSeconds: number;
  /** First ring to end, or start to end where nothing rang; seconds. */
  readonly totalSeconds: number;
  readonly disposition: Disposition;
  /** Whether a phone rang. Not told here: subscribers heard of it when it did. */
  readonly rang?: true;
  readonly hungupBy?: HungupBy;
  readonly mergedInto?: string;
  /** Epoch milliseconds of the last sign of life, where the end itself was not seen. */
  readonly lastSeenAt?: number;
  /** Why it is this cause and disposition. Not told here: it is for who asks the bridge itself. */
  readonly why: string;
};

/** A digit was pressed. */
export type Dtmf = Repeated & {
  readonly event: 'dtmf';
  readonly digit: string;
  readonly by: Party;
  readonly durationSeconds: number;
};

/** What of the phone system picked up. */
export type Service =
  | 'menu'
  | 'announcement'
  | 'queue'
  | 'voicemail'
  | 'parking'
  | 'echo'
  | 'other';

/** The phone system itself picked the call up. `service` is absent where nothing tells it. */
export type SystemAnswered = Told & {
  readonly event: 'system_answered';
  readonly service?: Service;
  /** The queue or mailbox. */
  readonly serviceName?: string;
};

/** `occurrence` tells repeats in one call apart: the PBX's microseconds, else a count from 1. */
type Repeated = Told & { readonly occurrence: string };

export type Queued = Repeated & {
  readonly event: 'queued';
  readonly queue: string;
  /** From 1. */
  readonly position: number;
};

export type LeftQueue = Repeated & {
  readonly event: 'left_queue';
  readonly queue: string;
  readonly reason: 'connected' | 'abandoned' | 'timeout' | 'exited' | 'unavailable' | 'unknown';
  readonly waitSeconds: number;
};

export type Held = Repeated & { readonly event: 'held'; readonly by: Party };

export type Resumed = Repeated & { readonly event: 'resumed'; readonly by: Party };

/** Somebody new is connected in the place of another. */
export type Transferred = Repeated & {
  readonly event: 'transferred';
  readonly transfer: 'blind' | 'attended' | 'redirect' | 'pickup';
  /** Absent where nothing tells who did it. */
  readonly by?: Party;
  readonly transferredTo: Party;
  readonly replaces?: Party;
};

export type Parked = Repeated & {
  readonly event: 'parked';
  readonly slot: string;
  readonly by?: Party;
};

/** Out of its slot: somebody fetched it, or it went back to who had parked it. */
export type Retrieved = Repeated & {
  readonly event: 'retrieved';
  readonly slot: string;
  readonly by?: Party;
  readonly reason: 'retrieved' | 'timeout';
};

export type StoryEvent =
  | SystemAnswered
  | Queued
  | LeftQueue
  | Held
  | Resumed
  | Transferred
  | Parked
  | Retrieved;

export type CallEvent = Ringing | Answered | Hungup | Dtmf | StoryEvent;
