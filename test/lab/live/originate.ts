// Calls that a program places: click to call.

import type { AmiAnswer } from '../ami.ts';
import type { LiveScenario, Stage } from '../stage.ts';
import { after, answered, by, call, ENDS, hungup, ringing, tell } from '../tells.ts';

const NOBODY = { extension: '' };
const ROOM = { extension: '805', name: '805' };
/** Who enters a conference first hears that nobody else is there, which takes so long. */
const ALONE_MS = 3_200;

/** The lab has that channel called, and then connected with an extension or an application. */
function originates(stage: Stage, Channel: string, rest: AmiAnswer): Promise<void> {
  const fields = { Channel, Timeout: '20000', Async: 'true', ...rest };
  return stage.ask('originates', 'Originate', fields);
}

function extension(Exten: string): AmiAnswer {
  return { Context: 'internal', Exten, Priority: '1' };
}

/** 101 rings and lifts, then 102 rings and lifts. */
async function bothLift(stage: Stage, channel: string, rest: AmiAnswer = {}) {
  const [alice, bob] = stage.phones('101', '102');
  const goal = rest.Application === undefined ? extension('102') : {};
  await originates(stage, channel, { ...goal, ...rest });
  const first = await alice.rings();
  await stage.pause(800);
  first.lift();
  const second = await bob.rings();
  await stage.pause(800);
  second.lift();
  await stage.pause(1200);
  return { first, second };
}

const CONNECTED = [ringing('101 rings'), answered('102 lifts', '102')];

