// Calls that wait in a parking slot. 700 parks for 10 s, 750 for 3 s; both then ring who parked.

import type { LiveScenario, Stage } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

const BEGINNING = [ringing('102 rings'), answered('102 lifts', '102')];

/** 101 calls 102, who parks it there. */
async function parkedCall(stage: Stage, lot: '700' | '750') {
  const [alice, bob] = stage.phones('101', '102');
  const [placed, taken] = await stage.talk(alice, bob);
  await taken.transferTo(lot);
  return placed;
}

const BEHIND_LOCAL = [ringing('103 rings'), answered('103 lifts', '103')];

/** 101 calls 103 through a Local channel that stays, and 103 parks it there. */
async function parkedBehindLocal(stage: Stage, lot: '700' | '750') {
  const [alice, carol] = stage.phones('101', '103');
  const [placed, taken] = await stage.talk(alice, carol, '661');
  await taken.transferTo(lot);
  return placed;
}

export const PARKING: Readonly<Record<string, LiveScenario>> = {
  'park-retrieved': {
    story: '101 calls 102, who parks it (700); 103 takes it back (701) and hangs up',
    run: async (stage) => {
      await parkedCall(stage, '700');
      await stage.pause(1200);
      const retrieving = await stage.phone('103').call('701');
      await retrieving.connected();
      await stage.pause(1200);
      retrieving.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('parked', '102 transfers', { slot: '701', by: '102' }),
        tell('retrieved', '103 is answered', { slot: '701', by: '103', reason: 'retrieved' }),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'park-retrieved-by-parker': {
    story: '101 calls 102, who parks it (700) and takes it back (701); 101 hangs up',
    run: async (stage) => {
      const placed = await parkedCall(stage, '700');
      await stage.pause(1200);
      const retrieving = await stage.phone('102').call('701');
      await retrieving.connected();
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('parked', '102 transfers', { slot: '701', by: '102' }),
        tell('retrieved', '102 is answered', { slot: '701', by: '102', reason: 'retrieved' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'park-behind-local': {
    story:
      '101 calls 661; 103 behind a Local channel parks it (700); 104 takes it back (701), 101 hangs up',
    run: async (stage) => {
      const placed = await parkedBehindLocal(stage, '700');
      await stage.pause(1200);
      const retrieving = await stage.phone('104').call('701');
      await retrieving.connected();
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      call('101', '661', [
        ...BEHIND_LOCAL,
        tell('parked', '103 transfers', { slot: '701', by: '103' }),
        tell('retrieved', '104 is answered', { slot: '701', by: '104', reason: 'retrieved' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'park-behind-local-comes-back': {
    story:
      '101 calls 661; 103 behind a Local channel parks it (750), is rung again and lifts; 101 hangs up',
    run: async (stage) => {
      const placed = await parkedBehindLocal(stage, '750');
      const again = await stage.phone('103').rings();
      await stage.pause(800);
      again.lift();
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      call('101', '661', [
        ...BEHIND_LOCAL,
        tell('parked', '103 transfers', { slot: '751', by: '103' }),
        tell('retrieved', '103 rings (2)', { slot: '751', reason: 'timeout' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'park-callee': {
    story: '101 calls 102 and parks 102 (700); 103 takes it back (701); 102 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      await placed.transferTo('700');
      await stage.pause(1200);
      const retrieving = await carol.call('701');
      await retrieving.connected();
      await stage.pause(1200);
      taken.hangUp();
    },
    tells: [
      // Two calls become one: 103, who called, is there, and 101 is not.
      call('101', '102', [
        ...BEGINNING,
        tell('parked', '101 transfers', { slot: '701', by: '101' }),
        hungup('103 is answered', ENDS.answered, { merged_into: 'call 2' }),
      ]),
      call('103', '701', [
        tell('retrieved', '103 is answered', { slot: '701', by: '103', reason: 'retrieved' }),
        ringing('103 is answered'),
        answered('103 is answered', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'park-given-up': {
    story: '101 calls 102, who parks it (700); 101 hangs up',
    run: async (stage) => {
      const placed = await parkedCall(stage, '700');
      await stage.pause(1500);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('parked', '102 transfers', { slot: '701', by: '102' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'park-comes-back': {
    story: '101 calls 102, who parks it (750); after 3 s 102 rings, lifts and hangs up',
    run: async (stage) => {
      await parkedCall(stage, '750');
      const again = await stage.phone('102').rings();
      await stage.pause(800);
      again.lift();
      await stage.pause(1000);
      again.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('parked', '102 transfers', { slot: '751', by: '102' }),
        tell('retrieved', '102 rings (2)', { slot: '751', reason: 'timeout' }),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'park-comes-back-to-nobody': {
    story:
      '101 calls 102, who parks it (750); after 3 s 102 rings, does not lift, the PBX hangs up',
    run: async (stage) => {
      await parkedCall(stage, '750');
      const again = await stage.phone('102').rings();
      await again.ended();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('parked', '102 transfers', { slot: '751', by: '102' }),
        tell('retrieved', '102 rings (2)', { slot: '751', reason: 'timeout' }),
        hungup('101 is hung up on', ENDS.answered, by('system')),
      ]),
    ],
  },
  'park-by-key': {
    story: '101 calls 7102, 102 parks it by key (#72); 103 takes it back (701); 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob, '7102');
      await taken.press('#72');
      await taken.ended();
      const retrieving = await carol.call('701');
      await retrieving.connected();
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      call('101', '7102', [
        ...BEGINNING,
        tell('parked', '102 presses #72', { slot: '701', by: '102' }),
        tell('retrieved', '103 is answered', { slot: '701', by: '103', reason: 'retrieved' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'park-oneself': {
    story: '101 calls 700 and waits in a slot; 103 takes it (701) and hangs up',
    run: async (stage) => {
      const [alice, carol] = stage.phones('101', '103');
      await alice.call('700');
      await stage.pause(4000);
      const retrieving = await carol.call('701');
      await retrieving.connected();
      await stage.pause(1200);
      retrieving.hangUp();
    },
    tells: [
      call('101', '700', [
        tell('system_answered', '101 is answered', { service: 'parking' }),
        tell('parked', '101 is answered', { slot: '701', by: '101' }),
        tell('retrieved', '103 is answered', { slot: '701', by: '103', reason: 'retrieved' }),
        ringing('103 is answered'),
        answered('103 is answered', '103'),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'park-retrieve-nothing': {
    story: '103 wants to take back from 705, where nobody is',
    run: async (stage) => {
      await stage.phone('103').call('705');
      await stage.pause(2500);
    },
    tells: [
      call('103', '705', [
        tell('system_answered', '103 is answered'),
        hungup('103 is hung up on', ENDS.system, by('system')),
      ]),
    ],
  },
};
