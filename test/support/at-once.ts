// A comparison with what Asterisk says that exists, in one go.

import type { ResyncCounts, ResyncSteps } from '../../src/core/call/correlator.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';

export function atOnce(steps: ResyncSteps): ResyncCounts & { events: CallEvent[] } {
  const events: CallEvent[] = [];
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return { events, ...step.value };
    events.push(...step.value);
  }
}
