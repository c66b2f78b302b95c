// What a story is made of: an entry for each message of a capture, and for each silence that was long enough to tell
// something.

import type { CallEvent } from '../event/call-event.ts';
import type { Suspect } from '../pbx/signal.ts';

/** What was seen, in one line, and when: epoch milliseconds by the clock of the signals. */
export type Sight = { readonly at: number; readonly line: string };

/** `at` is absent where no signal has come yet that would tell the clock. */
type Unsure = { readonly at: number | undefined; readonly line: string };

/** An event, and the rule that made it. */
export type Told = {
  readonly event: CallEvent;
  /** A sentence; `undefined` where no rule is known for it, which is a mistake of ours. */
  readonly why: string | undefined;
  /** What it tells of, where that is not the message that it was told at. */
  readonly since: Sight | undefined;
};

export type SuspectReason = Suspect['reason'];

export type Entry =
  /** A message that says something of calls. */
  | (Sight & {
      readonly kind: 'signal';
      readonly callId: string | undefined;
      readonly told: readonly Told[];
      /** Why nothing was told; `undefined` where something was. */
      readonly nothing: string | undefined;
    })
  /** Nothing that changes it was said for a while, and so it is told. */
  | {
      readonly kind: 'silence';
      readonly at: number;
      readonly callId: string | undefined;
      readonly told: readonly Told[];
    }
  /** Kept out of the model: it is damaged, or forged. */
  | (Unsure & { readonly kind: 'suspect'; readonly reason: SuspectReason })
  /** Of a kind that says something of calls, and yet it does not. */
  | (Unsure & { readonly kind: 'void'; readonly reason: string })
  /** Read for nothing but whether it is whole. */
  | { readonly kind: 'checked'; readonly name: string }
  | { readonly kind: 'unread'; readonly name: string }
  /** An answer to an action of the session that was recorded. */
  | { readonly kind: 'answer' }
  /** The end of the capture cut a message off. */
  | { readonly kind: 'torn'; readonly bytes: number };