export const ORIGINATE: Readonly<Record<string, LiveScenario>> = {
  'originate-phone': {
    story: 'the lab has 101 call 102: 101 lifts, 102 lifts, 101 hangs up',
    run: async (stage) => {
      const { first } = await bothLift(stage, 'PJSIP/101');
      first.hangUp();
    },
    tells: [
      call('101', '102', [...CONNECTED, hungup('101 hangs up', ENDS.answered, by('caller'))]),
    ],
  },
  'originate-caller-id': {
    story: 'the lab has 101 call 102 under a name and number of its own; 102 hangs up',
    run: async (stage) => {
      const { second } = await bothLift(stage, 'PJSIP/101', {
        CallerID: '"Click To Call" <900>',
      });
      second.hangUp();
    },
    tells: [
      call('101', '102', [...CONNECTED, hungup('102 hangs up', ENDS.answered, by('callee'))]),
    ],
  },
  'originate-local': {
    story: 'the lab has 101 call 102 through a Local channel that is optimised away; 102 hangs up',
    run: async (stage) => {
      const { second } = await bothLift(stage, 'Local/101@internal');
      second.hangUp();
    },
    tells: [
      call('101', '102', [...CONNECTED, hungup('102 hangs up', ENDS.answered, by('callee'))]),
    ],
  },
  'originate-local-n': {
    story: 'the lab has 101 call 102 through a Local channel that stays; 101 hangs up',
    run: async (stage) => {
      const { first } = await bothLift(stage, 'Local/101@internal/n');
      first.hangUp();
    },
    tells: [
      call('101', '102', [...CONNECTED, hungup('101 hangs up', ENDS.answered, by('caller'))]),
    ],
  },
  'originate-no-answer': {
    story: 'the lab has 101 call 102; 101 does not lift, the PBX gives up after 2.5 s',
    run: async (stage) => {
      await originates(stage, 'PJSIP/101', { ...extension('102'), Timeout: '2500' });
      const first = await stage.phone('101').rings();
      await first.ended();
    },
    tells: [
      call('101', NOBODY, [
        ringing('101 rings'),
        hungup('101 stops ringing', ENDS.noAnswer, by('system')),
      ]),
    ],
  },
  'originate-declined': {
    story: 'the lab has 101 call 102; 101 declines',
    run: async (stage) => {
      await originates(stage, 'PJSIP/101', extension('102'));
      const first = await stage.phone('101').rings();
      await stage.pause(800);
      first.refuse(603);
    },
    tells: [
      call('101', NOBODY, [
        ringing('101 rings'),
        hungup('101 refuses', ENDS.rejected, by('caller')),
      ]),
    ],
  },
  'originate-callee-busy': {
    story: 'the lab has 101 call 102: 101 lifts, 102 is busy, the PBX hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      bob.whenCalled({ refuse: 486 });
      await originates(stage, 'PJSIP/101', extension('102'));
      const first = await alice.rings();
      await stage.pause(800);
      first.lift();
    },
    tells: [
      call('101', '102', [ringing('101 rings'), hungup('102 refuses', ENDS.busy, by('callee'))]),
    ],
  },
  'originate-cancelled': {
    story: 'the lab has 101 call 102: 101 lifts, 102 rings, 101 hangs up',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      await originates(stage, 'PJSIP/101', extension('102'));
      const first = await alice.rings();
      await stage.pause(800);
      first.lift();
      await bob.rings();
      await stage.pause(1000);
      first.hangUp();
    },
    tells: [
      call('101', '102', [
        ringing('101 rings'),
        hungup('101 hangs up', ENDS.cancelled, by('caller')),
      ]),
    ],
  },
  'originate-outside': {
    story: 'the lab has 101 call an outside number: 101 lifts, outside lifts and hangs up',
    run: async (stage) => {
      const { outside } = stage;
      await originates(stage, 'PJSIP/101', extension('95551234'));
      const first = await stage.phone('101').rings();
      await stage.pause(800);
      first.lift();
      const second = await outside.rings();
      await stage.pause(800);
      second.lift();
      await stage.pause(1200);
      second.hangUp();
    },
    tells: [
      call('101', '95551234', [
        ringing('101 rings'),
        answered('outside lifts', { extension: '5551234' }),
        hungup('outside hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'originate-from-trunk': {
    story: 'the lab has 5551234 outside call 102: outside lifts, 102 lifts and hangs up',
    run: async (stage) => {
      await originates(stage, 'PJSIP/5551234@trunk', {
        ...extension('102'),
        CallerID: '"Example Company" <5550100>',
      });
      const first = await stage.outside.rings();
      await stage.pause(800);
      first.lift();
      const second = await stage.phone('102').rings();
      await stage.pause(800);
      second.lift();
      await stage.pause(1200);
      second.hangUp();
    },
    tells: [
      call({ extension: '5551234' }, '102', [
        ringing('outside rings'),
        answered('102 lifts', '102'),
        hungup('102 hangs up', ENDS.answered, by('callee')),
      ]),
    ],
  },
  'originate-dial': {
    story: 'the lab has 101 called by the application Dial(PJSIP/102): both lift, 102 hangs up',
    run: async (stage) => {
      const dial = { Application: 'Dial', Data: 'PJSIP/102,20' };
      const { second } = await bothLift(stage, 'PJSIP/101', dial);
      second.hangUp();
    },
    tells: [
      call('101', NOBODY, [...CONNECTED, hungup('102 hangs up', ENDS.answered, by('callee'))]),
    ],
  },
  'originate-conference': {
    story:
      'the lab has 101 and 102 called into the conference 805: both lift, 102 hangs up, then 101',
    run: async (stage) => {
      const [alice, bob] = stage.phones('101', '102');
      await originates(stage, 'PJSIP/101', { Application: 'ConfBridge', Data: '805' });
      const first = await alice.rings();
      await stage.pause(800);
      first.lift();
      await stage.pause(4000);
      await originates(stage, 'PJSIP/102', { Application: 'ConfBridge', Data: '805' });
      const second = await bob.rings();
      await stage.pause(800);
      second.lift();
      await stage.pause(1500);
      second.hangUp();
      await stage.pause(1000);
      first.hangUp();
    },
    tells: [
      call('101', { extension: ROOM.extension }, [
        ringing('101 rings'),
        tell('system_answered', '101 lifts'),
        answered(after('101 lifts', ALONE_MS), ROOM),
        hungup(after('101 hangs up', 0, 1_000), ENDS.answered, by('caller')),
      ]),
      call('102', { extension: ROOM.extension }, [
        ringing('102 rings'),
        answered('102 lifts', ROOM),
        hungup(after('102 hangs up', 0, 1_000), ENDS.answered, by('caller')),
      ]),
    ],
  },
  'originate-announcement': {
    story: 'the lab has something announced to 101, who lifts and listens to the end',
    run: async (stage) => {
      await originates(stage, 'PJSIP/101', {
        Application: 'Playback',
        Data: 'hello-world',
        CallerID: '"Weather" <900>',
      });
      const first = await stage.phone('101').rings();
      await stage.pause(800);
      first.lift();
    },
    tells: [
      call('101', NOBODY, [
        ringing('101 rings'),
        answered('101 lifts', '101'),
        hungup('101 is hung up on', ENDS.answered, by('system')),
      ]),
    ],
  },
  'originate-announcement-hung-up': {
    story: 'the lab has something announced to 101, who lifts and hangs up',
    run: async (stage) => {
      await originates(stage, 'PJSIP/101', {
        Application: 'MusicOnHold',
        CallerID: '"Weather" <900>',
      });
      const first = await stage.phone('101').rings();
      await stage.pause(800);
      first.lift();
      await stage.pause(1500);
      first.hangUp();
    },
    tells: [
      call('101', NOBODY, [
        ringing('101 rings'),
        answered('101 lifts', '101'),
        hungup('101 hangs up', ENDS.answered, by('caller')),
      ]),
    ],
  },
  'originate-to-menu': {
    story: 'the lab has 101 call the menu 630: 101 lifts, listens and hangs up',
    run: async (stage) => {
      await originates(stage, 'PJSIP/101', extension('630'));
      const first = await stage.phone('101').rings();
      await stage.pause(800);
      first.lift();
      await stage.pause(1500);
      first.hangUp();
    },
    tells: [
      call('101', '630', [
        ringing('101 rings'),
        tell('system_answered', '101 lifts'),
        hungup('101 hangs up', ENDS.system, by('caller')),
      ]),
    ],
  },
};
