// Calls whose people change: blind and attended transfers by phone and by key, and what the manager interface moves.

import type { LiveScenario, Stage } from '../stage.ts';
import { after, answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

/** 101 calls 102, who answers: how each of these calls begins. */
const BEGINNING = [ringing('102 rings'), answered('102 lifts', '102')];

const BLIND = { transfer: 'blind' };
const ATTENDED = { transfer: 'attended' };

/** 102 has 101 on the line and calls 103, who lifts. */
async function consult(stage: Stage) {
  const [alice, bob, carol] = stage.phones('101', '102', '103');
  const [first, taken] = await stage.talk(alice, bob);
  const [second, consulted] = await stage.talk(bob, carol);
  return { first, taken, second, consulted };
}

export const TRANSFERS: Readonly<Record<string, LiveScenario>> = {
  'transfer-blind-callee': {
    story: '101 calls 102, who transfers blindly to 103; 103 answers, 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.transferTo('103');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-blind-caller': {
    story: '101 calls 102 and transfers 102 blindly to 103; 103 answers and hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed] = await stage.talk(alice, bob);
      await placed.transferTo('103');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      third.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '101',
          transferred_to: '103',
          replaces: '101',
        }),
        // 103 stands where 101 stood.
        hungup('103 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-blind-key-callee': {
    story: '101 calls 7102, 102 transfers by key (#1) to 103; 103 answers, 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob, '7102');
      await taken.press('#1');
      await stage.pause(1500);
      await taken.press('103');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '7102', [
        ...BEGINNING,
        tell('held', '102 presses #1', { by: '102' }),
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-blind-key-caller': {
    story: '101 calls 7102 and transfers 102 by key (#1) to 103; 103 answers and hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed] = await stage.talk(alice, bob, '7102');
      await placed.press('#1');
      await stage.pause(1500);
      await placed.press('103');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      third.hangUp();
    },
    tells: [
      call('101', '7102', [
        ...BEGINNING,
        tell('held', '101 presses #1', { by: '101' }),
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '101',
          transferred_to: '103',
          replaces: '101',
        }),
        hungup('103 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-blind-no-answer': {
    story: '101 calls 102, who transfers blindly to 108; nobody lifts, the PBX gives up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [, taken] = await stage.talk(alice, bob);
      await taken.transferTo('108');
      await stage.phone('108').rings();
    },
    tells: [
      call('101', '102', [...BEGINNING, hungup('101 is hung up on', ENDS.answered, by('system'))]),
    ],
  },
  'transfer-blind-cancelled': {
    story: '101 calls 102, who transfers blindly to 103, which rings; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.transferTo('103');
      await carol.rings();
      await stage.pause(900);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [...BEGINNING, hungup('101 hangs up', ENDS.answered, by('caller'))]),
    ],
  },
  'transfer-blind-busy': {
    story: '101 calls 102, who transfers blindly to 103, which is busy; the PBX hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      carol.whenCalled({ refuse: 486 });
      const [, taken] = await stage.talk(alice, bob);
      await taken.transferTo('103');
    },
    tells: [
      call('101', '102', [...BEGINNING, hungup('101 is hung up on', ENDS.answered, by('system'))]),
    ],
  },
  'transfer-blind-declined': {
    story: '101 calls 102, who transfers blindly to 103, which declines; the PBX hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [, taken] = await stage.talk(alice, bob);
      await taken.transferTo('103');
      const third = await carol.rings();
      await stage.pause(600);
      third.refuse(603);
    },
    tells: [
      call('101', '102', [...BEGINNING, hungup('101 is hung up on', ENDS.answered, by('system'))]),
    ],
  },
  'transfer-blind-unknown': {
    story:
      '101 calls 102, who transfers to 7777, which does not exist; they go on talking, 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.transferTo('7777');
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [...BEGINNING, hungup('101 hangs up', ENDS.answered, by('caller'))]),
    ],
  },
  'transfer-blind-twice': {
    story: '101 calls 102, who transfers to 103, who transfers to 104; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol, dave] = stage.phones('101', '102', '103', '104');
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.transferTo('103');
      const third = await carol.rings();
      await stage.pause(500);
      third.lift();
      await stage.pause(900);
      await third.transferTo('104');
      const fourth = await dave.rings();
      await stage.pause(500);
      fourth.lift();
      await stage.pause(900);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        tell('transferred', '104 lifts', {
          ...BLIND,
          by: '103',
          transferred_to: '104',
          replaces: '103',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-back': {
    story: '101 calls 102, who transfers to 103, who transfers back to 102; 102 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [, taken] = await stage.talk(alice, bob);
      await taken.transferTo('103');
      const third = await carol.rings();
      await stage.pause(500);
      third.lift();
      await stage.pause(900);
      await third.transferTo('102');
      const again = await bob.rings();
      await stage.pause(500);
      again.lift();
      await stage.pause(900);
      again.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        tell('transferred', '102 lifts (2)', {
          ...BLIND,
          by: '103',
          transferred_to: '102',
          replaces: '103',
        }),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'transfer-to-group': {
    story: '104 calls 102, who transfers blindly to the group 600; 103 answers and hangs up',
    run: async (stage) => {
      const [dave, bob, carol] = stage.phones('104', '102', '103');
      const [, taken] = await stage.talk(dave, bob);
      await taken.transferTo('600');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      third.hangUp();
    },
    tells: [
      call('104', '102', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'transfer-to-voicemail': {
    story: '101 calls 102, who transfers blindly to a mailbox; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.transferTo('643');
      await stage.pause(1500);
      placed.hangUp();
    },
    tells: [
      // The call was picked up long ago: the mailbox is no news.
      call('101', '102', [...BEGINNING, hungup('101 hangs up', ENDS.answered, by('caller'))]),
    ],
  },
  'transfer-blind-held': {
    story: '101 calls 102, who holds and transfers blindly to 103; 103 answers, 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.hold();
      await stage.pause(600);
      await taken.transferTo('103');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      // Who transfers takes nobody back.
      call('101', '102', [
        ...BEGINNING,
        tell('held', '102 holds', { by: '102' }),
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-blind-outside': {
    story: '101 calls 102, who transfers to an outside number; outside answers and hangs up',
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('101'), stage.phone('102'));
      await taken.transferTo('95551234');
      const third = await stage.outside.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      third.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', 'outside lifts', {
          ...BLIND,
          by: '102',
          transferred_to: { extension: '5551234' },
          replaces: '102',
        }),
        hungup('outside hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'transfer-to-queue': {
    story: '104 calls 101, who transfers blindly to the queue 623; 103 lifts, 104 hangs up',
    run: async (stage) => {
      const [alice, dave] = stage.phones('101', '104');
      const [placed, taken] = await stage.talk(dave, alice);
      await taken.transferTo('623');
      const third = await stage.phone('103').rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('104', '101', [
        ringing('101 rings'),
        answered('101 lifts', '101'),
        tell('queued', '101 transfers', { queue: 'sales', position: 1 }),
        tell('left_queue', '103 lifts', { queue: 'sales', reason: 'connected' }),
        tell('transferred', '103 lifts', {
          ...BLIND,
          by: '101',
          transferred_to: '103',
          replaces: '101',
        }),
        hungup('104 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-attended-callee': {
    story: '101 calls 102, who calls 103 and connects 101 with 103; 103 hangs up',
    run: async (stage) => {
      const { taken, second, consulted } = await consult(stage);
      await taken.transferToCall(second);
      await stage.pause(1000);
      consulted.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '102 transfers', {
          ...ATTENDED,
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
  'transfer-attended-held': {
    story: '101 calls 102, who holds, calls 103 and connects 101 with 103; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.hold();
      await stage.pause();
      const [second] = await stage.talk(bob, carol);
      await second.hold();
      await stage.pause();
      await taken.transferToCall(second);
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      // Who transfers takes nobody back from hold.
      call('101', '102', [
        ...BEGINNING,
        tell('held', '102 holds', { by: '102' }),
        tell('transferred', '102 transfers', {
          ...ATTENDED,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
      call('102', '103', [
        ringing('103 rings'),
        answered('103 lifts', '103'),
        tell('held', '102 holds (2)', { by: '102' }),
        hungup('102 transfers', ENDS.answered, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'transfer-attended-caller': {
    story: '101 calls 102, then 103, and connects 102 with 103; 102 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [first, taken] = await stage.talk(alice, bob);
      const [second] = await stage.talk(alice, carol);
      await first.transferToCall(second);
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      // Of neither call the caller is left: the older one goes on.
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '101 transfers', {
          ...ATTENDED,
          by: '101',
          transferred_to: '103',
          replaces: '101',
        }),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
      call('101', '103', [
        ringing('103 rings'),
        answered('103 lifts', '103'),
        hungup('101 transfers', ENDS.answered, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'transfer-attended-key': {
    story: '101 calls 7102; 102 calls 103 by key (*2) and hangs up: 101 talks to 103, who hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [, taken] = await stage.talk(alice, bob, '7102');
      await taken.press('*2');
      await stage.pause(1500);
      await taken.press('103');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      taken.hangUp();
      await stage.pause(1000);
      third.hangUp();
    },
    tells: [
      // The consultation by key has no caller's channel of its own: it is no call. 101 hears music meanwhile.
      call('101', '7102', [
        ...BEGINNING,
        tell('held', '102 presses *2', { by: '102' }),
        tell('transferred', '102 hangs up', {
          ...ATTENDED,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'transfer-attended-key-caller': {
    story: '101 calls 7102, calls 103 by key (*2) and hangs up: 102 talks to 103; 102 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob, '7102');
      await placed.press('*2');
      await stage.pause(1500);
      await placed.press('103');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call('101', '7102', [
        ...BEGINNING,
        tell('held', '101 presses *2', { by: '101' }),
        tell('transferred', '101 hangs up', {
          ...ATTENDED,
          by: '101',
          transferred_to: '103',
          replaces: '101',
        }),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'transfer-attended-key-no-answer': {
    story:
      '101 calls 7102; 102 calls 108 by key (*2), who does not lift; 101 and 102 talk on, 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [placed, taken] = await stage.talk(alice, bob, '7102');
      await taken.press('*2');
      await stage.pause(1500);
      await taken.press('108');
      await stage.phone('108').rings();
      await stage.pause(5000);
      placed.hangUp();
    },
    tells: [
      call('101', '7102', [
        ...BEGINNING,
        tell('held', '102 presses *2', { by: '102' }),
        tell('resumed', '108 stops ringing', { by: '102' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-attended-key-comes-back': {
    story:
      '101 calls 7102; 102 calls 108 by key (*2) and hangs up; 108 does not lift, 102 is rung again and lifts; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [placed, taken] = await stage.talk(alice, bob, '7102');
      await taken.press('*2');
      await stage.pause(1500);
      await taken.press('108');
      await stage.phone('108').rings();
      await stage.pause(700);
      taken.hangUp();
      const again = await bob.rings(15_000);
      await stage.pause(800);
      again.lift();
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      // Back with who he talked to before: nobody has taken anybody's place.
      call('101', '7102', [
        ...BEGINNING,
        tell('held', '102 presses *2', { by: '102' }),
        tell('resumed', '102 lifts (2)', { by: '102' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
      // Asterisk calls 102 without saying for whom.
      call('102', { extension: '' }, [
        ringing('102 rings (2)'),
        hungup('102 lifts (2)', ENDS.merged, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'transfer-attended-ringing': {
    story:
      '101 calls 102, who calls 103 and transfers while 103 still rings; 103 lifts and hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [, taken] = await stage.talk(alice, bob);
      const second = await bob.call('103');
      const third = await carol.rings();
      await second.ringing();
      await stage.pause(700);
      await taken.transferToCall(second);
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      third.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          ...ATTENDED,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
      call('102', '103', [
        ringing('103 rings'),
        hungup('102 transfers', ENDS.merged, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'transfer-attended-ringing-cancelled': {
    story: '101 calls 102, who calls 103 and transfers while 103 still rings; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      const second = await bob.call('103');
      await carol.rings();
      await second.ringing();
      await stage.pause(700);
      await taken.transferToCall(second);
      await stage.pause(700);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [...BEGINNING, hungup('101 hangs up', ENDS.answered, by('caller'))]),
      call('102', '103', [
        ringing('103 rings'),
        hungup('102 transfers', ENDS.merged, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'transfer-attended-older-consultation': {
    story: '102 calls 103; 101 calls 102, who connects 101 with 103; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [older] = await stage.talk(bob, carol);
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.transferToCall(older);
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      // 101, who called, is still there; 102, who called before, is not.
      call('102', '103', [
        ringing('103 rings'),
        answered('103 lifts', '103'),
        hungup('102 transfers', ENDS.answered, { merged_into: 'call 2' }),
      ]),
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '102 transfers', {
          ...ATTENDED,
          by: '102',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'transfer-attended-to-queue': {
    story:
      '104 calls 101, who calls the queue 623, talks to 103 there and connects 104 with 103; 103 hangs up',
    run: async (stage) => {
      const [alice, dave, carol] = stage.phones('101', '104', '103');
      const [, taken] = await stage.talk(dave, alice);
      const [second, consulted] = await stage.talk(alice, carol, '623');
      await taken.transferToCall(second);
      await stage.pause(1000);
      consulted.hangUp();
    },
    tells: [
      call('104', '101', [
        ringing('101 rings'),
        answered('101 lifts', '101'),
        tell('transferred', '101 transfers', {
          ...ATTENDED,
          by: '101',
          transferred_to: '103',
          replaces: '101',
        }),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
      call('101', '623', [
        tell('queued', '101 calls', { queue: 'sales', position: 1 }),
        ringing('102 rings'),
        tell('left_queue', '103 lifts', { queue: 'sales', reason: 'connected' }),
        answered('103 lifts', '103'),
        hungup('101 transfers', ENDS.answered, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'transfer-attended-two-callers': {
    story: '103 calls 102, then 101 calls 102, who connects the two; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [, older] = await stage.talk(carol, bob);
      const [placed, taken] = await stage.talk(alice, bob);
      await taken.transferToCall(older);
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      // Both callers are left: the older call goes on, and 101 stands where 102 stood.
      call('103', '102', [
        ...BEGINNING,
        tell('transferred', '102 transfers', {
          ...ATTENDED,
          by: '102',
          transferred_to: '101',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('callee')),
      ]),
      call('101', '102', [
        ringing('102 rings (2)'),
        answered('102 lifts (2)', '102'),
        hungup('102 transfers', ENDS.answered, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'redirect-caller': {
    story: '101 talks to 102; the lab redirects 101 to 103, who answers; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed] = await stage.talk(alice, bob);
      await stage.ask('redirects', 'Redirect', await toExtension(stage, '101', '103'));
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          transfer: 'redirect',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'redirect-callee': {
    story: '101 talks to 102; the lab redirects 102 to 103, who answers and hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      await stage.talk(alice, bob);
      await stage.ask('redirects', 'Redirect', await toExtension(stage, '102', '103'));
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      third.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          transfer: 'redirect',
          transferred_to: '103',
          replaces: '101',
        }),
        hungup('103 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'redirect-both': {
    story:
      '101 talks to 102; the lab redirects both into the conference 800; 102 hangs up, then 101',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [placed, taken] = await stage.talk(alice, bob);
      const { Channel = '' } = await toExtension(stage, '101', '800');
      await stage.ask('redirects', 'Redirect', {
        Channel,
        ExtraChannel: await stage.channelOf('PJSIP/102'),
        Context: 'internal',
        Exten: '800',
        Priority: '1',
        ExtraContext: 'internal',
        ExtraExten: '800',
        ExtraPriority: '1',
      });
      await stage.pause(1500);
      taken.hangUp();
      await stage.pause(800);
      placed.hangUp();
    },
    tells: [
      // Nobody new is in it, so nothing is told of the move. Who leaves a conference leaves it a little later.
      call('101', '102', [
        ...BEGINNING,
        hungup(after('101 hangs up', 0, 1_000), ENDS.answered, by('callee')),
      ]),
    ],
  },
  'bridge-two-calls': {
    story: '101 talks to 102, 103 to 104; the lab bridges 101 with 103; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol, dave] = stage.phones('101', '102', '103', '104');
      const [placed] = await stage.talk(alice, bob);
      await stage.talk(carol, dave);
      await stage.ask('bridges', 'Bridge', {
        Channel1: await stage.channelOf('PJSIP/101'),
        Channel2: await stage.channelOf('PJSIP/103'),
      });
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      // A bridge by the manager interface moves people as a redirect does.
      call('101', '102', [
        ...BEGINNING,
        tell('transferred', 'the lab bridges', {
          transfer: 'redirect',
          transferred_to: '103',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
      call('103', '104', [
        ringing('104 rings'),
        answered('104 lifts', '104'),
        hungup('the lab bridges', ENDS.answered, { merged_into: 'call 1' }),
      ]),
    ],
  },
};

async function toExtension(stage: Stage, from: string, exten: string) {
  const Channel = await stage.channelOf(`PJSIP/${from}`);
  return { Channel, Context: 'internal', Exten: exten, Priority: '1' };
}
