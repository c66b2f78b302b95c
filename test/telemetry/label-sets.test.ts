// Telemetry does not know the core: what both name is compared here.

import { expect, it } from 'vitest';
import { CALL_MESSAGES } from '../../src/core/event/call-messages.ts';
import { CAUSE, DISPOSITION } from '../../src/core/event/call-words.ts';
import {
  CALL_EVENTS,
  CAUSES,
  DISPOSITIONS,
  USUAL_ENDINGS,
} from '../../src/telemetry/label-sets.ts';

const OTHER = 'other';

it('every event of a call has a label of its own', () => {
  expect(CALL_EVENTS).toEqual([...Object.keys(CALL_MESSAGES), OTHER]);
});

it('every disposition has a label of its own', () => {
  expect(DISPOSITIONS).toEqual([...Object.keys(DISPOSITION.meanings ?? {}), OTHER]);
});

it('no cause has a label that is none', () => {
  const causes = [...Object.keys(CAUSE.meanings ?? {}), OTHER];
  expect(CAUSES.filter((cause) => !causes.includes(cause))).toEqual([]);
});

it('the usual endings are endings', () => {
  for (const { disposition, cause } of USUAL_ENDINGS) {
    expect(DISPOSITIONS).toContain(disposition);
    expect(CAUSES).toContain(cause);
  }
});
