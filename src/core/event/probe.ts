// What `doctor` publishes to learn whether the broker lets us: there is no way to ask that harms nobody and is answered.
//
// - Below `call/`, an access list can tell topics apart only by their number of levels, so the probe has the shape of a
//   call event: `call/doctor/probe`. It is JSON with every key that a call event has, since a consumer of `call/#` may read
//   them before it looks at `event`, and an empty payload is no JSON; but its event is one that nobody acts on.
// - Of `bridge/` it takes a topic of its own, since what stands on the others is believed, and what the bridge has said
//   there must not be replaced. An access list that names every topic has to name this one too.
// - Neither is retained: nothing of it stays.

import type { Publication } from './publication.ts';
import { toTimestamp } from './timestamp.ts';

export type Probe = 'call/doctor/probe' | 'bridge/doctor';

const DESCRIPTION = 'No call and no event: asterisk-mqtt doctor tries whether it may publish here';

/** `at`: epoch milliseconds. */
export function toProbe(prefix: string, probe: Probe, at: number): Publication {
  const timestamp = toTimestamp(at);
  const payload =
    probe === 'bridge/doctor'
      ? { event: 'probe', description: DESCRIPTION, timestamp }
      : {
          event: 'probe',
          description: DESCRIPTION,
          call_id: 'doctor',
          from: { extension: '' },
          to: { extension: '' },
          timestamp,
          id: `${prefix}/doctor/probe`,
          sequence: 1,
        };
  return { topic: `${prefix}/${probe}`, payload: JSON.stringify(payload), retain: false, at };
}
