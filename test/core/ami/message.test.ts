import { describe, expect, it } from 'vitest';
import { hasOnce, header, headers, splitLine, toMessage } from '../../../src/core/ami/message.ts';
import { eventText, messageText } from '../../support/ami-text.ts';

const NEWSTATE = eventText('Newstate', ['Channel', 'PJSIP/101-00000001'], ['AccountCode', '']);

describe('a message', () => {
  it('is an event by its first header', () => {
    expect(toMessage(NEWSTATE)).toEqual({ kind: 'event', name: 'Newstate', text: NEWSTATE });
  });

  it('is a response by its first header', () => {
    const text = messageText(['Response', 'Success'], ['ActionID', '1'], ['Message', 'Hello']);
    expect(toMessage(text)).toEqual({ kind: 'response', name: 'Success', text });
  });

  it.each([
    ['begins with another header', 'Privilege: call,all\r\nEvent: Hangup\r\n'],
    ['begins in mid-line', 'nel: PJSIP/101-00000001\r\n'],
    ['is binary noise', '\x00\xff\xfe\x01\r\n'],
    ['has a line that ends in a lone line feed', 'Event: Hangup\r\nExten: 1\nCause: 16\r\n'],
    ['has a line without a colon', 'Event: Hangup\r\nhello\r\n'],
    ['has a key with a space', 'Event: Hangup\r\nCaller ID: 1\r\n'],
    ['has a key with an umlaut', 'Event: Hangup\r\nKanal\xe4: 1\r\n'],
    ['has a line that begins with a colon alone', 'Event: Hangup\r\n: 1\r\n'],
    ['has an empty line in it', 'Event: Hangup\r\n\nCause: 16\r\n'],
    ['has no end of line', 'Event: Hangup'],
    ['is empty', ''],
  ])('is malformed where it %s', (_, text) => {
    expect(toMessage(text)).toEqual({ kind: 'suspect', reason: 'malformed', text });
  });

  it.each([
    ['Event', 'Hangup'],
    ['Response', 'Success'],
  ])('is suspect with a second %s header', (key, value) => {
    expect(toMessage(`${NEWSTATE}${key}: ${value}\r\n`)).toMatchObject({
      kind: 'suspect',
      reason: 'second-event',
    });
  });

  it('may have any headers where it is a UserEvent', () => {
    const text = eventText('UserEvent', ['UserEvent', 'Door'], ['Event', 'x'], ['Response', 'y']);
    expect(toMessage(text)).toMatchObject({ kind: 'event', name: 'UserEvent' });
  });

  it('says in an OriginateResponse whether a call came about', () => {
    const text = eventText('OriginateResponse', ['ActionID', '1'], ['Response', 'Failure']);
    expect(toMessage(text)).toMatchObject({ kind: 'event', name: 'OriginateResponse' });
    expect(toMessage(`${text}Event: Hangup\r\n`)).toMatchObject({ kind: 'suspect' });
  });

  it('may have a channel of any name in a key', () => {
    const key = 'ChanVariable(Local/101@a;b-00000001;1)';
    expect(toMessage(`${NEWSTATE}${key}: x=y\r\n`)).toMatchObject({ kind: 'event' });
  });

  it.each(['Agents', 'CoreShowChannelMap'])('may have bare line feeds where it is %s', (name) => {
    const message = toMessage(`Event: ${name}\r\nAgent: 1\nStatus: idle\r\n`);
    expect(message).toMatchObject({ kind: 'event', name });
    expect([...headers(message)]).toEqual([
      ['Event', name],
      ['Agent', '1'],
      ['Status', 'idle'],
    ]);
  });

  it('is judged in no time, however long its lines', () => {
    const colons = ':'.repeat(1_000_000);
    const letters = 'a'.repeat(1_000_000);
    for (const line of [
      `A${colons}\n`,
      `${letters}\n`,
      `${letters} \r\n`,
      `${colons} ${colons}\n`,
    ]) {
      expect(toMessage(`Event: X\r\n${line}B: c\r\n`)).toMatchObject({ reason: 'malformed' });
    }
    expect(toMessage(`Event: X\r\nA${colons}\r\n`)).toMatchObject({ kind: 'event' });
  });
});

describe('a header', () => {
  const text = messageText(
    ['Event', 'Test'],
    ['Variable', 'a: b: c'],
    ['Empty', ''],
    ['Variable', 'second'],
    ['Return', 'one\rtwo'],
    ['Long', 'a value that is longer than twelve characters'],
  );

  it.each([
    ['Event', 'Test'],
    ['Variable', 'a: b: c'],
    ['Empty', ''],
    ['Return', 'one\rtwo'],
    ['Long', 'a value that is longer than twelve characters'],
    ['Vari', undefined],
    ['ariable', undefined],
    ['a', undefined],
    ['Missing', undefined],
  ])('%s is the value of its first line: %j', (key, value) => {
    expect(header({ text }, key)).toBe(value);
  });

  it('is read up to the end of a text without a line break', () => {
    expect(header({ text: 'Response: Success' }, 'Response')).toBe('Success');
  });

  it('loses the CR of its line break and no other', () => {
    expect(header({ text: 'Event: X\r\nA: b\r\r\nC: d\n' }, 'A')).toBe('b\r');
    expect(header({ text: 'Event: X\r\nA: b\r\r\nC: d\n' }, 'C')).toBe('d');
  });

  it('stands there once, more often, or not at all', () => {
    expect(hasOnce({ text }, 'Empty')).toBe(true);
    expect(hasOnce({ text }, 'Variable')).toBe(false);
    expect(hasOnce({ text }, 'Missing')).toBe(false);
  });

  it('keeps its place among the others, repeats and oddities too', () => {
    expect([...headers({ text: `${text}no colon\r\nNarrow:1\r\n` })]).toEqual([
      ['Event', 'Test'],
      ['Variable', 'a: b: c'],
      ['Empty', ''],
      ['Variable', 'second'],
      ['Return', 'one\rtwo'],
      ['Long', 'a value that is longer than twelve characters'],
      ['', 'no colon'],
      ['Narrow', '1'],
    ]);
  });

  it.each([
    ['Key: a: b', ['Key', 'a: b']],
    ['ChanVariable(a:b): c=d', ['ChanVariable(a:b)', 'c=d']],
    ['Key:value', ['Key', 'value']],
    ['Key:', ['Key', '']],
    ['Key: ', ['Key', '']],
    ['nothing', ['', 'nothing']],
  ])('is split where its key ends: %s', (line, parts) => {
    expect(splitLine(line)).toEqual(parts);
  });
});
