// The way to the broker, and what it allows us there. A bridge may be running meanwhile: doctor has a client id of its
// own, and nothing that it says or leaves behind can be taken for the bridge's word.

import type { Config } from '../../config/config.ts';
import { type Probe, toProbe } from '../../core/event/probe.ts';
import { bridgeTopic } from '../../core/event/topic.ts';
import { ConnectorError } from '../../errors.ts';
import { toBrokerAddress } from '../../io/mqtt/broker-url.ts';
import { type BrokerConnection, connectBroker } from '../../io/mqtt/client.ts';
import type { LastWill } from '../../io/mqtt/open-client.ts';
import { brokerConnections } from '../../io/mqtt/reconnect.ts';
import { toBrokerSettings } from '../broker-settings.ts';
import { doctorId, failedStep, isStrange, remedyFor } from './broker-trouble.ts';
import { type Checkup, endedAt, type Step } from './checkup.ts';
import { type Finding, fail, ok, skipped, unknown, warn } from './findings.ts';
import { checkName } from './name.ts';
import { meet, withStranger } from './stranger.ts';

/** Those behind the connection, for those who must skip them. */
const PUBLISHING: readonly Step[] = ['last will', 'call events', 'other topics'].map((name) => ({
  name,
  passed: '',
}));

export async function checkBroker(checkup: Checkup): Promise<void> {
  const { config, tell } = checkup;
  const steps = stepsOf(config.mqtt);
  const name = await checkName(toBrokerAddress(config.mqtt.url).host, 'MQTT_URL');
  tell(name);
  if (name.grade === 'fail') {
    const rest = [...steps, CONNECTION, ...PUBLISHING];
    return tell(...rest.map((step) => skipped(step.name, 'the name does not resolve')));
  }
  const attempt = await connect(checkup, HARMLESS);
  if ('error' in attempt) return await onRefusal(attempt.error, checkup);
  tell(...steps.map(({ passed }) => ok(passed)), connected(attempt, config));
  tell(ok(`a last will on ${stateTopic(config)} is accepted`));
  await tryTopics(attempt, checkup);
}

function stepsOf({ url, tls }: Config['mqtt']): readonly Step[] {
  const ours = tls?.cert === undefined ? '' : ', and ours is accepted';
  const secure = { name: 'TLS', passed: `TLS works; the certificate is verified${ours}` };
  return [
    { name: 'port', passed: `port ${toBrokerAddress(url).port} opens` },
    ...(tls === undefined ? [] : [secure]),
  ];
}

const CONNECTION: Step = { name: 'connection', passed: '' };

const DEADLINES = { connectTimeoutMs: 8_000, ackTimeoutMs: 4_000 };

/**
 * The topic is that of the bridge, since access lists are about topics. Were doctor killed while it is connected, the
 * broker would publish this: no state, and nothing that stays. (Without any payload it would be less still, but
 * Mosquitto refuses that over WebSockets.)
 */
const HARMLESS: LastWill = { payload: 'doctor', retain: false };

type Attempt = { readonly connection: BrokerConnection; readonly end: () => Promise<void> };

/** One attempt as the bridge makes it, by 3.1.1 where the broker refuses 5. */
async function connect(
  { config: { mqtt }, signal }: Checkup,
  lastWill: LastWill | 'none',
): Promise<Attempt | { readonly error: ConnectorError }> {
  const settings = { ...toBrokerSettings(mqtt), ...DEADLINES, clientId: doctorId(mqtt), lastWill };
  const failed = new AbortController();
  const connections = brokerConnections({
    connect: (protocolVersion, until) => connectBroker({ ...settings, protocolVersion }, until),
    protocolVersion: mqtt.protocolVersion,
    broker: toBrokerAddress(mqtt.url).name,
    report: (notice) => {
      if (notice.type === 'mqtt-offline') failed.abort(notice.error); // there is no second attempt
    },
    signal: AbortSignal.any([signal, failed.signal]),
  });
  const { value: connection } = await connections.next();
  signal.throwIfAborted();
  if (!connection) return { error: failed.signal.reason };
  return { connection, end: async () => void (await connections.return()) };
}

