// How calls between two phones begin and end.

import type { LiveScenario } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing } from '../tells.ts';

export const CALL_ENDS: Readonly<Record<string, LiveScenario>> = {
  'live-answered': {
    story: '101 calls 102, who answers; 102 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const [, taken] = await stage.talk(alice, bob);
      taken.hangUp();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'live-cancelled': {
    story: '101 calls 102, which rings; 101 gives up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      const placed = await alice.call('102');
      await bob.rings();
      await stage.pause(800);
      placed.cancel();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        hungup('101 gives up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'live-declined': {
    story: '101 calls 102, which rings and is declined',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      await alice.call('102');
      const taken = await bob.rings();
      await stage.pause(800);
      taken.refuse(603);
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        hungup('102 refuses', ENDS.rejected, by('callee')),
      ]),
    ],
  },
};
