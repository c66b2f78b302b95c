// What goes on in Asterisk is asked with as few questions as possible: which channels there are, and only where their answer
// leaves something open, of which kind bridges are, who waits in queues, who is parked.

import type { ActionName } from '../core/ami/action.ts';
import { type AmiMessage, header } from '../core/ami/message.ts';
import type { ChannelList } from '../core/pbx/channel-list.ts';
import { type ChannelListItem, ChannelListReader } from '../core/pbx/channel-list.ts';
import {
  NO_SURROUNDINGS,
  type Surroundings,
  toBridges,
  toParked,
  toWaiting,
} from '../core/pbx/surroundings.ts';
import type { AmiSession } from '../io/ami/connection.ts';
import type { Limits } from './limits.ts';
import { nextTurn } from './turns.ts';

type Session = Pick<AmiSession, 'list'>;

/** So many items are read before anything else has its turn. */
const ITEMS_A_TURN = 200;

/** `undefined` where Asterisk may not be asked. */
export async function askChannels(
  session: Session,
  limits: Limits,
): Promise<ChannelList | undefined> {
  const answer = await askList(session, 'CoreShowChannels');
  const isRefused = isPermissionDenied(answer[0]);
  limits.settle('reporting', isRefused);
  if (isRefused) return undefined;
  const reader = new ChannelListReader();
  for (let from = 0; from < answer.length; from += ITEMS_A_TURN) {
    if (from > 0) await nextTurn();
    for (const message of answer.slice(from, from + ITEMS_A_TURN)) reader.read(message);
  }
  return reader.list;
}

export async function askSurroundings(
  session: Session,
  { items }: ChannelList,
  limits: Limits,
): Promise<Surroundings> {
  const isQueued = ({ application }: ChannelListItem) => application === 'Queue';
  const bridges = items.some(({ bridge }) => bridge !== undefined)
    ? toBridges(await askList(session, 'BridgeList'))
    : NO_SURROUNDINGS.bridges;
  const waiting = items.some(isQueued) ? toWaiting(await askList(session, 'QueueStatus')) : NOBODY;
  const isHeld = ({ bridge }: ChannelListItem) =>
    (bridges.get(bridge?.id ?? '') ?? bridge)?.kind === 'holding';
  const parked = items.some(isHeld) ? await askParked(session, limits) : NO_SURROUNDINGS.parked;
  return { bridges, waiting, parked };
}

/** More than `reporting` is needed for it: it is asked only where somebody is in a parking lot. */
async function askParked(session: Session, limits: Limits): Promise<Surroundings['parked']> {
  const answer = await askList(session, 'ParkedCalls');
  limits.settle('parking', isPermissionDenied(answer[0]));
  return toParked(answer);
}

/** What it is made into has a turn of its own: the last of it has just been read. */
async function askList(session: Session, name: ActionName): Promise<readonly AmiMessage[]> {
  const answer = await session.list({ name }, `${name}Complete`);
  await nextTurn();
  return answer;
}

/** Where no channel runs a queue, nobody waits in one. */
const NOBODY: Surroundings['waiting'] = new Map();

/** Any other error passes: an Asterisk that is going down says so here too. */
function isPermissionDenied(answer: AmiMessage | undefined): boolean {
  return answer?.kind === 'response' && header(answer, 'Message') === 'Permission denied';
}
