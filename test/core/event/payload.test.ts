import { describe, expect, it } from 'vitest';
import { HANGUP_CAUSES } from '../../../src/core/ami/hangup-cause.ts';
import type { CallEvent, CauseWord } from '../../../src/core/event/call-event.ts';
import { callPayload, eventId } from '../../../src/core/event/payload.ts';
import { toTimestamp } from '../../../src/core/event/timestamp.ts';
import { ANSWERED, CALL_EVENTS, DTMF, HUNGUP, RINGING } from './call-events.ts';

function payload(event: CallEvent): Record<string, unknown> {
  return JSON.parse(callPayload('asterisk', event));
}

/** The payload as a person would lay it out: keys in their order. */
function lines(event: CallEvent): string {
  return JSON.stringify(payload(event), null, 1).replaceAll(/\n */g, ' ');
}

describe('the payload', () => {
  it('of ringing is the example of the contract, key by key', () => {
    expect(callPayload('asterisk', RINGING)).toBe(
      '{"event":"ringing","description":"A call is ringing and waiting to be answered",' +
        '"call_id":"1770888509.40","from":{"extension":"1986","name":"Martin"},' +
        '"to":{"extension":"21","name":"Kitchen"},"timestamp":"2026-02-12T10:30:00.125Z",' +
        '"id":"asterisk/1770888509.40/ringing","sequence":1}',
    );
  });

  it('of answered says who lifted and how long it rang', () => {
    expect(lines(ANSWERED)).toContain(
      '"description": "The call has been answered and parties are now connected",',
    );
    expect(lines(ANSWERED)).toContain(
      '"to": { "extension": "21", "name": "Kitchen" },' +
        ' "answered_by": { "extension": "21", "name": "Kitchen" }, "ring_duration_seconds": 4.321,' +
        ' "timestamp":',
    );
  });

  it('of hungup says how it ended', () => {
    expect(lines(HUNGUP)).toContain('"event": "hungup", "description": "The call has ended",');
    expect(lines(HUNGUP)).toContain(
      '"to": { "extension": "21", "name": "Kitchen" }, "answered_by": { "extension": "21" },' +
        ' "cause": "normal_clearing",' +
        ' "cause_description": "The call was hung up normally by one of the parties",' +
        ' "cause_code": 16, "pbx_cause_code": 127, "talk_duration_seconds": 61.5,' +
        ' "total_duration_seconds": 65.821, "disposition": "answered", "hungup_by": "caller",' +
        ' "merged_into": "1770888400.7", "last_seen": "2026-02-12T10:30:00.125Z",' +
        ' "inferred": true, "timestamp":',
    );
  });

  it('of dtmf says which digit, by whom and how long', () => {
    expect(lines(DTMF)).toContain(
      '"digit": "#", "by": { "extension": "1986", "name": "Martin" }, "duration_seconds": 0.12,' +
        ' "timestamp":',
    );
    expect(payload(DTMF).id).toBe('asterisk/1770888509.40/dtmf/1770888509123456');
  });

  it('leaves out what is not known', () => {
    const { ringSeconds: _, ...answered } = ANSWERED;
    expect(payload(answered)).not.toHaveProperty('ring_duration_seconds');
    const { answeredBy, pbxCauseCode, hungupBy, mergedInto, lastSeenAt, inferred, ...hungup } =
      HUNGUP;
    expect(Object.keys(payload(hungup))).toEqual([
      ...['event', 'description', 'call_id', 'from', 'to', 'cause', 'cause_description'],
      ...['cause_code', 'talk_duration_seconds', 'total_duration_seconds', 'disposition'],
      ...['timestamp', 'id', 'sequence'],
    ]);
  });

  it('keeps what is nought', () => {
    expect(payload({ ...ANSWERED, ringSeconds: 0 })).toMatchObject({ ring_duration_seconds: 0 });
    expect(payload({ ...HUNGUP, pbxCauseCode: 0, causeCode: 0 })).toMatchObject({
      pbx_cause_code: 0,
      cause_code: 0,
    });
  });

  it('begins and ends with the same keys for every event', () => {
    for (const event of CALL_EVENTS) {
      const keys = Object.keys(payload(event));
      expect(keys.slice(0, 5)).toEqual(['event', 'description', 'call_id', 'from', 'to']);
      expect(keys.slice(-3)).toEqual(['timestamp', 'id', 'sequence']);
    }
  });

  it('shows a caller who does not want to be known', () => {
    const from = { extension: '', anonymous: true } as const;
    expect(payload({ ...RINGING, from }).from).toEqual(from);
  });

  it('has a sentence for every cause, and for each another', () => {
    const own: readonly CauseWord[] = ['cancelled', 'unreachable', 'pbx_restart', 'unknown'];
    const words = [...Object.values(HANGUP_CAUSES).map(([word]) => word), ...own];
    const sentences = words.map((cause) => payload({ ...HUNGUP, cause }).cause_description);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].{10,}[^.]$/);
    // An unregistered phone is one to Asterisk and to us.
    expect(new Set(sentences).size).toBe(words.length - 1);
  });

  it.each([
    ['user_busy', 'The destination was busy'],
    ['cancelled', 'The caller hung up before the call was answered'],
  ] as const)('says what %s means: %s', (cause, sentence) => {
    expect(payload({ ...HUNGUP, cause }).cause_description).toBe(sentence);
  });
});

describe('the id of an event', () => {
  it.each([
    [RINGING, 'pbx/berlin/1770888509.40/ringing'],
    [ANSWERED, 'pbx/berlin/1770888509.40/answered'],
    [HUNGUP, 'pbx/berlin/1770888509.40/hungup'],
    [DTMF, 'pbx/berlin/1770888509.40/dtmf/1770888509123456'],
  ] as const)('is the same for the same fact: %#', (event, id) => {
    expect(eventId('pbx/berlin', event)).toBe(id);
    expect(eventId('pbx/berlin', { ...event, sequence: 9, at: 0 })).toBe(id);
  });
});

it('tells a moment in UTC with milliseconds', () => {
  expect(toTimestamp(0)).toBe('1970-01-01T00:00:00.000Z');
  expect(toTimestamp(RINGING.at)).toBe('2026-02-12T10:30:00.125Z');
});
