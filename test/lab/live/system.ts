// Calls that the phone system takes itself: menus, announcements, mailboxes, tones.

import type { LiveScenario, Stage } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

const LEFT_ALONE = { cause: 'normal_clearing', cause_code: 16, disposition: 'failed' };
const PICKED_UP = tell('system_answered', '101 is answered');

/** 101 calls that number, is answered by the system, and hangs up later, unless the system does. */
function callsAndHangsUp(number: string) {
  return async (stage: Stage) => {
    const placed = await stage.phone('101').call(number);
    await placed.connected();
    await stage.pause(1500);
    placed.hangUp();
  };
}

function callsAndWaits(number: string) {
  return async (stage: Stage) => {
    await stage.phone('101').call(number);
  };
}

export const SYSTEM: Readonly<Record<string, LiveScenario>> = {
  'menu-left': {
    story: '101 calls the menu 630 and hangs up',
    run: callsAndHangsUp('630'),
    tells: [call('101', '630', [PICKED_UP, hungup('101 hangs up', ENDS.system, by('caller'))])],
  },
  'menu-then-person': {
    story: '101 calls the menu 630 and presses 1 for 102, who lifts; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('630');
      await placed.connected();
      await stage.pause(1000);
      await placed.press('1');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '630', [
        PICKED_UP,
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'menu-then-busy': {
    story: '101 calls the menu 638 and presses a key for 102, who is busy; the PBX hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      bob.whenCalled({ refuse: 486 });
      const placed = await alice.call('638');
      await placed.connected();
      await stage.pause(1200);
      await placed.press('1');
    },
    tells: [
      // The system answered before the phone was dialled, so the phone's answer holds.
      call('101', '638', [PICKED_UP, hungup('101 is hung up on', ENDS.busy, by('callee'))]),
    ],
  },
  'menu-then-cancelled': {
    story: '101 calls the menu 638 and presses a key for 102, who rings; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('638');
      await placed.connected();
      await stage.pause(1200);
      await placed.press('1');
      await bob.rings();
      await stage.pause(900);
      placed.hangUp();
    },
    tells: [
      call('101', '638', [
        PICKED_UP,
        ringing('102 rings'),
        hungup('101 hangs up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'menu-timeout': {
    story: '101 calls the menu 630 and presses nothing; the PBX hangs up',
    run: async (stage) => {
      const placed = await stage.phone('101').call('630');
      await placed.connected();
      await stage.pause(3000);
    },
    tells: [
      call('101', '630', [PICKED_UP, hungup('101 is hung up on', ENDS.system, by('system'))]),
    ],
  },
  announcement: {
    story: '101 calls the announcement 631; the PBX hangs up',
    run: callsAndWaits('631'),
    tells: [
      call('101', '631', [PICKED_UP, hungup('101 is hung up on', ENDS.system, by('system'))]),
    ],
  },
  'announcement-then-refused': {
    story: '101 calls 637, which announces something and hangs up as if the number did not exist',
    run: callsAndWaits('637'),
    tells: [
      call('101', '637', [PICKED_UP, hungup('101 is hung up on', ENDS.system, by('system'))]),
    ],
  },
  'early-announcement-then-person': {
    story: '101 calls 632, hears an announcement before 102 rings; 102 lifts and hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      await alice.call('632');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.lift();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call('101', '632', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'early-announcement': {
    story: '101 calls 633, hears an announcement as early media; the PBX ends it',
    run: callsAndWaits('633'),
    tells: [
      // Nothing was dialled and nothing answered: all that is left is the cause that Asterisk gives.
      call('101', '633', [hungup('101 is refused', LEFT_ALONE, by('system'))]),
    ],
  },
  'early-announcement-left': {
    story: '101 calls 633, hears an announcement as early media and gives up',
    run: async (stage) => {
      const placed = await stage.phone('101').call('633');
      await stage.pause(1000);
      placed.cancel();
    },
    tells: [call('101', '633', [hungup('101 gives up', ENDS.cancelled, by('caller'))])],
  },
  echo: {
    story: '101 calls the echo 801 and hangs up',
    run: callsAndHangsUp('801'),
    tells: [call('101', '801', [PICKED_UP, hungup('101 hangs up', ENDS.system, by('caller'))])],
  },
  voicemail: {
    story: '101 calls the mailbox 643 of 102 and hangs up',
    run: callsAndHangsUp('643'),
    tells: [call('101', '643', [PICKED_UP, hungup('101 hangs up', ENDS.system, by('caller'))])],
  },
  'voicemail-after-no-answer': {
    story: '101 calls 642; 102 rings for 2 s, then its mailbox answers; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('642');
      await bob.rings();
      await placed.connected();
      await stage.pause(1500);
      placed.hangUp();
    },
    tells: [
      call('101', '642', [
        ringing('102 rings'),
        PICKED_UP,
        hungup('101 hangs up', ENDS.system, by('caller')),
      ]),
    ],
  },
  'voicemail-after-busy': {
    story: '101 calls 642; 102 is busy, its mailbox answers; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      bob.whenCalled({ refuse: 486 });
      const placed = await alice.call('642');
      await placed.connected();
      await stage.pause(1500);
      placed.hangUp();
    },
    tells: [call('101', '642', [PICKED_UP, hungup('101 hangs up', ENDS.system, by('caller'))])],
  },
  'mailbox-read': {
    story: '101 calls its mailbox 640 and hangs up',
    run: callsAndHangsUp('640'),
    tells: [call('101', '640', [PICKED_UP, hungup('101 hangs up', ENDS.system, by('caller'))])],
  },
  'busy-tone': {
    story: '101 calls 634, which is always busy',
    run: callsAndWaits('634'),
    tells: [call('101', '634', [hungup('101 is refused', ENDS.busy, by('system'))])],
  },
  'congestion-tone': {
    story: '101 calls 635, which is always congested',
    run: callsAndWaits('635'),
    tells: [
      call('101', '635', [
        hungup('101 is refused', {
          cause: 'normal_circuit_congestion',
          cause_code: 34,
          disposition: 'failed',
          hungup_by: 'system',
        }),
      ]),
    ],
  },
  'hangup-with-cause': {
    story: '101 calls 636, which is out of order (38)',
    run: callsAndWaits('636'),
    tells: [
      call('101', '636', [
        hungup('101 is refused', {
          cause: 'network_out_of_order',
          cause_code: 38,
          disposition: 'failed',
          hungup_by: 'system',
        }),
      ]),
    ],
  },
  'ringing-tone-only': {
    story: '101 calls 674, which only sounds as if it rang; the PBX ends it',
    run: callsAndWaits('674'),
    tells: [call('101', '674', [hungup('101 is refused', LEFT_ALONE, by('system'))])],
  },
  'music-while-ringing': {
    story: '101 calls 639 and hears music until 102 lifts; 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [placed] = await stage.talk(alice, bob, '639');
      placed.hangUp();
    },
    tells: [
      call('101', '639', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'announcement-after-talk': {
    story:
      '101 calls 672; 102 lifts and hangs up; 101 hears an announcement, then the PBX hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [, taken] = await stage.talk(alice, bob, '672');
      taken.hangUp();
    },
    tells: [
      // 102 hung up first; what 101 hears then ends nothing.
      call('101', '672', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('101 is hung up on', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'talk-limited': {
    story: '101 calls 673; 102 lifts; after 2 s of talk the PBX hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      await stage.talk(alice, bob, '673');
    },
    tells: [
      call('101', '673', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('101 is hung up on', ENDS.answered, by('system')),
      ]),
    ],
  },
};
