// The settings of the broker as a connection takes them.

import type { Config } from '../config/config.ts';
import { bridgeTopic } from '../core/event/topic.ts';
import type { BrokerOptions } from '../io/mqtt/client.ts';

/** All but the version of MQTT, which is found out by trying. */
export function toBrokerSettings(mqtt: Config['mqtt']): Omit<BrokerOptions, 'protocolVersion'> {
  const { url, clientId, keepaliveSeconds, topicPrefix, username, password, tls } = mqtt;
  return {
    url,
    clientId,
    keepaliveSeconds,
    stateTopic: bridgeTopic(topicPrefix, 'bridge/state'),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls }),
  };
}
