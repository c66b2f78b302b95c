// A recording of thirty calls with everything between its messages that must not matter.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import type { CallEvent } from '../../../src/core/event/call-event.ts';
import { isSignal, SignalReader } from '../../../src/core/pbx/signal.ts';
import { MessageStream } from '../../../src/io/ami/message-stream.ts';
import { block, eventText } from '../../support/ami-text.ts';
import { runs } from '../../support/property-runs.ts';

const RECORDING = readFileSync('testdata/fixtures/interleaved-30.raw', 'latin1');
const MESSAGES = RECORDING.slice(RECORDING.indexOf('\n') + 1)
  .split(/(?<=\r\n\r\n)/)
  .filter((text) => text.endsWith('\r\n\r\n'));

const STRANGER = { channel: 'PJSIP/999-00000999', id: '1770000000.999' };
const hostile = (event: string, num: string) =>
  `${eventText(event, ...block({ ...STRANGER, num }))}\r\n`;

const BAD: Readonly<Record<string, string>> = {
  'binary noise': '\x00\xff\xfe\x01\x80\r\n\r\n',
  'noise of one byte': 'x\r\n\r\n',
  'empty lines': '\r\n\r\n\r\n',
  'a line that is too long': `Event: Hangup\r\nX: ${'x'.repeat(3_000)}\r\n\r\n`,
  'a message that is too long': `Event: Hangup\r\n${'X: y\r\n'.repeat(2_000)}\r\n`,
  'a second event': hostile('Hangup', '1\r\nEvent: Hangup'),
  'a header of its own': hostile('HangupRequest', '1\r\nLinkedid: 1'),
  'a line feed': hostile('Newstate', '1\nCause: 16'),
  'an event in a number': hostile('Newchannel', '1\r\n\r\nEvent: Hangup\r\nChannel: x\r\nCause: 1'),
  'a shutdown in a number': hostile(
    'Newstate',
    '1\r\n\r\nEvent: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: False',
  ),
  'something in a number': hostile('NewConnectedLine', '1\r\n\r\nEvent: Nothing'),
  'a response in a number': hostile('Newstate', '1\r\n\r\nResponse: Success'),
  'a response': 'Response: Success\r\nActionID: 1\r\n\r\n',
  'an event of no name': 'Event: \r\n\r\n',
  'an event of an odd name': 'Event: constructor\r\nChannel: x\r\n\r\n',
};

/** What is told of a stream as the bridge reads it; limits are small, so that the tests are. */
function tell(stream: string): {
  readonly events: readonly CallEvent[];
  readonly suspects: number;
} {
  const reader = new SignalReader();
  const correlator = new Correlator();
  const events: CallEvent[] = [];
  let suspects = 0;
  const messages = new MessageStream({
    limits: { maxMessageBytes: 10_000, maxLineBytes: 2_000 },
    wanted: (name) => reader.wants(name),
    onMessage: (message) => {
      const result = reader.read(message, 0);
      if (result?.type === 'suspect') suspects += 1;
      if (isSignal(result)) events.push(...correlator.handle(result));
    },
  });
  messages.push(Buffer.from(stream, 'latin1'));
  return { events, suspects };
}

describe('thirty calls are told as they were', () => {
  const { events: expected, suspects: usual } = tell(MESSAGES.join(''));

  it('from the recording', () => {
    expect(expected.filter(({ event }) => event === 'hungup')).toHaveLength(30);
  });

  it.each(Object.entries(BAD))('with %s before every message', (name, bad) => {
    const { events, suspects } = tell(MESSAGES.map((text) => bad + text).join(''));
    expect(events).toEqual(expected);
    const isCounted = !/empty lines|too long|no name|odd name/.test(name);
    if (isCounted) expect(suspects - usual).toBeGreaterThanOrEqual(MESSAGES.length);
  });

  it('with any of it anywhere', () => {
    const bad = fc.array(
      fc.tuple(fc.nat(MESSAGES.length), fc.constantFrom(...Object.values(BAD))),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(bad, (pieces) => {
        const stream = [...MESSAGES];
        for (const [at, text] of pieces) stream.splice(at, 0, text);
        expect(tell(stream.join('')).events).toEqual(expected);
      }),
      { numRuns: runs(10) },
    );
  });
});
