// Phones of chan_sip, the driver that only Asterisk 16 has: 121 and 122.

import type { LiveScenario, Stage } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

const BEGINNING = [ringing('122 rings'), answered('122 lifts', '122')];

/** 121 calls 122, which rings. */
async function rings(stage: Stage) {
  const [sid, tom] = stage.phones('121', '122');
  const placed = await sid.call('122');
  const taken = await tom.rings();
  await stage.pause(900);
  return { placed, taken };
}

export const OLD_PHONES: Readonly<Record<string, LiveScenario>> = {
  'old-answered': {
    story: '121 calls 122, who lifts; 122 hangs up',
    release: 16,
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('121'), stage.phone('122'));
      taken.hangUp();
    },
    tells: [
      call('121', '122', [...BEGINNING, hungup('122 hangs up', ENDS.answered, by('callee'))]),
    ],
  },
  'old-caller-hangs-up': {
    story: '121 calls 122, who lifts; 121 hangs up',
    release: 16,
    run: async (stage) => {
      const [placed] = await stage.talk(stage.phone('121'), stage.phone('122'));
      placed.hangUp();
    },
    tells: [
      call('121', '122', [...BEGINNING, hungup('121 hangs up', ENDS.answered, by('caller'))]),
    ],
  },
  'old-cancelled': {
    story: '121 calls 122, which rings; 121 gives up',
    release: 16,
    run: async (stage) => {
      const { placed } = await rings(stage);
      placed.cancel();
    },
    tells: [
      call('121', '122', [
        ringing('122 rings'),
        hungup('121 gives up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'old-declined': {
    story: '121 calls 122, which rings and declines',
    release: 16,
    run: async (stage) => {
      const { taken } = await rings(stage);
      taken.refuse(603);
    },
    tells: [
      call('121', '122', [
        ringing('122 rings'),
        hungup('122 refuses', ENDS.rejected, by('callee')),
      ]),
    ],
  },
  'old-busy': {
    story: '121 calls 122, which is busy',
    release: 16,
    run: async (stage) => {
      stage.phone('122').whenCalled({ refuse: 486 });
      const placed = await stage.phone('121').call('122');
      await placed.refused();
    },
    tells: [call('121', '122', [hungup('122 refuses', ENDS.busy, by('callee'))])],
  },
  'old-hold': {
    story: '121 calls 122, who holds and resumes; 121 hangs up',
    release: 16,
    run: async (stage) => {
      const [placed, taken] = await stage.talk(stage.phone('121'), stage.phone('122'));
      await taken.hold();
      await stage.pause(1000);
      await taken.resume();
      await stage.pause(700);
      placed.hangUp();
    },
    tells: [
      call('121', '122', [
        ...BEGINNING,
        tell('held', '122 holds', { by: '122' }),
        tell('resumed', '122 resumes', { by: '122' }),
        hungup('121 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'old-to-new': {
    story: '121 of the old driver calls 102 of the new one, who lifts; 121 hangs up',
    release: 16,
    run: async (stage) => {
      const [placed] = await stage.talk(stage.phone('121'), stage.phone('102'));
      placed.hangUp();
    },
    tells: [
      call('121', '102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('121 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'new-to-old': {
    story: '101 of the new driver calls 122 of the old one, who lifts and hangs up',
    release: 16,
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('101'), stage.phone('122'));
      taken.hangUp();
    },
    tells: [
      call('101', '122', [...BEGINNING, hungup('122 hangs up', ENDS.answered, by('callee'))]),
    ],
  },
  'old-transfer-blind': {
    story: '121 calls 122, who transfers blindly to 103; 103 lifts, 121 hangs up',
    release: 16,
    run: async (stage) => {
      const [sid, tom, carol] = stage.phones('121', '122', '103');
      const [placed, taken] = await stage.talk(sid, tom);
      await taken.transferTo('103');
      const third = await carol.rings();
      await stage.pause(700);
      third.lift();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('121', '122', [
        ...BEGINNING,
        tell('transferred', '103 lifts', {
          transfer: 'blind',
          by: '122',
          transferred_to: '103',
          replaces: '122',
        }),
        hungup('121 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'old-transfer-attended': {
    story: '121 calls 122, who calls 103 and connects 121 with 103; 103 hangs up',
    release: 16,
    run: async (stage) => {
      const [sid, tom, carol] = stage.phones('121', '122', '103');
      const [, taken] = await stage.talk(sid, tom);
      const [second, consulted] = await stage.talk(tom, carol);
      await taken.transferToCall(second);
      await stage.pause(1000);
      consulted.hangUp();
    },
    tells: [
      call('121', '122', [
        ...BEGINNING,
        tell('transferred', '122 transfers', {
          transfer: 'attended',
          by: '122',
          transferred_to: '103',
          replaces: '122',
        }),
        hungup('103 hangs up', ENDS.answered, by('callee')),
      ]),
      call('122', '103', [
        ringing('103 rings'),
        answered('103 lifts', '103'),
        hungup('122 transfers', ENDS.answered, { merged_into: 'call 1' }),
      ]),
    ],
  },
  'old-picked-up': {
    story: '101 calls 122; 121 picks up (*8) and hangs up',
    release: 16,
    run: async (stage) => {
      const [alice, sid, tom] = stage.phones('101', '121', '122');
      await alice.call('122');
      await tom.rings();
      await stage.pause(900);
      const picking = await sid.call('*8');
      await picking.connected();
      await stage.pause(1000);
      picking.hangUp();
    },
    tells: [
      call('101', '122', [
        ringing('122 rings'),
        answered('121 is answered', '121'),
        hungup('121 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
};
