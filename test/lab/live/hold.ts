// Calls that are put on hold.

import type { LiveScenario } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

const BEGINNING = [ringing('102 rings'), answered('102 lifts', '102')];

export const HOLD: Readonly<Record<string, LiveScenario>> = {
  hold: {
    story: '101 calls 102, who holds and resumes; 102 hangs up',
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('101'), stage.phone('102'));
      await taken.hold();
      await stage.pause(1200);
      await taken.resume();
      await stage.pause(600);
      taken.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('held', '102 holds', { by: '102' }),
        tell('resumed', '102 resumes', { by: '102' }),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'hold-twice': {
    story: '101 calls 102 and holds, resumes, holds (inactive) and resumes; 101 hangs up',
    run: async (stage) => {
      const [placed] = await stage.talk(stage.phone('101'), stage.phone('102'));
      for (const direction of ['sendonly', 'inactive'] as const) {
        await placed.hold(direction);
        await stage.pause(700);
        await placed.resume();
        await stage.pause(500);
      }
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('held', '101 holds', { by: '101' }),
        tell('resumed', '101 resumes', { by: '101' }),
        tell('held', '101 holds (2)', { by: '101' }),
        tell('resumed', '101 resumes (2)', { by: '101' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'held-hangs-up': {
    story: '101 calls 102, who holds; 101 hangs up while it is held',
    run: async (stage) => {
      const [placed, taken] = await stage.talk(stage.phone('101'), stage.phone('102'));
      await taken.hold();
      await stage.pause(1000);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('held', '102 holds', { by: '102' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'holder-hangs-up': {
    story: '101 calls 102, who holds and hangs up',
    run: async (stage) => {
      const [, taken] = await stage.talk(stage.phone('101'), stage.phone('102'));
      await taken.hold();
      await stage.pause(1000);
      taken.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('held', '102 holds', { by: '102' }),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'hold-both': {
    story: '101 calls 102; both hold, then both resume; 101 hangs up',
    run: async (stage) => {
      const [placed, taken] = await stage.talk(stage.phone('101'), stage.phone('102'));
      await placed.hold();
      await stage.pause(600);
      await taken.hold();
      await stage.pause(600);
      await placed.resume();
      await stage.pause(600);
      await taken.resume();
      await stage.pause(600);
      placed.hangUp();
    },
    tells: [
      call('101', '102', [
        ...BEGINNING,
        tell('held', '101 holds', { by: '101' }),
        tell('held', '102 holds', { by: '102' }),
        tell('resumed', '101 resumes', { by: '101' }),
        tell('resumed', '102 resumes', { by: '102' }),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
};
