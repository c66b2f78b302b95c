import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toActionText } from '../../../src/core/ami/action.ts';

const LOGIN = (username: string) => ({ name: 'Login', headers: [['Username', username]] }) as const;

describe('an action', () => {
  it('is its name, its ActionID and its headers, in lines that end in CR LF', () => {
    const headers = [
      ['Username', 'bridge'],
      ['Events', 'call,agent'],
    ] as const;
    expect(toActionText({ name: 'Login', headers }, 'id-1')).toBe(
      'Action: Login\r\nActionID: id-1\r\nUsername: bridge\r\nEvents: call,agent\r\n\r\n',
    );
    expect(toActionText({ name: 'Ping' }, '7')).toBe('Action: Ping\r\nActionID: 7\r\n\r\n');
  });

  it.each(['\r', '\n', '\0', '\r\nAction: Originate', 'x\n', '\0x'])(
    'is refused with %j in a value, and the value is not told',
    (text) => {
      const username = `hidden${text}`;
      expect(() => toActionText(LOGIN(username), '1')).toThrow(
        expect.objectContaining({
          code: 'AMI_ACTION_INVALID',
          message: 'Username holds a line break or NUL',
        }),
      );
      expect(() => toActionText({ name: 'Ping' }, text)).toThrow('ActionID holds');
    },
  );

  it('never has more lines than headers, whatever stands in a value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\r', '\n', '\0', ':', ' ', 'a', 'ö') }),
        (value) => {
          let text: string;
          try {
            text = toActionText(LOGIN(value), '1');
          } catch {
            return;
          }
          expect(text.split(/\r\n|[\r\n\0]/)).toHaveLength(5);
        },
      ),
    );
  });

  it.each([
    ['ASCII', 'x', 1],
    ['two bytes', 'ö', 2],
    ['three bytes', '日', 3],
    ['four bytes', '🙂', 4],
    ['half a surrogate pair, which goes out as U+FFFD', '\ud83d', 3],
  ])('takes lines of 1,022 bytes and no more: %s', (_, character, bytes) => {
    const room = 1_022 - 'Username: '.length;
    const fits = character.repeat(Math.floor(room / bytes)) + 'x'.repeat(room % bytes);
    const line = toActionText(LOGIN(fits), '1').split('\r\n')[2] ?? '';
    expect(Buffer.byteLength(line)).toBe(1_022);
    expect(() => toActionText(LOGIN(`${fits}x`), '1')).toThrow(
      expect.objectContaining({
        code: 'AMI_ACTION_INVALID',
        message: 'Username is longer than AMI takes',
      }),
    );
  });
});
