// What the benches of the outbox put in: three events a call, the last of which ends it.

import type { Publication } from '../src/core/event/publication.ts';

export const PAYLOAD = JSON.stringify({ event: 'ringing', text: 'x'.repeat(400) });

export function publication(n: number): Publication {
  const callId = `1770888509.${Math.floor(n / 3)}`;
  return {
    topic: `asterisk/call/${callId}/ringing`,
    payload: PAYLOAD,
    retain: false,
    schema: 'asterisk-mqtt/call/1',
    id: `asterisk/${callId}/ringing`,
    at: Date.now(),
    callId,
    ends: n % 3 === 2,
  };
}
