// More than two people at once.

import type { LiveScenario, Stage } from '../stage.ts';
import { after, answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

/** Who enters first hears that nobody else is there, which takes so long. */
const ALONE_MS = 3_200;
const ROOM = { extension: '800', name: '800' };
const OTHER_ROOM = { extension: '802', name: '802' };

/** The first one in a room. */
const waited = (who: string, room = ROOM) => [
  tell('system_answered', `${who} is answered`),
  answered(after(`${who} is answered`, ALONE_MS), room),
];
/** Whoever leaves is out a little later. */
const left = (who: string) =>
  hungup(after(`${who} hangs up`, 0, 1_000), ENDS.answered, by('caller'));

async function enters(stage: Stage, number: string) {
  const placed = await stage.phone(number).call('800');
  await placed.connected();
  await stage.pause(1200);
  return placed;
}

function pages(liftMs: number) {
  return async (stage: Stage) => {
    const [alice, bob, carol] = stage.phones('101', '102', '103');
    alice.whenCalled({ lift: true, after: liftMs });
    bob.whenCalled({ lift: true, after: liftMs + 400 });
    carol.whenCalled({ lift: true, after: liftMs + 600 });
    const placed = await stage.phone('104').call('650');
    await stage.pause(liftMs + 2000);
    placed.hangUp();
  };
}

export const CONFERENCE: Readonly<Record<string, LiveScenario>> = {
  conference: {
    story: '101, 102 and 103 call the conference 800; 102 leaves, then 101, then 103',
    run: async (stage) => {
      const first = await enters(stage, '101');
      const second = await enters(stage, '102');
      const third = await enters(stage, '103');
      for (const placed of [second, first, third]) {
        placed.hangUp();
        await stage.pause(900);
      }
    },
    tells: [
      call('101', '800', [...waited('101'), left('101')]),
      call('102', '800', [answered('102 is answered', ROOM), left('102')]),
      call('103', '800', [answered('103 is answered', ROOM), left('103')]),
    ],
  },
  'conference-alone': {
    story: '101 calls the conference 800, where nobody else is, and hangs up',
    run: async (stage) => {
      const placed = await enters(stage, '101');
      await stage.pause(2500);
      placed.hangUp();
    },
    tells: [call('101', '800', [...waited('101'), left('101')])],
  },
  'conference-dials-out': {
    story: '101 calls the conference 802, which calls 102; 102 lifts and hangs up, then 101',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('802');
      const taken = await bob.rings();
      await stage.pause(900);
      taken.lift();
      await stage.pause(4000);
      taken.hangUp();
      await stage.pause(900);
      placed.hangUp();
    },
    tells: [
      call('101', '802', [...waited('101', OTHER_ROOM), left('101')]),
      call('102', '802', [
        ringing('102 rings'),
        answered('102 lifts', OTHER_ROOM),
        hungup(after('102 hangs up', 0, 1_000), ENDS.answered, by('caller')),
      ]),
    ],
  },
  'conference-through-local': {
    story: '101 calls 676, which leads to the conference 800 through a Local channel; 101 hangs up',
    run: async (stage) => {
      const placed = await stage.phone('101').call('676');
      await placed.connected();
      await stage.pause(4500);
      placed.hangUp();
    },
    tells: [call('101', '676', [...waited('101', { extension: '676', name: '800' }), left('101')])],
  },
  page: {
    story: '104 pages 101, 102 and 103 (650), which lift by themselves, 101 first; 104 hangs up',
    run: pages(600),
    tells: [
      call('104', '650', [
        ringing('101 rings'),
        answered('101 lifts', '101'),
        hungup(after('104 hangs up', 0, 1_000), ENDS.answered, by('caller')),
      ]),
    ],
  },
  'page-through-local': {
    story: '104 pages 102 and 103 through Local channels (651); 102 lifts first; 104 hangs up',
    run: async (stage) => {
      const [bob, carol] = stage.phones('102', '103');
      bob.whenCalled({ lift: true, after: 600 });
      carol.whenCalled({ lift: true, after: 1000 });
      const placed = await stage.phone('104').call('651');
      await stage.pause(2600);
      placed.hangUp();
    },
    tells: [
      call('104', '651', [
        ringing('102 rings'),
        answered(after('102 lifts', 0, 500), '102'),
        hungup(after('104 hangs up', 0, 1_000), ENDS.answered, by('caller')),
      ]),
    ],
  },
  'page-late': {
    story:
      '104 pages 101, 102 and 103 (650), which take their time to lift, 101 first; 104 hangs up',
    run: pages(1600),
    tells: [
      call('104', '650', [
        ringing('101 rings'),
        tell('system_answered', '104 is answered'),
        answered('101 lifts', '101'),
        hungup(after('104 hangs up', 0, 1_000), ENDS.answered, by('caller')),
      ]),
    ],
  },
};