function stateTopic({ mqtt }: Config): string {
  return bridgeTopic(mqtt.topicPrefix, 'bridge/state');
}

function connected({ connection: { protocolVersion } }: Attempt, { mqtt }: Config): Finding {
  const isFallback = protocolVersion === '3.1.1' && mqtt.protocolVersion === 'auto';
  const more = isFallback ? '; it does not speak 5' : '';
  return ok(`connected by MQTT ${protocolVersion} as "${doctorId(mqtt)}"${more}`);
}

/** Some brokers refuse the connection for its last will, and do not say so: without one, the truth comes out. */
async function onRefusal(error: ConnectorError, checkup: Checkup): Promise<void> {
  const { config, tell } = checkup;
  const mayBeWill = error.code === 'MQTT_LOGIN_REJECTED' || error.code === 'MQTT_CONNECT_REFUSED';
  const attempt = mayBeWill ? await connect(checkup, 'none') : { error };
  if ('error' in attempt) return await tellTrouble(error, checkup);
  tell(...stepsOf(config.mqtt).map(({ passed }) => ok(passed)), connected(attempt, config));
  const topic = stateTopic(config);
  const text = `a last will on ${topic} is not accepted, and without it the bridge cannot connect: ${error.message}`;
  tell(fail(text, `Allow this user to publish ${topic}, retained. ${SNIPPET}`));
  await tryTopics(attempt, checkup);
}

async function tellTrouble(error: ConnectorError, { config: { mqtt }, signal, tell }: Checkup) {
  const stranger = isStrange(error) ? await meet(toBrokerAddress(mqtt.url), signal) : undefined;
  const text = stranger === undefined ? error.message : withStranger(error, stranger);
  const finding = fail(text, remedyFor(error, mqtt, stranger));
  const steps = [...stepsOf(mqtt), CONNECTION, ...PUBLISHING];
  tell(...endedAt(failedStep(error, mqtt, stranger), finding, steps));
}

async function tryTopics(attempt: Attempt, { config, tell }: Checkup): Promise<void> {
  try {
    tell(await tryTopic('call/doctor/probe', attempt, config));
    tell(await tryTopic('bridge/doctor', attempt, config));
  } finally {
    await attempt.end();
  }
}

async function tryTopic(probe: Probe, { connection }: Attempt, { mqtt }: Config): Promise<Finding> {
  const publication = toProbe(mqtt.topicPrefix, probe, Date.now());
  const { topic } = publication;
  const what = `publishing ${probe === 'bridge/doctor' ? 'other topics' : 'call events'}`;
  try {
    await connection.publisher.publish(publication);
  } catch (error) {
    if (error instanceof ConnectorError) return denied(error, probe, topic);
    throw error;
  }
  if (connection.protocolVersion === '5') return ok(`${what} is allowed (tried with ${topic})`);
  return unknown(
    `${what}: could not be checked, as no broker says by MQTT 3.1.1 that it drops a message`,
    `Subscribe to ${topic} as somebody else, run doctor again, and see whether a message comes.`,
  );
}

function denied({ message, hint }: ConnectorError, probe: Probe, topic: string): Finding {
  if (probe === 'call/doctor/probe') return fail(`${NO_CALLS}: ${message}`, `${hint} ${SNIPPET}`);
  const topics =
    'bridge/state (also the last will), bridge/info, bridge/event, pbx/state and calls';
  return warn(
    `publishing other topics may be denied: ${message}`,
    `Let this user publish ${topics} below the prefix; ${topic} is for doctor alone. ${SNIPPET}`,
  );
}

const NO_CALLS = 'call events cannot be published';
const SNIPPET = 'doctor --snippet prints the lines for Mosquitto.';
