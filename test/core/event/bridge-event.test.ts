import { describe, expect, it } from 'vitest';
import { type BridgeEvent, toBridgePublication } from '../../../src/core/event/bridge-event.ts';

const GAP: BridgeEvent = { event: 'gap', from: 1_000, to: 61_000 };
const RESYNC: BridgeEvent = {
  event: 'resync',
  at: 61_000,
  kept: 1,
  ended: 2,
  found: 3,
  restarted: false,
};
const SHED: BridgeEvent = {
  event: 'shed',
  at: 61_000,
  events: 5,
  reasons: { max_age: 5 },
  from: 1_000,
  to: 2_000,
};

describe('what is told of the stream itself', () => {
  it.each([
    [GAP, { from: '1970-01-01T00:00:01.000Z', to: '1970-01-01T00:01:01.000Z' }],
    [RESYNC, { kept: 1, ended: 2, found: 3, restarted: false }],
    [
      SHED,
      {
        events: 5,
        reasons: { max_age: 5 },
        from: '1970-01-01T00:00:01.000Z',
        to: '1970-01-01T00:00:02.000Z',
      },
    ],
  ])('is one message of its own: %#', (event, own) => {
    const { payload, ...rest } = toBridgePublication('asterisk', event);
    expect(rest).toMatchObject({
      topic: 'asterisk/bridge/event',
      retain: false,
      schema: 'asterisk-mqtt/bridge/1',
      at: 61_000,
    });
    const { description, timestamp, id, ...told } = JSON.parse(payload);
    expect(told).toEqual({ event: event.event, ...own });
    expect(description).toMatch(/^[A-Z]/);
    expect(timestamp).toBe('1970-01-01T00:01:01.000Z');
    expect(id).toBe(`asterisk/bridge/${event.event}/61000`);
  });
});
