// An open call as text, so that it outlives the process: all that is known of it, of its channels, and of the bridges that
// they are in. What cannot be read any more is nothing.

import type { Channel } from '../pbx/channel.ts';
import type { BridgeSnapshot } from '../pbx/signal.ts';
import type { Call } from './call.ts';
import type { Conversation, Meeting } from './conversation.ts';
import { isSavedCall } from './saved-shape.ts';

export type SavedChannel = {
  readonly channel: Channel;
  readonly bridge?: BridgeSnapshot | undefined;
};

export type SavedMeeting = Omit<Meeting, 'persons'> & { readonly persons: readonly string[] };

export type SavedConversation = Omit<Conversation, 'meeting'> & {
  readonly meeting: SavedMeeting | undefined;
};

type Entries<M> = M extends Map<infer K, infer V> ? readonly (readonly [K, V])[] : M;

/** A change of any type in it that makes older texts wrong needs a new version. */
export type SavedCall = {
  readonly version: typeof VERSION;
  /** Its channels stand beside it. */
  readonly call: Omit<Call, 'personIds' | 'plumbingIds' | 'conversation' | 'holds' | 'repeats'> & {
    readonly conversation: SavedConversation | undefined;
    readonly holds: Entries<Call['holds']>;
    readonly repeats: Entries<Call['repeats']>;
  };
  readonly channels: readonly SavedChannel[];
};

export type RestoredCall = {
  readonly call: Call;
  readonly channels: readonly SavedChannel[];
};

const VERSION = 2;

/** JSON leaves out what is undefined. */
const NO_CHANNELS = { personIds: undefined, plumbingIds: undefined };

export function toSavedText(call: Call, channels: readonly SavedChannel[]): string {
  const saved: SavedCall = {
    version: VERSION,
    call: {
      ...call,
      ...NO_CHANNELS,
      conversation: call.conversation && toSavedConversation(call.conversation),
      holds: call.holds && [...call.holds],
      repeats: call.repeats && [...call.repeats],
    },
    channels,
  };
  return JSON.stringify(saved);
}

/** `undefined` where the text is damaged, or of a version that is not known. */
export function fromSavedText(text: string): RestoredCall | undefined {
  const saved = parse(text);
  if (!isSavedCall(saved)) return undefined;
  const { call, channels } = saved;
  const ids = (isPersons: boolean) =>
    channels
      .filter(({ channel }) => (channel.kind === 'person') === isPersons)
      .map(({ channel }) => channel.id);
  return {
    call: {
      ...call,
      personIds: ids(true),
      plumbingIds: ids(false),
      conversation: call.conversation && toConversation(call.conversation),
      holds: call.holds && new Map(call.holds),
      repeats: call.repeats && new Map(call.repeats),
    },
    channels,
  };
}

function toSavedConversation({ meeting, ...rest }: Conversation): SavedConversation {
  return { ...rest, meeting: meeting && { ...meeting, persons: [...meeting.persons] } };
}

function toConversation({ meeting, ...rest }: SavedConversation): Conversation {
  return { ...rest, meeting: meeting && { ...meeting, persons: new Set(meeting.persons) } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // damaged
  }
}
