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
};

/** A digit was pressed. `occurrence` tells repeats apart: the PBX's microseconds, else a count from 1. */
export type Dtmf = Told & {
  readonly event: 'dtmf';
  readonly occurrence: string;
  readonly digit: string;
  readonly by: Party;
  readonly durationSeconds: number;
};

export type CallEvent = Ringing | Answered | Hungup | Dtmf;
