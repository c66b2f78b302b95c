import { describe, expect, it } from 'vitest';
import { type Facts, Witness } from '../../../src/app/doctor/facts.ts';
import { judge } from '../../../src/app/doctor/rights.ts';
import type { ManagerConf } from '../../../src/core/ami/manager-conf.ts';
import { toMessage } from '../../../src/core/ami/message.ts';
import type { EventClass } from '../../../src/core/ami/rights.ts';
import { messageText } from '../../support/ami-text.ts';

const RIGHT: ManagerConf = {
  read: 'call,agent,system',
  write: 'reporting',
  writeTimeoutMs: 10_000,
  timestampEvents: true,
};
const LEAST = ['CoreShowChannels', 'Getvar'];

describe('the rights of a user', () => {
  it('are what is needed, and no more', () => {
    expect(grades({ conf: RIGHT })).toEqual(Array(9).fill('ok'));
  });

  it.each<[EventClass, string, string]>([
    ['call', 'agent,system', 'fail: read lacks call (manager.conf: read = agent,system)'],
    ['agent', 'call,system', 'warn: read lacks agent'],
    ['dtmf', 'call', 'fail: read lacks dtmf'],
  ])('lack %s where manager.conf says so', (name, read, found) => {
    expect(texts({ conf: { ...RIGHT, read } }, [name])[0]).toContain(found);
  });

  it('are granted where such an event came, whatever manager.conf says now', () => {
    const witness = witnessOf(['Newchannel', 'call,all', '1770888509.1']);
    expect(texts({ witness, conf: { ...RIGHT, read: '' } }, ['call'])[0]).toBe(
      'ok: read has call: such events come',
    );
  });

  it('are unknown where nothing tells', () => {
    const found = texts({ conf: undefined }, ['call', 'agent', 'dtmf']);
    expect(found.slice(0, 3)).toEqual([
      expect.stringMatching(/^skip: read has call: could not be checked/),
      expect.stringMatching(/^skip: read has agent: could not be checked/),
      expect.stringMatching(/^skip: read has dtmf: could not be checked/),
    ]);
  });

  it.each([
    ['granted', RIGHT, 'warn: manager.conf has system in read, but no FullyBooted came'],
    ['not granted', { ...RIGHT, read: 'call' }, 'warn: read lacks system'],
    ['unknown', undefined, 'warn: no FullyBooted came, so read lacks system, or Asterisk is'],
  ])('have no system where FullyBooted did not come; by manager.conf %s', (_, conf, found) => {
    expect(texts({ witness: new Witness(), conf }, ['system'])[0]).toContain(found);
  });

  it('lack reporting where CoreShowChannels is not allowed', () => {
    expect(texts({ allows: [] })).toContainEqual(
      expect.stringMatching(/^warn: write lacks reporting: /),
    );
  });

  it('are too many', () => {
    expect(texts({ allows: [...LEAST, 'Originate', 'Command'] })).toContain(
      'warn: write has more than the bridge needs: command, originate',
    );
  });
});

describe('timestampevents', () => {
  it.each([
    ['1770888509.123456', undefined, 'ok: timestampevents is set'],
    ['1770888509.123456', { ...RIGHT, timestampEvents: false }, 'ok: timestampevents is set'],
    [undefined, RIGHT, 'warn: timestampevents is not set'],
  ])('is known by an event with the Timestamp %s', (stamp, conf, found) => {
    const witness = witnessOf(['Newchannel', 'call,all', stamp]);
    expect(texts({ witness, conf }).join()).toContain(found);
  });

  it.each([
    [RIGHT, 'ok: timestampevents is set'],
    [{ ...RIGHT, timestampEvents: false }, 'warn: timestampevents is not set: times are'],
    [undefined, 'skip: timestampevents: could not be checked'],
  ])('is judged by manager.conf where no event came but FullyBooted', (conf, found) => {
    expect(texts({ conf }).join('\n')).toContain(found);
  });
});

describe('writetimeout', () => {
  it.each([
    [{ ...RIGHT, writeTimeoutMs: 5_000 }, 'ok: writetimeout is 5000 ms'],
    [{ ...RIGHT, writeTimeoutMs: 100 }, 'warn: writetimeout is 100 ms: a bridge that stalls'],
    [undefined, 'skip: writetimeout: could not be checked'],
  ])('is judged by manager.conf', (conf, found) => {
    expect(texts({ conf }).join('\n')).toContain(found);
  });
});

describe('the clock', () => {
  it.each([
    [300, 'ok: the clock of Asterisk is 0.3 s ahead of the clock here'],
    [-60_000, 'warn: the clock of Asterisk is 60.0 s behind the clock here: the times of'],
    [undefined, 'skip: clock: could not be checked'],
  ])('is off by %s ms', (clockOffsetMs, found) => {
    expect(texts({ clockOffsetMs }).join('\n')).toContain(found);
  });
});

describe('the version', () => {
  it.each([
    ['11.0.0', '22.10.1', 'ok: Asterisk 22.10.1 (AMI 11.0.0)'],
    ['5.0.4', undefined, 'ok: Asterisk 16 (AMI 5.0.4)'],
    ['2.10.6', undefined, 'warn: Asterisk before 16 (AMI 2.10.6): the bridge is tested'],
    ['?', undefined, 'warn: Asterisk before 16 (AMI ?)'],
  ])('is known by AMI %s, and exactly where it may be asked for', (amiVersion, version, found) => {
    expect(texts({ amiVersion, asteriskVersion: version }).at(-1)).toContain(found);
  });
});

type Known = Partial<Omit<Facts, 'allows'>> & { readonly allows?: readonly string[] };

function findings(known: Known, classes: readonly EventClass[] = ['call', 'agent', 'system']) {
  const { allows = LEAST, ...rest } = known;
  const facts: Facts = {
    amiVersion: '11.0.0',
    asteriskVersion: '22.10.1',
    conf: RIGHT,
    witness: witnessOf(['FullyBooted', 'system,all', undefined]),
    clockOffsetMs: 0,
    allows: (action) => allows.includes(action),
    ...rest,
  };
  return judge(facts, 'bridge', classes);
}

function texts(...known: Parameters<typeof findings>): readonly string[] {
  return findings(...known).map(({ grade, text }) => `${grade}: ${text}`);
}

function grades(known: Known) {
  return findings(known).map(({ grade }) => grade);
}

function witnessOf(...events: readonly (readonly [string, string, string | undefined])[]) {
  const witness = new Witness();
  for (const [name, privilege, stamp] of events) {
    const stamped = stamp === undefined ? [] : [['Timestamp', stamp] as const];
    const text = messageText(['Event', name], ['Privilege', privilege], ...stamped);
    witness.onMessage(toMessage(text));
  }
  return witness;
}
