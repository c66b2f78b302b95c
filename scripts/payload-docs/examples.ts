// One message of each kind to show: what recordings of real Asterisks tell, and for what no recording has, what the bridge
// itself makes of values.

import { type BridgeEvent, toBridgePublication } from '../../src/core/event/bridge-event.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { callPayload } from '../../src/core/event/payload.ts';
import {
  toCallsPublication,
  toInfoPublication,
  toStatePublication,
} from '../../src/core/event/retained.ts';
import { payloadsOf } from '../../test/support/captures.ts';

export type Payload = string | Readonly<Record<string, unknown>>;

/** By the name of its message: an event, or what stands on a retained topic. */
export function readExamples(): Readonly<Record<string, Payload>> {
  const recorded = Object.entries(RECORDED).map(([event, scenario]) => {
    const payload = payloadsOf(`testdata/fixtures/${scenario}.raw`).find(
      (one) => one.event === event,
    );
    if (payload === undefined) throw new Error(`${scenario} tells no ${event}`);
    return [event, payload] as const;
  });
  return { ...Object.fromEntries(recorded), ...made() };
}

const RECORDED: Readonly<Record<Exclude<CallEvent['event'], 'dtmf'>, string>> = {
  ringing: 'answered-internal',
  answered: 'answered-internal',
  hungup: 'answered-internal',
  system_answered: 'queue-voicemail',
  queued: 'queue-voicemail',
  left_queue: 'queue-voicemail',
  held: 'hold',
  resumed: 'hold',
  transferred: 'transfer-attended-callee',
  parked: 'park-retrieved',
  retrieved: 'park-retrieved',
};

const STARTED_AT = Date.UTC(2026, 10, 21, 4, 53, 45, 396);
const LATER = STARTED_AT + 60_000;

/** No recording was made with the right to see digits, and the others are no matter of Asterisk's. */
function made(): Readonly<Record<string, Payload>> {
  const link = { online: true, since: STARTED_AT + 24 };
  const pbx = { name: 'berlin', asteriskVersion: '22.10.1' };
  const info = { version: '1.0.0', pbx, ami: link, broker: link, startedAt: STARTED_AT };
  const counts = { active: 1, ringing: 1, answered: 0 };
  const span = { from: STARTED_AT, to: LATER };
  const json = ({ payload }: { readonly payload: string }) => JSON.parse(payload);
  const bridge = (event: BridgeEvent) => json(toBridgePublication('asterisk', event));
  return {
    dtmf: JSON.parse(callPayload('asterisk', DTMF)),
    state: toStatePublication('asterisk', 'bridge/state', link).payload,
    info: json(toInfoPublication('asterisk', info, LATER)),
    calls: json(toCallsPublication('asterisk', counts, LATER)),
    gap: bridge({ event: 'gap', ...span }),
    resync: bridge({ event: 'resync', at: LATER, kept: 2, ended: 1, found: 0, restarted: false }),
    shed: bridge({ event: 'shed', at: LATER, events: 5, reasons: { max_age: 5 }, ...span }),
  };
}

const DTMF: CallEvent = {
  event: 'dtmf',
  callId: '1795236970.0',
  from: { extension: '501', name: 'Anna Bert' },
  to: { extension: '502', name: 'Carl Dora' },
  digit: '5',
  by: { extension: '501', name: 'Anna Bert' },
  durationSeconds: 0.12,
  at: Date.UTC(2026, 10, 21, 4, 56, 12, 104),
  occurrence: '1795236972104318',
  sequence: 3,
};
