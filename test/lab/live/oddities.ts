// Races, phones that misbehave, and what is no call at all.

import type { LiveScenario, Stage } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

const BEGINNING = [ringing('102 rings'), answered('102 lifts', '102')];

/** Nobody but the PBX knows who was first: the phone that lifted, or the caller who gave up. */
const RACE = {
  tells: [
    call('101', '102', [
      ringing('102 rings'),
      hungup('101 gives up', ENDS.cancelled, by('caller')),
    ]),
  ],
  orElse: [call('101', '102', [...BEGINNING, hungup('101 gives up', ENDS.answered)])],
};

/** 101 calls 102, which rings, then both act in one breath. */
function race(first: '101' | '102') {
  return async (stage: Stage) => {
    const [alice, bob] = stage.phones('101', '102');
    const placed = await alice.call('102');
    const taken = await bob.rings();
    await stage.pause(900);
    if (first === '101') placed.cancel();
    taken.lift();
    if (first === '102') placed.cancel();
    await stage.pause(600);
    if (!placed.isOver) placed.hangUp();
  };
}

export const ODDITIES: Readonly<Record<string, LiveScenario>> = {
  'cancel-before-answer': {
    story: '101 calls 102; 101 gives up and 102 lifts in one breath',
    run: race('101'),
    ...RACE,
  },
  'cancel-after-answer': {
    story: '101 calls 102; 102 lifts and 101 gives up in one breath',
    run: race('102'),
    ...RACE,
  },
  'cancel-at-once': {
    story: '101 calls 102 and gives up at once, before anything rings',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      bob.whenCalled({ alert: 'nothing' });
      const placed = await alice.call('102');
      const taken = await bob.rings();
      placed.cancel();
      await stage.pause(300);
      taken.alert(180); // too late; the PBX takes its call back when it hears of the phone
    },
    tells: [call('101', '102', [hungup('101 gives up', ENDS.cancelled, by('caller'))])],
  },
  'redial-at-once': {
    story: '101 calls 102, gives up and calls again at once; 102 lifts and hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('102');
      await bob.rings();
      await stage.pause(800);
      placed.cancel();
      await alice.call('102');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        hungup('101 gives up', ENDS.cancelled, by('caller')),
      ]),
      call('101', '102', [
        ringing('102 rings (2)'),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'calls-itself': {
    story: '101 calls 101, which rings; 101 lifts, and hangs up the call that it placed',
    run: async (stage) => {
      const alice = stage.phone('101');
      const placed = await alice.call('101');
      const taken = await alice.rings();
      await stage.pause(800);
      taken.lift();
      await placed.connected();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '101', [
        ringing('101 rings'),
        answered('101 lifts', '101'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'calls-itself-cancelled': {
    story: '101 calls 101, which rings; 101 gives up',
    run: async (stage) => {
      const alice = stage.phone('101');
      const placed = await alice.call('101');
      await alice.rings();
      await stage.pause(800);
      placed.cancel();
    },
    tells: [
      call('101', '101', [
        ringing('101 rings'),
        hungup('101 gives up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'both-hang-up': {
    story: '101 calls 102, who lifts; both hang up in one breath',
    run: async (stage) => {
      const [placed, taken] = await stage.talk(stage.phone('101'), stage.phone('102'));
      placed.hangUp();
      taken.hangUp();
    },
    tells: [
      // Who was first is for the PBX to say.
      call('101', '102', [...BEGINNING, hungup('101 hangs up', ENDS.answered)]),
    ],
  },
  'call-each-other': {
    story: '101 and 102 call each other in one breath; both ring; both give up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = [await alice.call('102'), await bob.call('101')];
      await alice.rings();
      await bob.rings();
      await stage.pause(1000);
      for (const each of placed) {
        each.cancel();
        await stage.pause(300);
      }
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        hungup('101 gives up', ENDS.cancelled, by('caller')),
      ]),
      call('102', '101', [
        ringing('101 rings'),
        hungup('102 gives up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'two-calls-of-one-phone': {
    story: '101 calls 102, holds, and calls 103; the second call ends first',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [first] = await stage.talk(alice, bob);
      await first.hold();
      const [, third] = await stage.talk(alice, carol);
      third.hangUp();
      await stage.pause(500);
      await first.resume();
      await stage.pause(700);
      first.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('held', '101 holds', { by: '101' }),
        tell('resumed', '101 resumes', { by: '101' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
      call('101', '103', [
        ringing('103 rings'),
        answered('103 lifts', '103'),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'phone-vanishes': {
    story: '101 calls 106, who lifts, and whose cable is pulled; 101 hangs up',
    run: async (stage) => {
      const [alice, frank] = stage.phones('101', '106');
      const [placed] = await stage.talk(alice, frank);
      frank.vanish();
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      call('101', '106', [
        ringing('106 rings'),
        answered('106 lifts', '106'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'phone-silent': {
    story: '101 calls 109, whose cable is pulled; nothing rings, 101 gives up',
    run: async (stage) => {
      const [alice, iris] = stage.phones('101', '109');
      iris.vanish();
      const placed = await alice.call('109');
      await stage.pause(1500);
      placed.cancel();
    },
    tells: [call('101', '109', [hungup('101 gives up', ENDS.cancelled, by('caller'))])],
  },
  'phone-broken': {
    story: '101 calls 102, whose phone is broken (500)',
    run: async (stage) => {
      stage.phone('102').whenCalled({ refuse: 500 });
      const placed = await stage.phone('101').call('102');
      await placed.refused();
    },
    tells: [
      call('101', '102', [
        hungup('102 refuses', {
          cause: 'network_out_of_order',
          cause_code: 38,
          disposition: 'failed',
          hungup_by: 'callee',
        }),
      ]),
    ],
  },
  'caller-withheld': {
    story: '101 calls 667, which hides who calls; 102 lifts and hangs up',
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('101'), stage.phone('102'), '667');
      taken.hangUp();
    },
    tells: [
      call({ extension: '', anonymous: true }, '667', [
        ...BEGINNING,
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'caller-renamed': {
    story:
      '101 calls 668, which shows another number and name of the caller; 102 lifts and hangs up',
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('101'), stage.phone('102'), '668');
      taken.hangUp();
    },
    tells: [
      call({ extension: '101', name: 'Front Desk' }, '668', [
        ...BEGINNING,
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'system-name': {
    story: '101 calls 102 on a PBX with a name (systemname), who lifts and hangs up',
    systemName: 'pbx-1',
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('101'), stage.phone('102'));
      taken.hangUp();
    },
    tells: [
      call('101', '102', [...BEGINNING, hungup('102 hangs up', ENDS.answered, by('callee'))]),
    ],
  },
  'system-name-transfer': {
    story: '101 calls 102 on a PBX with a name, who calls 103 and connects them; 101 hangs up',
    systemName: 'pbx-1',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      const [second] = await stage.talk(bob, carol);
      await taken.transferToCall(second);
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '102 transfers', {
          transfer: 'attended',
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
      call('102', '103', [
        ringing('103 rings'),
        answered('103 lifts', '103'),
        hungup('102 transfers', ENDS.answered, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'no-call-spying': {
    story: '101 talks to 102; 103 listens to them (670) and stops; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed] = await stage.talk(alice, bob);
      const spying = await carol.call('670');
      await spying.connected();
      await stage.pause(1200);
      spying.hangUp();
      await stage.pause(600);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [...BEGINNING, hungup('101 hangs up', ENDS.answered, by('caller'))]),
    ],
  },
  'no-call-recording': {
    story: '101 calls 671, which is recorded; 102 lifts and hangs up',
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('101'), stage.phone('102'), '671');
      taken.hangUp();
    },
    tells: [
      call('101', '671', [...BEGINNING, hungup('102 hangs up', ENDS.answered, by('callee'))]),
    ],
  },
  'no-call-programs': {
    story: 'the lab has a Local channel play music to a recorder for 2 s; no phone takes part',
    run: async (stage) => {
      await stage.ask('originates', 'Originate', {
        Channel: 'Local/801@internal/n',
        Application: 'MusicOnHold',
        Data: 'default,2',
        Async: 'true',
      });
      await stage.pause(2500);
    },
    tells: [],
  },
};
