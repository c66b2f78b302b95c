// What manager.conf says of the user that asks. The dialplan function AST_CONFIG reads it (func_config.c), and whoever
// has `write = reporting` may ask for that. It is the file as it stands now: a session keeps the rights of its login.

import type { Action } from './action.ts';
import { type AmiMessage, header } from './message.ts';

export type ManagerConf = {
  /** The classes as they are written there. */
  readonly read: string;
  readonly write: string;
  /** How long Asterisk waits for a slow reader before it cuts it off. */
  readonly writeTimeoutMs: number;
  readonly timestampEvents: boolean;
};

/** What may be asked for. The secret stands there too, and is nobody's business. */
export type ManagerConfKey = 'read' | 'write' | 'writetimeout' | 'timestampevents';

/** The question; `undefined` where the name of the section would be more than a name to the dialplan. */
export function toConfQuestion(section: string, key: ManagerConfKey): Action | undefined {
  if (!/^[\w.@-]+$/.test(section)) return undefined;
  const last = -1; // of several, as a template and its user make them, the last one counts
  const variable = `AST_CONFIG(manager.conf,${section},${key},${last})`;
  return { name: 'Getvar', headers: [['Variable', variable]] };
}

/** The answer; '' where there is none: not permitted, not set, or no such function in this Asterisk. */
export function toConfAnswer(response: AmiMessage): string {
  return header(response, 'Value') ?? '';
}

export function toManagerConf(texts: Readonly<Record<ManagerConfKey, string>>): ManagerConf {
  return {
    read: texts.read,
    write: texts.write,
    writeTimeoutMs: toWriteTimeoutMs(texts.writetimeout),
    timestampEvents: /^(?:yes|true|y|t|1|on)$/i.test(texts.timestampevents), // utils.c, ast_true
  };
}

const DEFAULT_WRITE_TIMEOUT_MS = 100;

/** Asterisk takes the number at the beginning, and no less than its default (manager.c, __init_manager). */
function toWriteTimeoutMs(text: string): number {
  const number = Number.parseInt(text, 10);
  return number >= DEFAULT_WRITE_TIMEOUT_MS ? number : DEFAULT_WRITE_TIMEOUT_MS;
}
