// The way in: banner → challenge → login, as steps. Values in, values out; the digest is made at the edge.

import { ConnectorError } from '../../errors.ts';
import type { Action } from './action.ts';
import { type AmiMessage, header } from './message.ts';

export type Credentials = {
  readonly username: string;
  readonly secret: string;
  /** Event classes to ask for, as AMI's `Events:` wants them. They narrow the user's `read`, and never widen it. */
  readonly events: string;
};

const BANNER = /^Asterisk Call Manager\/(\S+)\r?$/;

/** The AMI version of the banner line (without its LF); `undefined` where it is no Asterisk's. */
export function amiVersion(bannerLine: string): string | undefined {
  return BANNER.exec(bannerLine)?.[1];
}

export const CHALLENGE: Action = { name: 'Challenge', headers: [['AuthType', 'MD5']] };

/**
 * The challenge to answer; `undefined` where the server has none to give and wants the plain secret.
 * @throws ConnectorError AMI_DISCONNECTED where it takes no logins any more: the secret is not for such a server
 */
export function challengeOf(response: AmiMessage): string | undefined {
  if (isSuccess(response)) return header(response, 'Challenge');
  const error = loginError(response, 'The login');
  if (error?.code === 'AMI_DISCONNECTED') throw error;
  return undefined;
}

/** `key` is the lower-case hex MD5 of challenge and secret; without one the secret itself goes out. */
export function toLogin(credentials: Credentials, key: string | undefined): Action {
  const { username, secret, events } = credentials;
  return {
    name: 'Login',
    headers: [
      ...(key === undefined
        ? ([
            ['Username', username],
            ['Secret', secret],
          ] as const)
        : ([
            ['AuthType', 'MD5'],
            ['Username', username],
            ['Key', key],
          ] as const)),
      ['Events', events],
    ],
  };
}

/** What is wrong with the answer to the login; `undefined` where we are in. The text of the answer names no secret. */
export function loginError(response: AmiMessage, who: string): ConnectorError | undefined {
  if (isSuccess(response)) return undefined;
  const message = header(response, 'Message') ?? 'no reason given';
  const [, code = 'AMI_LOGIN_REJECTED'] = REFUSALS.find(([text]) => message.includes(text)) ?? [];
  return new ConnectorError(code, `${who} was refused: ${message}`);
}

const REFUSALS = [
  ['Already In Use', 'AMI_LOGIN_IN_USE'],
  ['shutting down', 'AMI_DISCONNECTED'],
] as const;

export function isSuccess(response: AmiMessage): boolean {
  return response.kind === 'response' && response.name === 'Success';
}
