// What a channel that was asked for is with, as far as Asterisk tells it.

import type { ChannelListItem } from '../pbx/channel-list.ts';
import type { Surroundings } from '../pbx/surroundings.ts';
import type { StoryMoment } from './call.ts';
import type { Found } from './services.ts';
import type { Picked } from './system-answers.ts';

/** Applications of the phone system itself; whoever runs another one may be on the way to somebody. */
const SERVICES: ReadonlyMap<string, Picked> = new Map([
  ['BackGround', { service: 'menu' }],
  ['WaitExten', { service: 'menu' }],
  ['Playback', { service: 'announcement' }],
  ['VoiceMail', { service: 'voicemail' }],
  ['VoiceMailMain', { service: 'voicemail' }],
  ['Echo', { service: 'echo' }],
  ['Park', { service: 'parking' }],
  ['Queue', {}],
  ['Read', {}],
]);

export function toFound(
  { channel: { id }, application, bridge }: ChannelListItem,
  { waiting, parked }: Surroundings,
  moment: StoryMoment,
): Found {
  const isInBridge = bridge?.kind === 'ordinary';
  const isParked = bridge?.kind === 'holding' && application !== 'AgentLogin';
  return {
    moment,
    queueEntry: waiting?.get(id),
    hasLeftQueue: waiting !== undefined && !waiting.has(id),
    isInBridge,
    parkedIn: isParked ? parked.get(id) : undefined,
    service: isParked ? { service: 'parking' } : bridge ? undefined : SERVICES.get(application),
  };
}
