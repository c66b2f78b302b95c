// Asks a session for what manager.conf says of its user.

import {
  type ManagerConf,
  type ManagerConfKey,
  toConfAnswer,
  toConfQuestion,
  toManagerConf,
} from '../../core/ami/manager-conf.ts';
import type { AmiSession } from './connection.ts';

/**
 * `undefined` where that cannot be known: `reporting` is not granted, the user stands in another file, or this Asterisk
 * has no func_config.so (then each question is an error in its log: there is only one).
 * @throws ConnectorError as `AmiSession.send` does
 */
export async function readManagerConf(
  session: Pick<AmiSession, 'send'>,
  username: string,
): Promise<ManagerConf | undefined> {
  const ask = async (section: string, key: ManagerConfKey) => {
    const question = toConfQuestion(section, key);
    return question === undefined ? '' : toConfAnswer(await session.send(question));
  };
  const write = await ask(username, 'write');
  if (write === '') return undefined; // who may ask has a class in `write`
  const [read, writetimeout, timestampevents] = await Promise.all([
    ask(username, 'read'),
    ask(username, 'writetimeout'),
    ask('general', 'timestampevents'),
  ]);
  return toManagerConf({ read, write, writetimeout, timestampevents });
}
