import { describe, expect, it } from 'vitest';
import {
  amiVersion,
  CHALLENGE,
  challengeOf,
  loginError,
  toLogin,
} from '../../../src/core/ami/login.ts';
import { toMessage } from '../../../src/core/ami/message.ts';
import { messageText } from '../../support/ami-text.ts';

const CREDENTIALS = { username: 'bridge', secret: 's3cret', events: 'call,agent,system' };

function response(name: string, message: string) {
  return toMessage(messageText(['Response', name], ['ActionID', '1'], ['Message', message]));
}

describe('the banner', () => {
  it.each([
    ['Asterisk Call Manager/11.0.0\r', '11.0.0'],
    ['Asterisk Call Manager/5.0.4', '5.0.4'],
    ['Asterisk Call Manager/', undefined],
    ['asterisk call manager/11.0.0', undefined],
    ['Asterisk Call Manager/11.0.0 (really)', undefined],
    ['HTTP/1.1 400 Bad Request\r', undefined],
    ['SSH-2.0-OpenSSH_9.2\r', undefined],
    ['', undefined],
  ])('%j has the version %s', (line, version) => {
    expect(amiVersion(line)).toBe(version);
  });
});

describe('the login', () => {
  it('asks for a challenge first', () => {
    expect(CHALLENGE).toEqual({ name: 'Challenge', headers: [['AuthType', 'MD5']] });
  });

  it('takes the challenge that it is given', () => {
    const given = toMessage(messageText(['Response', 'Success'], ['Challenge', '117132415']));
    expect(challengeOf(given)).toBe('117132415');
    expect(challengeOf(response('Error', 'Authentication type not supported'))).toBeUndefined();
  });

  it('answers it with a key, and the secret stays here', () => {
    expect(toLogin(CREDENTIALS, 'abc123')).toEqual({
      name: 'Login',
      headers: [
        ['AuthType', 'MD5'],
        ['Username', 'bridge'],
        ['Key', 'abc123'],
        ['Events', 'call,agent,system'],
      ],
    });
  });

  it('tells the secret where there is no challenge', () => {
    expect(toLogin(CREDENTIALS, undefined)).toEqual({
      name: 'Login',
      headers: [
        ['Username', 'bridge'],
        ['Secret', 's3cret'],
        ['Events', 'call,agent,system'],
      ],
    });
  });

  it('never gives the secret to a server that is going down', () => {
    expect(() => challengeOf(response('Error', 'Asterisk is shutting down'))).toThrow(
      /shutting down/,
    );
  });

  it('is through with a success', () => {
    expect(loginError(response('Success', 'Authentication accepted'), 'x')).toBeUndefined();
  });

  it.each([
    ['Authentication failed', 'AMI_LOGIN_REJECTED'],
    ['Login Already In Use', 'AMI_LOGIN_IN_USE'],
    ['Asterisk is shutting down', 'AMI_DISCONNECTED'],
    ['Permission denied', 'AMI_LOGIN_REJECTED'],
  ])('is refused with "%s": %s', (message, code) => {
    expect(loginError(response('Error', message), 'Login as "bridge" to pbx:5038')).toMatchObject({
      code,
      message: `Login as "bridge" to pbx:5038 was refused: ${message}`,
    });
  });

  it('is refused without a reason too', () => {
    const error = loginError(toMessage('Response: Error\r\n'), 'It');
    expect(error?.message).toBe('It was refused: no reason given');
  });
});
