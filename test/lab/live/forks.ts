// Several phones for one call: at once, one after the other, through Local channels, with a question before.

import type { LiveScenario, Stage } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

/** That phone calls a number; another one lifts and hangs up. */
function liftsAndHangsUp(from: string, dialled: string, callee: string) {
  return async (stage: Stage) => {
    await stage.phone(from).call(dialled);
    const taken = await stage.phone(callee).rings();
    await stage.pause(900);
    taken.lift();
    await stage.pause(1100);
    taken.hangUp();
  };
}

function liftedAndHungUp(from: string, dialled: string, callee: string) {
  return [
    call(from, dialled, [
      ringing(`${callee} rings`),
      answered(`${callee} lifts`, callee),
      hungup(`${callee} hangs up`, ENDS.answered, by('callee')),
    ]),
  ];
}

const MOBILE = { extension: '5551234' };

export const FORKS: Readonly<Record<string, LiveScenario>> = {
  'confirm-accepted': {
    story: '101 calls 620; 102 lifts, is asked and presses 1; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('620');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1200);
      await taken.press('1');
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      call('101', '620', [
        ringing('102 rings'),
        answered('102 presses 1', '102'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'confirm-refused': {
    story: '101 calls 620; 102 lifts, is asked and presses 2; the PBX hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      await alice.call('620');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1200);
      await taken.press('2');
    },
    tells: [
      // What 102 pressed only the PBX knows.
      call('101', '620', [
        ringing('102 rings'),
        hungup('102 presses 2', ENDS.noAnswer, by('system')),
      ]),
    ],
  },
  'confirm-hung-up': {
    story: '101 calls 620; 102 lifts, is asked and hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      await alice.call('620');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1200);
      taken.hangUp();
    },
    tells: [
      call('101', '620', [
        ringing('102 rings'),
        hungup('102 hangs up', ENDS.noAnswer, by('callee')),
      ]),
    ],
  },
  'confirm-cancelled': {
    story: '101 calls 620; 102 lifts and is asked; 101 gives up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('620');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1200);
      placed.cancel();
    },
    tells: [
      call('101', '620', [
        ringing('102 rings'),
        // 102 is asked to the end; only then is nobody left.
        hungup('102 is hung up on', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'confirm-in-group': {
    story: '101 calls 621; 102 and 103 ring; 103 lifts, is asked and presses 1; 103 hangs up',
    run: async (stage) => {
      const [alice, carol] = stage.phones('101', '103');
      await alice.call('621');
      const taken = await carol.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1200);
      await taken.press('1');
      await stage.pause(1200);
      taken.hangUp();
    },
    tells: [
      call('101', '621', [
        ringing('102 rings'),
        answered('103 presses 1', '103'),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'answered-with-beep': {
    story: '101 calls 622; 102 lifts and hears an announcement of its own first; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('622');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await placed.connected();
      await stage.pause(2500);
      placed.hangUp();
    },
    tells: [
      call('101', '622', [
        ringing('102 rings'),
        answered('101 is answered', '102'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'follow-me': {
    story:
      '101 calls 645, which follows 102 to 103; 103 lifts, is asked and presses 1; 101 hangs up',
    run: async (stage) => {
      const [alice, carol] = stage.phones('101', '103');
      const placed = await alice.call('645');
      const taken = await carol.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(2500);
      await taken.press('1');
      await stage.pause(1500);
      placed.hangUp();
    },
    tells: [
      call('101', '645', [
        tell('system_answered', '101 is answered'),
        ringing('103 rings'),
        answered('103 presses 1', '103'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'call-waiting': {
    story: '101 talks to 102; 104 calls 102, who holds 101, lifts for 104, and comes back to 101',
    run: async (stage) => {
      const [alice, bob, dave] = stage.phones('101', '102', '104');
      const [placed, taken] = await stage.talk(alice, bob);
      await dave.call('102');
      const second = await bob.rings();
      await stage.pause(800);
      await taken.hold();
      second.lift();
      await stage.pause(1000);
      second.hangUp();
      await taken.resume();
      await stage.pause(800);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        tell('held', '102 holds', { by: '102' }),
        tell('resumed', '102 resumes', { by: '102' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
      call('104', '102', [
        ringing('102 rings (2)'),
        answered('102 lifts (2)', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'call-waiting-ignored': {
    story: '101 talks to 102; 104 calls 102, who talks on; 104 gives up, then 102 hangs up',
    run: async (stage) => {
      const [alice, bob, dave] = stage.phones('101', '102', '104');
      const [, taken] = await stage.talk(alice, bob);
      const second = await dave.call('102');
      await bob.rings();
      await stage.pause(1200);
      second.cancel();
      await stage.pause(600);
      taken.hangUp();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
      call('104', '102', [
        ringing('102 rings (2)'),
        hungup('104 gives up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'group-mixed': {
    story: '104 calls the group 600; 101 is busy, 102 declines, 103 lifts and hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      alice.whenCalled({ refuse: 486 });
      bob.whenCalled({ refuse: 603, after: 600 });
      await liftsAndHangsUp('104', '600', '103')(stage);
    },
    tells: [
      call('104', '600', [
        ringing('102 rings'),
        answered('103 lifts', '103'),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'group-mixed-nobody': {
    story: '104 calls the group 600; 101 is busy, 102 declines, 103 is not to be disturbed',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      alice.whenCalled({ refuse: 486 });
      bob.whenCalled({ refuse: 603, after: 600 });
      carol.whenCalled({ refuse: 480 });
      const placed = await stage.phone('104').call('600');
      await placed.refused();
    },
    tells: [
      call('104', '600', [
        ringing('102 rings'),
        hungup('102 refuses', ENDS.rejected, by('callee')),
      ]),
    ],
  },
  'group-busy-and-no-answer': {
    story:
      '104 calls the group 601; 101 is busy, 102 and 103 ring until the PBX gives up after 3 s',
    run: async (stage) => {
      stage.phone('101').whenCalled({ refuse: 486 });
      const placed = await stage.phone('104').call('601');
      await placed.refused();
    },
    tells: [
      call('104', '601', [ringing('102 rings'), hungup('104 is refused', ENDS.busy, by('system'))]),
    ],
  },
  'group-all-busy': {
    story: '104 calls the group 600; 101, 102 and 103 are busy',
    run: async (stage) => {
      for (const phone of stage.phones('101', '102', '103')) phone.whenCalled({ refuse: 486 });
      const placed = await stage.phone('104').call('600');
      await placed.refused();
    },
    tells: [call('104', '600', [hungup('104 is refused', ENDS.busy, by('callee'))])],
  },
  'group-through-local': {
    story:
      '104 calls the group 602 of Local channels; 101, 102 and 103 ring; 102 lifts and hangs up',
    run: liftsAndHangsUp('104', '602', '102'),
    tells: liftedAndHungUp('104', '602', '102'),
  },
  'group-through-local-n': {
    story:
      '104 calls the group 604 of Local channels that stay; 102 and 103 ring; 103 lifts and hangs up',
    run: liftsAndHangsUp('104', '604', '103'),
    tells: liftedAndHungUp('104', '604', '103'),
  },
  'group-through-local-mixed': {
    story: '104 calls the group 604 of Local channels; 102 declines, 103 is busy',
    run: async (stage) => {
      const [bob, carol] = stage.phones('102', '103');
      bob.whenCalled({ refuse: 603, after: 700 });
      carol.whenCalled({ refuse: 486 });
      const placed = await stage.phone('104').call('604');
      await placed.refused();
    },
    tells: [
      call('104', '604', [
        ringing('102 rings'),
        hungup('102 refuses', ENDS.rejected, by('callee')),
      ]),
    ],
  },
  'group-with-mobile': {
    story: '101 calls 603; 102 and a mobile behind the trunk ring; the mobile lifts and hangs up',
    run: liftsAndHangsUp('101', '603', 'outside'),
    tells: [
      call('101', '603', [
        ringing('102 rings'),
        answered('outside lifts', MOBILE),
        hungup('outside hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'group-with-mobile-desk': {
    story: '101 calls 603; 102 and a mobile behind the trunk ring; 102 lifts and hangs up',
    run: liftsAndHangsUp('101', '603', '102'),
    tells: liftedAndHungUp('101', '603', '102'),
  },
  'group-with-unregistered': {
    story: '101 calls 605: 102, who lifts and hangs up, and 110, which is not registered',
    run: liftsAndHangsUp('101', '605', '102'),
    tells: liftedAndHungUp('101', '605', '102'),
  },
  'hunt-all-differently': {
    story: '101 calls the hunt 610; 102 declines, 103 is busy, 104 rings for 2 s; the PBX gives up',
    run: async (stage) => {
      const [bob, carol] = stage.phones('102', '103');
      bob.whenCalled({ refuse: 603, after: 600 });
      carol.whenCalled({ refuse: 486 });
      const placed = await stage.phone('101').call('610');
      await placed.refused();
    },
    tells: [
      // The last attempt counts.
      call('101', '610', [
        ringing('102 rings'),
        hungup('101 is refused', ENDS.noAnswer, by('system')),
      ]),
    ],
  },
  'hunt-last-declines': {
    story: '101 calls the hunt 610; 102 rings for 2 s, 103 is busy, 104 declines',
    run: async (stage) => {
      const [carol, dave] = stage.phones('103', '104');
      carol.whenCalled({ refuse: 486 });
      dave.whenCalled({ refuse: 603, after: 600 });
      const placed = await stage.phone('101').call('610');
      await placed.refused();
    },
    tells: [
      call('101', '610', [
        ringing('102 rings'),
        hungup('104 refuses', ENDS.rejected, by('callee')),
      ]),
    ],
  },
  'hunt-through-local': {
    story:
      '101 calls 611; 102 rings for 2 s, then 103, both through Local channels; 103 lifts and hangs up',
    run: liftsAndHangsUp('101', '611', '103'),
    tells: [
      call('101', '611', [
        ringing('102 rings'),
        answered('103 lifts', '103'),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'hunt-through-local-then-busy': {
    story: '101 calls 675; 102 rings for 2 s, then 103 through a Local channel; the PBX says busy',
    run: async (stage) => {
      const placed = await stage.phone('101').call('675');
      await placed.refused();
    },
    tells: [
      call('101', '675', [
        ringing('102 rings'),
        hungup('101 is refused', ENDS.noAnswer, by('system')),
      ]),
    ],
  },
  'forward-through-two-locals': {
    story: '101 calls 665, which leads to 103 through two Local channels; 103 lifts and hangs up',
    run: liftsAndHangsUp('101', '665', '103'),
    tells: liftedAndHungUp('101', '665', '103'),
  },
  'forward-to-mobile': {
    story: '101 calls 666, which leads outside through a Local channel; outside lifts and hangs up',
    run: liftsAndHangsUp('101', '666', 'outside'),
    tells: [
      call('101', '666', [
        ringing('outside rings'),
        answered('outside lifts', MOBILE),
        hungup('outside hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'group-through-local-n-cancelled': {
    story: '104 calls the group 604 of Local channels that stay; 102 and 103 ring; 104 gives up',
    run: async (stage) => {
      const placed = await stage.phone('104').call('604');
      await stage.phone('103').rings();
      await stage.pause(900);
      placed.cancel();
    },
    tells: [
      call('104', '604', [
        ringing('102 rings'),
        hungup('104 gives up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
};
