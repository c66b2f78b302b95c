// An action for Asterisk as text. Nothing in it is escaped by the protocol, so a value with a line break would be a
// header, or an action, of its own: such values are refused here, before they reach a socket.

import { ConnectorError } from '../../errors.ts';

export type Action = {
  readonly name: ActionName;
  readonly headers?: readonly (readonly [key: HeaderKey, value: string])[];
};

/** Everything this program ever asks of Asterisk. What is not here is never sent. */
export type ActionName =
  | 'Challenge'
  | 'Login'
  | 'Logoff'
  | 'Ping'
  | 'CoreSettings'
  | 'CoreStatus'
  | 'CoreShowChannels'
  | 'BridgeList'
  | 'QueueStatus'
  | 'ParkedCalls'
  | 'ListCommands'
  /** Runs functions of the dialplan: asked for settings of manager.conf and nothing else (manager-conf.ts). */
  | 'Getvar';

type HeaderKey = 'AuthType' | 'Username' | 'Secret' | 'Key' | 'Events' | 'Variable';

/** AMI takes lines of at most 1,024 bytes with their CR LF (main/manager.c, inbuf). */
const MAX_LINE_BYTES = 1_022;

/**
 * The action as it goes over the wire.
 * @throws ConnectorError AMI_ACTION_INVALID on CR, LF or NUL in a value, or a line too long; its message names the
 *   header and never its value.
 */
export function toActionText(action: Action, actionId: string): string {
  const lines = [
    line('Action', action.name),
    line('ActionID', actionId),
    ...(action.headers ?? []).map(([key, value]) => line(key, value)),
  ];
  return `${lines.join('')}\r\n`;
}

function line(key: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for
  if (/[\r\n\x00]/.test(value)) {
    throw new ConnectorError('AMI_ACTION_INVALID', `${key} holds a line break or NUL`);
  }
  if (key.length + 2 + byteLength(value) > MAX_LINE_BYTES) {
    throw new ConnectorError('AMI_ACTION_INVALID', `${key} is longer than AMI takes`);
  }
  return `${key}: ${value}\r\n`;
}

/** Bytes of the UTF-8 form; a lone surrogate counts as the three bytes of U+FFFD. */
function byteLength(text: string): number {
  return Array.from(text, (character) => utf8Length(character.codePointAt(0) ?? 0)).reduce(
    (sum, bytes) => sum + bytes,
    0,
  );
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
