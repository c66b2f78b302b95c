// How the two links stand, and since when: gathered from the notices that say so, for /health and `bridge/info`.

import type { ErrorCode } from '../errors.ts';
import type { Notice } from '../telemetry/notice.ts';

export type Link = {
  readonly online: boolean;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Why it is offline, or why the broker does not take messages although it is online. */
  readonly error?: ErrorCode;
};

export class Links {
  readonly #now: () => number;
  #ami: Link;
  #mqtt: Link;

  constructor(now: () => number) {
    this.#now = now;
    this.#ami = { online: false, since: now() };
    this.#mqtt = this.#ami;
  }

  get ami(): Link {
    return this.#ami;
  }

  get mqtt(): Link {
    return this.#mqtt;
  }

  note(notice: Notice): void {
    if (notice.type === 'ami-online') this.#ami = { online: true, since: this.#now() };
    if (notice.type === 'ami-offline') this.#ami = this.#down(this.#ami, notice.error.code);
    if (notice.type === 'mqtt-online') this.#mqtt = { online: true, since: this.#now() };
    if (notice.type === 'publish-failed') this.#onRefusal(notice.error.code);
    if (notice.type === 'publish-allowed') this.#mqtt = withoutError(this.#mqtt);
    if (notice.type === 'mqtt-offline') this.#mqtt = this.#down(this.#mqtt, notice.error.code);
  }

  /** A message that the broker will never take is lost and done; one that it does not allow is trouble that goes on. */
  #onRefusal(error: ErrorCode): void {
    if (error !== 'MQTT_PUBLISH_DENIED' || this.#mqtt.error === error) return;
    this.#mqtt = { ...this.#mqtt, error };
  }

  /** The same object as before where nothing is new. */
  #down(link: Link, error: ErrorCode): Link {
    if (!link.online && link.error === error) return link;
    return { online: false, since: link.online ? this.#now() : link.since, error };
  }
}

function withoutError({ online, since }: Link): Link {
  return { online, since };
}
