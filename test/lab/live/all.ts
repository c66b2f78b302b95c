import type { LiveScenario } from '../stage.ts';
import { CONFERENCE } from './conference.ts';
import { CALL_ENDS } from './ends.ts';
import { FORKS } from './forks.ts';
import { HOLD } from './hold.ts';
import { ODDITIES } from './oddities.ts';
import { OLD_PHONES } from './old-phones.ts';
import { ORIGINATE } from './originate.ts';
import { PARKING } from './parking.ts';
import { PICKUP } from './pickup.ts';
import { QUEUES } from './queues.ts';
import { SYSTEM } from './system.ts';
import { TRANSFERS } from './transfers.ts';
import { TRUNKS } from './trunks.ts';

type Scenarios = Readonly<Record<string, LiveScenario>>;

/** Every scenario that is played in code, by what it is about. */
export const LIVE_GROUPS: Readonly<Record<string, Scenarios>> = {
  'between two phones': CALL_ENDS,
  'several phones for one call': FORKS,
  queues: QUEUES,
  'the system answers': SYSTEM,
  transfers: TRANSFERS,
  'picking up': PICKUP,
  parking: PARKING,
  holding: HOLD,
  conferences: CONFERENCE,
  'placed by a program': ORIGINATE,
  'from outside and to outside': TRUNKS,
  'races and oddities': ODDITIES,
  'chan_sip, on Asterisk 16 only': OLD_PHONES,
};

/** The same by name. */
export const LIVE: Scenarios = Object.assign({}, ...Object.values(LIVE_GROUPS));
