// Callers who wait in a queue, until an agent takes them or not.

import type { LiveScenario } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

const queued = (queue: string, from = '101', position = 1) =>
  tell('queued', `${from} calls`, { queue, position });
/** Picked up by the PBX before anybody else: at once, as the phone sees it. */
const pickedUp = (queue: string, from = '101') =>
  tell('system_answered', `${from} is answered`, { service: 'queue', service_name: queue });

export const QUEUES: Readonly<Record<string, LiveScenario>> = {
  'queue-answered': {
    story: '101 calls the queue 623; 102 and 103 ring; 103 lifts and hangs up',
    run: async (stage) => {
      const [alice, carol] = stage.phones('101', '103');
      await alice.call('623');
      const taken = await carol.rings();
      await stage.pause(900);
      taken.lift();
      await stage.pause(1200);
      taken.hangUp();
    },
    tells: [
      call('101', '623', [
        queued('sales'),
        ringing('102 rings'),
        tell('left_queue', '103 lifts', { queue: 'sales', reason: 'connected' }),
        answered('103 lifts', '103'),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'queue-system-first': {
    story: '101 calls the queue 624, which the PBX answers; 102 lifts; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('624');
      const taken = await bob.rings();
      await stage.pause(900);
      taken.lift();
      await stage.pause(1200);
      placed.hangUp();
    },
    tells: [
      call('101', '624', [
        pickedUp('support'),
        queued('support'),
        ringing('102 rings'),
        tell('left_queue', '102 lifts', { queue: 'support', reason: 'connected' }),
        answered('102 lifts', '102'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'queue-abandoned': {
    story: '101 calls the queue 624, which the PBX answers; 102 rings; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('624');
      await bob.rings();
      await stage.pause(1500);
      placed.hangUp();
    },
    tells: [
      call('101', '624', [
        pickedUp('support'),
        queued('support'),
        ringing('102 rings'),
        tell('left_queue', '101 hangs up', { queue: 'support', reason: 'abandoned' }),
        hungup('101 hangs up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'queue-abandoned-unanswered': {
    story: '101 calls the queue 623, which nobody has answered; 102 and 103 ring; 101 gives up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('623');
      await bob.rings();
      await stage.pause(1200);
      placed.cancel();
    },
    tells: [
      call('101', '623', [
        queued('sales'),
        ringing('102 rings'),
        tell('left_queue', '101 gives up', { queue: 'sales', reason: 'abandoned' }),
        hungup('101 gives up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'queue-timeout': {
    story: '101 calls the queue 623; 102 and 103 ring twice; nobody lifts in 8 s, the PBX gives up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('623');
      await bob.rings();
      await placed.refused();
    },
    tells: [
      call('101', '623', [
        queued('sales'),
        ringing('102 rings'),
        tell('left_queue', '101 is refused', { queue: 'sales', reason: 'timeout' }),
        hungup('101 is refused', ENDS.noAnswer, by('system')),
      ]),
    ],
  },
  'queue-retry': {
    story:
      '101 calls the queue 623; 102 and 103 ring, nobody lifts; the second time 102 lifts; 102 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      await alice.call('623');
      await bob.rings();
      const again = await bob.rings();
      await stage.pause(800);
      again.lift();
      await stage.pause(1000);
      again.hangUp();
    },
    tells: [
      call('101', '623', [
        queued('sales'),
        ringing('102 rings'),
        tell('left_queue', '102 lifts', { queue: 'sales', reason: 'connected' }),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'queue-agent-busy': {
    story: '101 calls the queue 623; 102 is busy, 103 rings and lifts; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      bob.whenCalled({ refuse: 486 });
      const placed = await alice.call('623');
      const taken = await carol.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '623', [
        queued('sales'),
        ringing('103 rings'),
        tell('left_queue', '103 lifts', { queue: 'sales', reason: 'connected' }),
        answered('103 lifts', '103'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'queue-agent-declines': {
    story: '101 calls the queue 623; 102 and 103 ring, 102 declines, 103 lifts; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      bob.whenCalled({ refuse: 603, after: 500 });
      const placed = await alice.call('623');
      const taken = await carol.rings();
      await stage.pause(1300);
      taken.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '623', [
        queued('sales'),
        ringing('102 rings'),
        tell('left_queue', '103 lifts', { queue: 'sales', reason: 'connected' }),
        answered('103 lifts', '103'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'queue-all-busy': {
    story: '101 calls the queue 628; 102 and 103 are busy again and again; 101 hangs up',
    run: async (stage) => {
      for (const agent of stage.phones('102', '103')) agent.whenCalled({ refuse: 486 });
      const placed = await stage.phone('101').call('628');
      await stage.pause(2600);
      placed.hangUp();
    },
    tells: [
      call('101', '628', [
        pickedUp('sales'),
        queued('sales'),
        tell('left_queue', '101 hangs up', { queue: 'sales', reason: 'abandoned' }),
        hungup('101 hangs up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'queue-linear': {
    story: '101 calls the queue 625; 102 rings for 2 s, then 103 rings and lifts; 103 hangs up',
    run: async (stage) => {
      const [alice, carol] = stage.phones('101', '103');
      await alice.call('625');
      const taken = await carol.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call('101', '625', [
        queued('hunt'),
        ringing('102 rings'),
        tell('left_queue', '103 lifts', { queue: 'hunt', reason: 'connected' }),
        answered('103 lifts', '103'),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'queue-local-agents': {
    story: '101 calls the queue 627, whose agents are Local channels; 103 lifts and hangs up',
    run: async (stage) => {
      const [alice, carol] = stage.phones('101', '103');
      await alice.call('627');
      const taken = await carol.rings();
      await stage.pause(900);
      taken.lift();
      await stage.pause(1200);
      taken.hangUp();
    },
    tells: [
      call('101', '627', [
        queued('local'),
        ringing('102 rings'),
        tell('left_queue', '103 lifts', { queue: 'local', reason: 'connected' }),
        answered('103 lifts', '103'),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'queue-empty': {
    story: '101 calls the queue 626, where nobody works; the PBX hangs up',
    run: async (stage) => {
      await stage.phone('101').call('626');
      await stage.pause(500);
    },
    tells: [
      // It never queued: the system answered, nothing else.
      call('101', '626', [
        tell('system_answered', '101 is answered'),
        hungup('101 is hung up on', ENDS.system, by('system')),
      ]),
    ],
  },
  'queue-voicemail': {
    story: '101 calls the queue 628; nobody lifts in 4 s; the mailbox answers; 101 hangs up',
    run: async (stage) => {
      const placed = await stage.phone('101').call('628');
      await stage.phone('102').rings();
      await stage.pause(6500);
      placed.hangUp();
    },
    tells: [
      call('101', '628', [
        pickedUp('sales'),
        queued('sales'),
        ringing('102 rings'),
        tell('left_queue', '102 stops ringing', { queue: 'sales', reason: 'timeout' }),
        hungup('101 hangs up', ENDS.system, by('caller')),
      ]),
    ],
  },
  'queue-exit-key': {
    story: '101 calls the queue 629; 102 rings; 101 presses 1 and gets 104, who lifts and hangs up',
    run: async (stage) => {
      const [alice, bob, dave] = stage.phones('101', '102', '104');
      const placed = await alice.call('629');
      await bob.rings();
      await stage.pause(1000);
      await placed.press('1');
      const taken = await dave.rings();
      await stage.pause(700);
      taken.lift();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call('101', '629', [
        pickedUp('exit'),
        queued('exit'),
        ringing('102 rings'),
        tell('left_queue', '101 presses 1', { queue: 'exit', reason: 'exited' }),
        answered('104 lifts', '104'),
        hungup('104 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'queue-second-caller': {
    story:
      '101 and 104 call the queue 629; 102 lifts for 101; 104 waits behind and gives up; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, dave] = stage.phones('101', '102', '104');
      const placed = await alice.call('629');
      const taken = await bob.rings();
      const second = await dave.call('629');
      await stage.pause(800);
      taken.lift();
      await stage.pause(1200);
      second.hangUp();
      await stage.pause(800);
      placed.hangUp();
    },
    tells: [
      call('101', '629', [
        pickedUp('exit'),
        queued('exit'),
        ringing('102 rings'),
        tell('left_queue', '102 lifts', { queue: 'exit', reason: 'connected' }),
        answered('102 lifts', '102'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
      call('104', '629', [
        pickedUp('exit', '104'),
        queued('exit', '104', 2),
        tell('left_queue', '104 hangs up', { queue: 'exit', reason: 'abandoned' }),
        hungup('104 hangs up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'queue-agent-transfers': {
    story:
      '101 calls the queue 623; 102 lifts and transfers blindly to 104, who lifts; 101 hangs up',
    run: async (stage) => {
      const [alice, bob, dave] = stage.phones('101', '102', '104');
      const placed = await alice.call('623');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1000);
      await taken.transferTo('104');
      const third = await dave.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '623', [
        queued('sales'),
        ringing('102 rings'),
        tell('left_queue', '102 lifts', { queue: 'sales', reason: 'connected' }),
        answered('102 lifts', '102'),
        tell('transferred', '104 lifts', {
          transfer: 'blind',
          by: '102',
          transferred_to: '104',
          replaces: '102',
        }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'menu-then-queue': {
    story: '101 calls the menu 630 and presses 2 for a queue; 102 lifts and hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('630');
      await placed.connected();
      await stage.pause(1000);
      await placed.press('2');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call('101', '630', [
        tell('system_answered', '101 is answered'),
        tell('queued', '101 presses 2', { queue: 'sales', position: 1 }),
        ringing('102 rings'),
        tell('left_queue', '102 lifts', { queue: 'sales', reason: 'connected' }),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
};
