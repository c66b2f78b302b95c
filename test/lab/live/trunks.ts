// Calls from outside and to outside.

import type { LiveScenario, Stage } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

const ZOE = { number: '5557777', name: 'Zoe Zander' };
const FROM_ZOE = { extension: '5557777', name: 'Zoe Zander' };
const FAR = { extension: '5551234' };
/** What is shown of a caller is what the dialplan makes of it, but for the number. */
const COMPANY = { extension: '101', name: 'Example Company' };

/** Somebody outside calls that number; a phone lifts. */
async function comesIn(stage: Stage, dialled: string, callee: string) {
  const placed = await stage.outside.call(dialled, ZOE);
  const taken = await stage.phone(callee).rings();
  await stage.pause(800);
  taken.lift();
  await placed.connected();
  await stage.pause(1100);
  return { placed, taken };
}

export const TRUNKS: Readonly<Record<string, LiveScenario>> = {
  'inbound-named': {
    story: 'Zoe Zander calls 102 from outside; 102 lifts; outside hangs up',
    run: async (stage) => {
      const { placed } = await comesIn(stage, '5550102', '102');
      placed.hangUp();
    },
    tells: [
      // The number dialled from outside is 102's in the dialplan only: it has no name.
      call(FROM_ZOE, '5550102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('outside hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'inbound-anonymous': {
    story: 'somebody who withholds the number calls 102 from outside; 102 lifts and hangs up',
    run: async (stage) => {
      const anonymous = { number: 'anonymous', name: 'Anonymous' };
      const placed = await stage.outside.call('5550102', anonymous);
      const taken = await stage.phone('102').rings();
      await stage.pause(800);
      taken.lift();
      await placed.connected();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call({ extension: '', anonymous: true }, '5550102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'inbound-group': {
    story: 'Zoe Zander calls the group 600 from outside; 102 lifts and hangs up',
    run: async (stage) => {
      const { taken } = await comesIn(stage, '5550600', '102');
      taken.hangUp();
    },
    tells: [
      call(FROM_ZOE, '5550600', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'inbound-cancelled': {
    story: 'Zoe Zander calls 102 from outside, which rings; outside gives up',
    run: async (stage) => {
      const placed = await stage.outside.call('5550102', ZOE);
      await stage.phone('102').rings();
      await stage.pause(1000);
      placed.cancel();
    },
    tells: [
      call(FROM_ZOE, '5550102', [
        ringing('102 rings'),
        hungup('outside gives up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'inbound-menu': {
    story: 'Zoe Zander calls the menu 630 from outside and presses 1; 102 lifts; outside hangs up',
    run: async (stage) => {
      const placed = await stage.outside.call('5550630', ZOE);
      await placed.connected();
      await stage.pause(1000);
      await placed.press('1');
      const taken = await stage.phone('102').rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call(FROM_ZOE, '5550630', [
        tell('system_answered', 'outside is answered'),
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('outside hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'inbound-queue-transferred': {
    story:
      'Zoe Zander calls the queue 624 from outside; 102 lifts and transfers to 104, who lifts; outside hangs up',
    run: async (stage) => {
      const { placed, taken } = await comesIn(stage, '5550624', '102');
      await taken.transferTo('104');
      const third = await stage.phone('104').rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call(FROM_ZOE, '5550624', [
        tell('system_answered', 'outside is answered', {
          service: 'queue',
          service_name: 'support',
        }),
        tell('queued', 'outside calls', { queue: 'support', position: 1 }),
        ringing('102 rings'),
        tell('left_queue', '102 lifts', { queue: 'support', reason: 'connected' }),
        answered('102 lifts', '102'),
        tell('transferred', '104 lifts', {
          transfer: 'blind',
          by: '102',
          transferred_to: '104',
          replaces: '102',
        }),
        hungup('outside hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'inbound-forwarded-outside': {
    story:
      'Zoe Zander calls 102 from outside, whose phone forwards to a mobile (302); it lifts and hangs up',
    run: async (stage) => {
      stage.phone('102').whenCalled({ alert: 'nothing', refuse: 302, forwardTo: '95551234' });
      const placed = await stage.outside.call('5550102', ZOE);
      const taken = await stage.outside.rings();
      await stage.pause(800);
      taken.lift();
      await placed.connected();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call(FROM_ZOE, '5550102', [
        ringing('outside rings'),
        answered('outside lifts', FAR),
        hungup('outside hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'inbound-attended': {
    story: 'Zoe Zander calls 102 from outside, who calls 103 and connects them; 103 hangs up',
    run: async (stage) => {
      const [bob, carol] = stage.phones('102', '103');
      const { taken } = await comesIn(stage, '5550102', '102');
      const [second, consulted] = await stage.talk(bob, carol);
      await taken.transferToCall(second);
      await stage.pause(1000);
      consulted.hangUp();
    },
    tells: [
      call(FROM_ZOE, '5550102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        tell('transferred', '102 transfers', {
          transfer: 'attended',
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
      call('102', '103', [
        ringing('103 rings'),
        answered('103 lifts', '103'),
        hungup('102 transfers', ENDS.answered, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'outbound-answered': {
    story: '101 calls an outside number as the company; outside lifts and hangs up',
    run: async (stage) => {
      await stage.phone('101').call('95551234');
      const taken = await stage.outside.rings();
      await stage.pause(900);
      taken.lift();
      await stage.pause(1200);
      taken.hangUp();
    },
    tells: [
      call(COMPANY, '95551234', [
        ringing('outside rings'),
        answered('outside lifts', FAR),
        hungup('outside hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'outbound-early-media': {
    story: '101 calls an outside number, hears early media (183); outside lifts; 101 hangs up',
    run: async (stage) => {
      stage.outside.whenCalled({ alert: 183 });
      const placed = await stage.phone('101').call('95551234');
      const taken = await stage.outside.rings();
      await stage.pause(1000);
      taken.lift();
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      call(COMPANY, '95551234', [
        ringing('outside rings'),
        answered('outside lifts', FAR),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'outbound-early-media-refused': {
    story: '101 calls an outside number, hears why not as early media (183), and is refused (404)',
    run: async (stage) => {
      stage.outside.whenCalled({ alert: 183, refuse: 404, after: 1500 });
      const placed = await stage.phone('101').call('95551234');
      await placed.refused();
    },
    tells: [
      call(COMPANY, '95551234', [
        ringing('outside rings'),
        hungup('outside refuses', {
          cause: 'unallocated',
          cause_code: 1,
          disposition: 'failed',
          hungup_by: 'callee',
        }),
      ]),
    ],
  },
  'outbound-unknown': {
    story: '101 calls an outside number that does not exist (404)',
    run: async (stage) => {
      stage.outside.whenCalled({ refuse: 404 });
      const placed = await stage.phone('101').call('95551234');
      await placed.refused();
    },
    tells: [
      call(COMPANY, '95551234', [
        hungup('outside refuses', {
          cause: 'unallocated',
          cause_code: 1,
          disposition: 'failed',
          hungup_by: 'callee',
        }),
      ]),
    ],
  },
  'outbound-out-of-order': {
    story: '101 calls an outside number; the provider is out of order (503)',
    run: async (stage) => {
      stage.outside.whenCalled({ refuse: 503 });
      const placed = await stage.phone('101').call('95551234');
      await placed.refused();
    },
    tells: [
      call(COMPANY, '95551234', [
        hungup('outside refuses', {
          cause: 'normal_circuit_congestion',
          cause_code: 34,
          disposition: 'failed',
          hungup_by: 'callee',
        }),
      ]),
    ],
  },
  'outbound-busy': {
    story: '101 calls an outside number, which is busy (486)',
    run: async (stage) => {
      stage.outside.whenCalled({ refuse: 486 });
      const placed = await stage.phone('101').call('95551234');
      await placed.refused();
    },
    tells: [call(COMPANY, '95551234', [hungup('outside refuses', ENDS.busy, by('callee'))])],
  },
  'outbound-transferred': {
    story: '101 calls an outside number, and transfers outside to 103, who lifts; outside hangs up',
    run: async (stage) => {
      const placed = await stage.phone('101').call('95551234');
      const taken = await stage.outside.rings();
      await stage.pause(800);
      taken.lift();
      await placed.connected();
      await stage.pause(1000);
      await placed.transferTo('103');
      const third = await stage.phone('103').rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call(COMPANY, '95551234', [
        ringing('outside rings'),
        answered('outside lifts', FAR),
        tell('transferred', '103 lifts', {
          transfer: 'blind',
          by: COMPANY,
          transferred_to: '103',
          replaces: COMPANY,
        }),
        hungup('outside hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
};
