// Calls that somebody else takes than the phone that rings.

import type { LiveScenario, Stage } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

/** 101 calls 102, 103 takes the call by that number; 103 hangs up. */
function picksUpBy(number: string) {
  return async (stage: Stage) => {
    const [alice, bob, carol] = stage.phones('101', '102', '103');
    await alice.call('102');
    await bob.rings();
    await stage.pause(900);
    const picking = await carol.call(number);
    await picking.connected();
    await stage.pause(1000);
    picking.hangUp();
  };
}

const NOTHING_DIALLED = { cause: 'normal_clearing', cause_code: 16, disposition: 'failed' };
const PICKED_UP = [
  call('101', '102', [
    ringing('102 rings'),
    answered('103 is answered', '103'),
    hungup('103 hangs up', ENDS.answered, by('callee')),
  ]),
];

export const PICKUP: Readonly<Record<string, LiveScenario>> = {
  'pickup-group': {
    story: '101 calls 102; 103 picks up what rings in its group (*8) and hangs up',
    run: picksUpBy('*8'),
    tells: PICKED_UP,
  },
  'pickup-directed': {
    story: '101 calls 102; 103 picks up what rings there (*8102) and hangs up',
    run: picksUpBy('*8102'),
    tells: PICKED_UP,
  },
  'pickup-by-lamp': {
    story:
      '101 calls 102; 103 takes it by the key under the lamp (INVITE with Replaces); 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const placed = await alice.call('102');
      const rung = await bob.rings();
      await stage.pause(900);
      const picking = await carol.replace(rung, '102');
      await picking.connected();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        answered('103 is answered', '103'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'pickup-of-group': {
    story: '104 calls the group 600; 101, 102 and 103 ring; 106 picks up (*8); 104 hangs up',
    run: async (stage) => {
      const [dave, bob, frank] = stage.phones('104', '102', '106');
      const placed = await dave.call('600');
      await bob.rings();
      await stage.pause(900);
      const picking = await frank.call('*8');
      await picking.connected();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('104', '600', [
        ringing('102 rings'),
        answered('106 is answered', '106'),
        hungup('104 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'pickup-of-queue': {
    story: '101 calls the queue 623; 102 and 103 ring; 104 picks up (*8) and hangs up',
    run: async (stage) => {
      const [alice, bob, dave] = stage.phones('101', '102', '104');
      await alice.call('623');
      await bob.rings();
      await stage.pause(900);
      const picking = await dave.call('*8');
      await picking.connected();
      await stage.pause(1000);
      picking.hangUp();
    },
    tells: [
      call('101', '623', [
        tell('queued', '101 calls', { queue: 'sales', position: 1 }),
        ringing('102 rings'),
        tell('left_queue', '104 is answered', { queue: 'sales', reason: 'connected' }),
        answered('104 is answered', '104'),
        hungup('104 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'pickup-of-nothing': {
    story: '103 wants to pick up (*8), and nothing rings',
    run: async (stage) => {
      const placed = await stage.phone('103').call('*8');
      await placed.refused();
    },
    tells: [call('103', '*8', [hungup('103 is refused', ENDS.rejected, by('system'))])],
  },
  'pickup-directed-of-nothing': {
    story: '103 wants to pick up what rings at 102 (*8102), where nothing rings',
    run: async (stage) => {
      const placed = await stage.phone('103').call('*8102');
      await placed.refused();
    },
    tells: [call('103', '*8102', [hungup('103 is refused', NOTHING_DIALLED, by('system'))])],
  },
  'pickup-answered': {
    story: '101 talks to 102; 103 takes the call over (INVITE with Replaces); 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      const picking = await carol.replace(taken, '102');
      await picking.connected();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        tell('transferred', '103 is answered', {
          transfer: 'pickup',
          by: '103',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
};
