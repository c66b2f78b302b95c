// What can be found out of a session with the least rights: what its events testify, which actions it may run, what
// manager.conf says of its user, and how far the clocks are apart.

import { setTimeout as delay } from 'node:timers/promises';
import type { ManagerConf } from '../../core/ami/manager-conf.ts';
import { type AmiMessage, header } from '../../core/ami/message.ts';
import { toText } from '../../core/ami/value.ts';
import type { AmiSession } from '../../io/ami/connection.ts';
import { readManagerConf } from '../../io/ami/manager-conf.ts';
import { clockOffset } from '../../io/ami/reconnect.ts';
import { BOOTED } from '../limits.ts';

export type Facts = {
  readonly amiVersion: string;
  /** Absent where the user may not ask. */
  readonly asteriskVersion: string | undefined;
  /** Whether the user may run an action of that name. */
  readonly allows: (action: string) => boolean;
  readonly conf: ManagerConf | undefined;
  readonly witness: Witness;
  /** Milliseconds that the clock of Asterisk is ahead of ours. */
  readonly clockOffsetMs: number | undefined;
};

/** What the events of a session testify. */
export class Witness {
  /** FullyBooted came: the user reads `system`. */
  booted = false;
  /** The classes of the events that came. */
  readonly classes = new Set<string>();
  /** Whether events carry a Timestamp; `undefined` where none came that would. */
  stamped: boolean | undefined;

  onMessage(message: AmiMessage): void {
    if (message.kind !== 'event') return;
    for (const name of (header(message, 'Privilege') ?? '').split(',')) this.classes.add(name);
    if (message.name === BOOTED) this.booted = true;
    else this.stamped = header(message, 'Timestamp') !== undefined; // FullyBooted never has one
  }
}

/** Where manager.conf cannot be read, events are waited for so long. */
export const LISTEN_MS = 2_000;

type Circumstances = {
  readonly witness: Witness;
  readonly username: string;
  readonly signal: AbortSignal;
};

/** @throws ConnectorError as `AmiSession.send` does; the signal's reason when that is aborted */
export async function gatherFacts(
  session: Pick<AmiSession, 'send' | 'amiVersion'>,
  { witness, username, signal }: Circumstances,
): Promise<Facts> {
  const commands = await session.send({ name: 'ListCommands' });
  const allows = (action: string) => header(commands, action) !== undefined;
  // What is not allowed is not even asked: Asterisk writes each refusal to its security log.
  const settings = allows('CoreSettings')
    ? await session.send({ name: 'CoreSettings' })
    : undefined;
  const conf = allows('Getvar') ? await readManagerConf(session, username) : undefined;
  const sentAt = Date.now();
  const pong = await session.send({ name: 'Ping' });
  const clockOffsetMs = clockOffset(pong, (sentAt + Date.now()) / 2);
  if (conf === undefined) await delay(LISTEN_MS, undefined, { signal });
  signal.throwIfAborted();
  const version = settings && header(settings, 'AsteriskVersion');
  return {
    amiVersion: session.amiVersion,
    asteriskVersion: version === undefined ? undefined : toText(version),
    allows,
    conf,
    witness,
    clockOffsetMs,
  };
}
