// What a consumer must know about the stream itself, told on `{prefix}/bridge/event`.

import { toTimestamp } from './payload.ts';
import type { Publication } from './publication.ts';
import { bridgeTopic } from './topic.ts';

/** Moments are epoch milliseconds of this machine's clock. */
export type BridgeEvent =
  /** Nothing was heard of Asterisk between these moments; what happened then is not told. */
  | { readonly event: 'gap'; readonly from: number; readonly to: number }
  /** What Asterisk says is going on, against what was known: calls that go on, ended unseen, were found. */
  | {
      readonly event: 'resync';
      readonly at: number;
      readonly kept: number;
      readonly ended: number;
      readonly found: number;
      readonly restarted: boolean;
    }
  /** Messages that will never be delivered, told between `from` and `to`. */
  | {
      readonly event: 'shed';
      readonly at: number;
      readonly events: number;
      readonly reasons: Readonly<Record<string, number>>;
      readonly from: number;
      readonly to: number;
    };

const DESCRIPTIONS = {
  gap: 'The link to Asterisk was down; events of this time are missing',
  resync: 'Open calls were compared with what Asterisk says is going on',
  shed: 'Messages were dropped and will not be delivered',
} as const satisfies Record<BridgeEvent['event'], string>;

export function toBridgePublication(prefix: string, event: BridgeEvent): Publication {
  const at = event.event === 'gap' ? event.to : event.at;
  const id = `${prefix}/bridge/${event.event}/${at}`;
  const payload = JSON.stringify({
    event: event.event,
    description: DESCRIPTIONS[event.event],
    ...ownKeys(event),
    timestamp: toTimestamp(at),
    id,
  });
  const topic = bridgeTopic(prefix, 'bridge/event');
  return { topic, payload, retain: false, schema: 'asterisk-mqtt/bridge/1', at };
}

function ownKeys(event: BridgeEvent): Readonly<Record<string, unknown>> {
  if (event.event === 'resync') {
    const { kept, ended, found, restarted } = event;
    return { kept, ended, found, restarted };
  }
  const span = { from: toTimestamp(event.from), to: toTimestamp(event.to) };
  return event.event === 'gap' ? span : { events: event.events, reasons: event.reasons, ...span };
}
