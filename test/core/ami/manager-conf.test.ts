import { describe, expect, it } from 'vitest';
import { toConfAnswer, toConfQuestion, toManagerConf } from '../../../src/core/ami/manager-conf.ts';
import { toMessage } from '../../../src/core/ami/message.ts';
import { messageText } from '../../support/ami-text.ts';

describe('a question about manager.conf', () => {
  it('asks for the last value of a key', () => {
    expect(toConfQuestion('mqtt-bridge', 'read')).toEqual({
      name: 'Getvar',
      headers: [['Variable', 'AST_CONFIG(manager.conf,mqtt-bridge,read,-1)']],
    });
  });

  it.each(['a,b', 'a)', 'a(b', '$X', 'a b', '"a"', 'ä', ''])(
    'is not asked for a user whose name, %j, is more than a name to the dialplan',
    (name) => {
      expect(toConfQuestion(name, 'read')).toBeUndefined();
    },
  );

  it('is answered by a value, or not at all', () => {
    const value = messageText(
      ['Response', 'Success'],
      ['Variable', 'AST_CONFIG(manager.conf,bridge,read,-1)'],
      ['Value', 'call,agent'],
    );
    expect(toConfAnswer(toMessage(value))).toBe('call,agent');
    const refusal = messageText(['Response', 'Error'], ['Message', 'Permission denied']);
    expect(toConfAnswer(toMessage(refusal))).toBe('');
  });
});

describe('what manager.conf says', () => {
  const texts = { read: 'call', write: 'reporting', writetimeout: '', timestampevents: '' };

  it.each([
    ['10000', 10_000],
    ['10000ms', 10_000],
    ['', 100],
    ['50', 100],
    ['soon', 100],
  ])('is a writetimeout of %j, taken as Asterisk takes it', (writetimeout, writeTimeoutMs) => {
    expect(toManagerConf({ ...texts, writetimeout })).toMatchObject({ writeTimeoutMs });
  });

  it.each([
    ['yes', true],
    ['TRUE', true],
    ['1', true],
    ['on', true],
    ['no', false],
    ['', false],
    ['yes please', false],
  ])('is timestampevents = %s, taken as Asterisk takes it', (timestampevents, timestampEvents) => {
    expect(toManagerConf({ ...texts, timestampevents })).toMatchObject({ timestampEvents });
  });
});
