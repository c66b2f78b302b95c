// What the AMI user may see and do, how manager.conf is set up, and what of that is missing. What nobody can tell is
// said to be unknown: Asterisk itself never says what a user may read.

import { type EventClass, grants } from '../../core/ami/rights.ts';
import { CLOCK_ODD_MS } from '../../telemetry/report-table.ts';
import { ENOUGH_WRITE_TIMEOUT_MS, LIMITS, type Limit } from '../limits.ts';
import type { Step } from './checkup.ts';
import { type Facts, LISTEN_MS } from './facts.ts';
import { type Finding, fail, ok, unknown, warn } from './findings.ts';

/** The checks of this file, in their order, for those who must skip them. */
export const RIGHTS: readonly Step[] = [
  'classes in "read"',
  'classes in "write"',
  'timestampevents',
  'writetimeout',
  'clock',
  'version',
].map((name) => ({ name, passed: '' }));

export function judge(
  facts: Facts,
  username: string,
  classes: readonly EventClass[],
): readonly Finding[] {
  return [
    ...classes.map((one) => (one === 'system' ? systemIn(facts) : classIn(facts, one))),
    reportingIn(facts),
    excessIn(facts),
    timestampsIn(facts),
    writeTimeoutIn(facts, username),
    clockIn(facts),
    versionIn(facts),
  ];
}

/** `found`: how it stands there. */
function lack(limit: Limit, found: string): Finding {
  const { level, cost, hint } = LIMITS[limit];
  const text = `${found}: ${cost}`;
  return level === 'error' ? fail(text, hint) : warn(text, hint);
}

function classIn({ conf, witness }: Facts, name: EventClass): Finding {
  if (witness.classes.has(name)) return ok(`read has ${name}: such events come`);
  if (conf === undefined) {
    return unknown(
      `read has ${name}: could not be checked, as no such event came in ${LISTEN_MS / 1_000} s, and ${UNREADABLE}`,
      `Look for "${name}" in "read" in manager.conf, or run doctor ${SOURCES[name]}.`,
    );
  }
  if (grants(conf.read, name)) return ok(`read has ${name}, as manager.conf says`);
  return lack(name, `read lacks ${name} (manager.conf: read = ${conf.read})`);
}

const UNREADABLE = 'manager.conf cannot be read by this user';

const SOURCES: Readonly<Record<EventClass, string>> = {
  call: 'while a phone rings',
  agent: 'while somebody calls a queue',
  system: 'while Asterisk starts',
  dtmf: 'while somebody presses digits in a call',
};

/** The one class that is known by itself: FullyBooted comes with the login. */
function systemIn({ conf, witness }: Facts): Finding {
  if (witness.booted) return ok('read has system: FullyBooted came');
  if (conf === undefined) {
    return lack('system', 'no FullyBooted came, so read lacks system, or Asterisk is starting');
  }
  if (!grants(conf.read, 'system')) {
    return lack('system', `read lacks system (manager.conf: read = ${conf.read})`);
  }
  return warn(
    'manager.conf has system in read, but no FullyBooted came: Asterisk is starting, or that file was not reloaded',
    'Run doctor again in a minute, or: asterisk -rx "manager reload".',
  );
}

function reportingIn({ allows }: Facts): Finding {
  return allows('CoreShowChannels')
    ? ok('write has reporting')
    : lack('reporting', 'write lacks reporting');
}

/** For each class that is none of ours, an action that only it allows. */
const POWERS: readonly (readonly [name: string, action: string])[] = [
  ['system', 'ModuleLoad'],
  ['call', 'Redirect'],
  ['command', 'Command'],
  ['agent', 'QueueAdd'],
  ['user', 'UserEvent'],
  ['config', 'UpdateConfig'],
  ['originate', 'Originate'],
];

function excessIn({ allows }: Facts): Finding {
  const excess = POWERS.filter(([, action]) => allows(action)).map(([name]) => name);
  if (excess.length === 0) return ok('write has nothing that the bridge does not need');
  return warn(
    `write has more than the bridge needs: ${excess.join(', ')}`,
    'Leave "write = reporting" in manager.conf and nothing else: whoever gets hold of the secret may do all that stands there.',
  );
}

function timestampsIn({ conf, witness }: Facts): Finding {
  const isSet = witness.stamped ?? conf?.timestampEvents;
  if (isSet === undefined) {
    return unknown(
      `timestampevents: could not be checked, as no event came, and ${UNREADABLE}`,
      'Look for "timestampevents = yes" in [general] in manager.conf.',
    );
  }
  return isSet ? ok('timestampevents is set') : lack('timestamps', 'timestampevents is not set');
}

function writeTimeoutIn({ conf }: Facts, username: string): Finding {
  if (conf === undefined) {
    return unknown(
      `writetimeout: could not be checked, as ${UNREADABLE}`,
      `Look for "writetimeout = 10000" in [${username}] in manager.conf.`,
    );
  }
  const text = `writetimeout is ${conf.writeTimeoutMs} ms`;
  const isEnough = conf.writeTimeoutMs >= ENOUGH_WRITE_TIMEOUT_MS;
  return isEnough ? ok(text) : lack('write-timeout', text);
}

function clockIn({ clockOffsetMs }: Facts): Finding {
  if (clockOffsetMs === undefined) {
    return unknown('clock: could not be checked, as Asterisk does not tell its own', NO_CLOCK);
  }
  const seconds = Math.abs(clockOffsetMs / 1_000).toFixed(1);
  const side = clockOffsetMs < 0 ? 'behind' : 'ahead of';
  const text = `the clock of Asterisk is ${seconds} s ${side} the clock here`;
  if (Math.abs(clockOffsetMs) < CLOCK_ODD_MS) return ok(text);
  return warn(`${text}: the times of call events are those of Asterisk`, ONE_CLOCK);
}

const NO_CLOCK = 'Compare "date -u" on both machines.';
const ONE_CLOCK = 'Let both machines follow the same time server.';

/** AMI 5 is Asterisk 16, and both have counted on together since (manager.h). */
const OLDEST_AMI = 5;
const AMI_TO_ASTERISK = 11;

function versionIn({ amiVersion, asteriskVersion }: Facts): Finding {
  const major = Number.parseInt(amiVersion, 10);
  const isOld = !(major >= OLDEST_AMI);
  const guess = isOld ? 'before 16' : major + AMI_TO_ASTERISK;
  const text = `Asterisk ${asteriskVersion ?? guess} (AMI ${amiVersion})`;
  if (!isOld) return ok(text);
  return warn(
    `${text}: the bridge is tested with 16 and 22`,
    'Compare what it tells with real calls.',
  );
}
