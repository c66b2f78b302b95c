import { describe, expect, it } from 'vitest';
import { Links } from '../../src/app/links.ts';
import { ConnectorError, type ErrorCode } from '../../src/errors.ts';
import type { Notice } from '../../src/telemetry/notice.ts';

const AMI_ONLINE: Notice = {
  type: 'ami-online',
  host: 'pbx',
  port: 5038,
  amiVersion: '11.0.0',
  pbx: 'berlin',
};
const MQTT_ONLINE: Notice = { type: 'mqtt-online', broker: 'broker:1883', protocolVersion: '5' };

const offline = (type: 'ami-offline' | 'mqtt-offline', code: ErrorCode): Notice => ({
  type,
  error: new ConnectorError(code, 'it went away'),
  retryInMs: 500,
  repeated: false,
});

const failed = (code: ErrorCode): Notice => ({
  type: 'publish-failed',
  error: new ConnectorError(code, 'not taken'),
  repeated: false,
});

describe('the links', () => {
  it('are down since the start until they are up', () => {
    const { links } = create();
    expect(links.ami).toEqual({ online: false, since: 1 });
    expect(links.mqtt).toEqual({ online: false, since: 1 });
  });

  it('are up since they came up, each for itself', () => {
    const { links, note } = create();
    note(2, AMI_ONLINE);
    note(3, MQTT_ONLINE);
    expect(links.ami).toEqual({ online: true, since: 2 });
    expect(links.mqtt).toEqual({ online: true, since: 3 });
  });

  it('are down since they were lost, whatever else goes wrong meanwhile', () => {
    const { links, note } = create();
    note(2, AMI_ONLINE);
    note(3, offline('ami-offline', 'AMI_DISCONNECTED'));
    note(4, offline('ami-offline', 'AMI_UNREACHABLE'));
    expect(links.ami).toEqual({ online: false, since: 3, error: 'AMI_UNREACHABLE' });
  });

  it('are the same object as long as nothing is new', () => {
    const { links, note } = create();
    note(2, offline('mqtt-offline', 'MQTT_UNREACHABLE'));
    const { ami, mqtt } = links;
    note(3, offline('mqtt-offline', 'MQTT_UNREACHABLE'));
    note(4, { type: 'bridge-stopping', reason: 'SIGTERM' });
    expect(links.mqtt).toBe(mqtt);
    expect(links.ami).toBe(ami);
  });

  it('tell trouble with what the broker does not allow, until it does', () => {
    const { links, note } = create();
    note(2, MQTT_ONLINE);
    note(3, failed('MQTT_PUBLISH_DENIED'));
    const denied = links.mqtt;
    expect(denied).toEqual({ online: true, since: 2, error: 'MQTT_PUBLISH_DENIED' });
    note(4, failed('MQTT_PUBLISH_DENIED'));
    expect(links.mqtt).toBe(denied);
    note(5, { type: 'publish-allowed' });
    expect(links.mqtt).toEqual({ online: true, since: 2 });
  });

  it('are not troubled by a message that the broker will never take', () => {
    const { links, note } = create();
    note(2, MQTT_ONLINE);
    note(3, failed('MQTT_PUBLISH_REFUSED'));
    expect(links.mqtt).toEqual({ online: true, since: 2 });
  });
});

function create() {
  const clock = { now: 1 };
  const links = new Links(() => clock.now);
  const note = (now: number, notice: Notice) => {
    clock.now = now;
    links.note(notice);
  };
  return { links, note };
}
