// What to write into manager.conf and into Mosquitto's access list for what is switched on, and no more.

import type { Config } from '../../config/config.ts';
import { neededClasses } from '../../core/ami/rights.ts';

export function toSnippet(config: Config): string {
  return `${managerConf(config).join('\n')}\n\n${accessList(config.mqtt).join('\n')}\n`;
}

function managerConf({ ami, callDtmf }: Config): readonly string[] {
  const read = neededClasses({ digits: callDtmf }).join();
  return [
    '; /etc/asterisk/manager.conf; then: asterisk -rx "manager reload"',
    '[general]',
    'enabled = yes',
    ...listener(ami),
    noted('timestampevents = yes', 'exact times, from the clock of Asterisk'),
    '',
    `[${ami.username}]`,
    'secret = <a long random text, the same as AMI_SECRET>',
    'deny = 0.0.0.0/0.0.0.0',
    ...permit(ami),
    noted(`read = ${read}`, 'without spaces around the commas'),
    noted('write = reporting', 'lets the bridge ask which calls are open'),
    noted('writetimeout = 10000', 'a bridge that stalls keeps its events for 10 s'),
  ];
}

function listener({ host, port, tls }: Config['ami']): readonly string[] {
  if (tls === undefined) return [`bindaddr = ${isHere(host) ? HERE : '0.0.0.0'}`, `port = ${port}`];
  return [
    noted(`bindaddr = ${HERE}`, 'without TLS for this machine alone'),
    'tlsenable = yes',
    `tlsbindaddr = ${isHere(host) ? HERE : '0.0.0.0'}:${port}`,
    'tlscertfile = /etc/asterisk/keys/asterisk.pem',
    'tlsprivatekey = /etc/asterisk/keys/asterisk.key',
  ];
}

const HERE = '127.0.0.1';

function isHere(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.');
}

function permit({ host }: Config['ami']): readonly string[] {
  if (isHere(host)) return [`permit = ${HERE}/255.255.255.255`];
  return [
    '; the address that the bridge comes from: of a container that of its machine, unless Asterisk is in its network',
    'permit = 192.0.2.10/255.255.255.255',
  ];
}

/** A setting and, behind it, what it is for. */
function noted(setting: string, note: string): string {
  return `${setting.padEnd(32)} ; ${note}`;
}

/** Each topic by its name: a wildcard over bridge/ would be shorter and allow more. */
const TOPICS = [
  'call/+/+',
  'calls',
  'bridge/state',
  'bridge/info',
  'bridge/event',
  'pbx/state',
] as const;

function accessList({ username, topicPrefix }: Config['mqtt']): readonly string[] {
  return [
    '# acl_file of Mosquitto, which reads it again on SIGHUP',
    username === undefined ? ANONYMOUS : `user ${username}`,
    ...TOPICS.map((topic) => `topic write ${topicPrefix}/${topic}`),
    '# doctor alone, which tries whether anything below bridge/ may be published:',
    `topic write ${topicPrefix}/bridge/doctor`,
  ];
}

const ANONYMOUS =
  '# MQTT_USERNAME is not set: these lines are for clients without a name, and belong before the first "user"';
