// How calls between two phones begin and end.

import type { LiveScenario } from '../stage.ts';
import { answered, by, call, ENDS, hungup, ringing } from '../tells.ts';

const PBX_RESTART = { cause: 'pbx_restart', cause_code: 41 };

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
  'pbx-restarts': {
    story: '101 calls 102, who lifts; the PBX is restarted',
    systemName: 'pbx-2',
    run: async (stage) => {
      await stage.talk(stage.phone('101'), stage.phone('102'));
      await stage.restartPbx();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        answered('102 lifts', '102'),
        hungup('101 is hung up on', { ...PBX_RESTART, disposition: 'answered' }, by('system')),
      ]),
    ],
  },
  'pbx-restarts-ringing': {
    story: '101 calls 102, which rings; the PBX is restarted',
    systemName: 'pbx-3',
    run: async (stage) => {
      await stage.phone('101').call('102');
      await stage.phone('102').rings();
      await stage.pause(800);
      await stage.restartPbx();
    },
    tells: [
      call('101', '102', [
        ringing('102 rings'),
        hungup('102 stops ringing', { ...PBX_RESTART, disposition: 'failed' }, by('system')),
      ]),
    ],
  },
};
