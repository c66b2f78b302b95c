// A broker under MQTT 3.1.1 cannot refuse a message: it hangs up, on one that is too large for it, and would for ever.
// Which one that was is found out by sending one at a time; it is set aside when only it, and again and again, ends
// the connection while messages of other calls pass.

import type { Publication } from '../core/event/publication.ts';
import { ConnectorError } from '../errors.ts';
import type { Publisher } from '../ports.ts';

type Suspect = {
  /** How often the broker hung up while this was all that it had to acknowledge. */
  hangUps: number;
  /** Since the first time, the broker has acknowledged a message of a call. */
  othersPass: boolean;
};

/** From then on, others go first: that they pass, and this does not, is the proof. */
const LAST_AFTER = 2;
/** A link that breaks by chance, or another client with our id, does not strike the same message so often. */
const REFUSED_AFTER = 4;
/** Where more than these are under suspicion, it is not the message. */
const MAX_SUSPECTS = 16;
/** After so many acknowledgements without a hang-up, messages leave side by side again. */
const CALM_AFTER = 100;
/** So long a suspect waits for others to go first. */
const LAST_WAIT_MS = 2_000;

/** What is known of hang-ups, over all connections. */
export class HangUps {
  readonly #suspects = new Map<string, Suspect>();
  #isCareful = false;
  #acknowledged = 0;

  /** Messages leave one at a time. */
  get isCareful(): boolean {
    return this.#isCareful;
  }

  goesLast(publication: Publication): boolean {
    return (this.#suspects.get(keyOf(publication))?.hangUps ?? 0) >= LAST_AFTER;
  }

  /** @throws ConnectorError MQTT_PUBLISH_REFUSED where the broker hangs up on this message and on no other */
  refuseHopeless(publication: Publication): void {
    if (this.#suspects.size === 0) return;
    const key = keyOf(publication);
    const { hangUps, othersPass } = this.#suspects.get(key) ?? { hangUps: 0, othersPass: false };
    if (hangUps < REFUSED_AFTER || !othersPass) return;
    this.#suspects.delete(key);
    const bytes = Buffer.byteLength(publication.payload);
    const topic = JSON.stringify(publication.topic.slice(0, 200));
    const text = `The broker hung up ${hangUps} times on a message to ${topic}, and on no other; it has ${bytes} bytes`;
    throw new ConnectorError('MQTT_PUBLISH_REFUSED', text);
  }

  acknowledged(publication: Publication): void {
    this.#acknowledged += 1;
    if (this.#suspects.size > 0) this.#exonerate(publication);
    if (this.#suspects.size === 0 && this.#acknowledged >= CALM_AFTER) this.#isCareful = false;
  }

  #exonerate(publication: Publication): void {
    this.#suspects.delete(keyOf(publication));
    if (publication.callId === undefined) return;
    for (const suspect of this.#suspects.values()) suspect.othersPass = true;
  }

  /** The broker ended the connection while it had these to acknowledge. */
  hungUp(unacknowledged: readonly Publication[]): void {
    const [only, ...others] = unacknowledged;
    if (only === undefined) return;
    this.#isCareful = true;
    this.#acknowledged = 0;
    if (others.length > 0) return;
    const key = keyOf(only);
    const { hangUps, othersPass } = this.#suspects.get(key) ?? { hangUps: 0, othersPass: false };
    this.#suspects.set(key, { hangUps: hangUps + 1, othersPass });
    if (this.#suspects.size > MAX_SUSPECTS) this.#suspects.clear();
  }
}

function keyOf({ topic, id, at }: Publication): string {
  return `${id ?? at} ${topic}`;
}

type Waiting = {
  readonly publication: Publication;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** One connection, watched: what is under suspicion leaves alone, and behind the others. */
export class WatchedPublisher implements Publisher {
  readonly #publisher: Publisher;
  readonly #hangUps: HangUps;
  readonly #inFlight = new Set<Publication>();
  readonly #waiting: Waiting[] = [];
  #othersPassed = false;
  #timer: NodeJS.Timeout | undefined;
  #lost: ConnectorError | undefined;

  constructor(publisher: Publisher, hangUps: HangUps) {
    this.#publisher = publisher;
    this.#hangUps = hangUps;
  }

  async publish(publication: Publication): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    this.#hangUps.refuseHopeless(publication);
    const isCalm = !this.#hangUps.isCareful && this.#waiting.length === 0;
    if (isCalm) return await this.#send(publication);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ publication, resolve, reject });
      this.#sendNext();
    });
  }

  /** The connection is over. `isHangUp`: the broker ended it. */
  lose(error: ConnectorError, { isHangUp }: { readonly isHangUp: boolean }): void {
    clearTimeout(this.#timer);
    this.#lost = error;
    if (isHangUp) this.#hangUps.hungUp([...this.#inFlight]);
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.length = 0;
  }

  /** A message stays in flight where it is lost: it may be the reason. */
  async #send(publication: Publication): Promise<void> {
    this.#inFlight.add(publication);
    try {
      await this.#publisher.publish(publication);
      this.#hangUps.acknowledged(publication);
      this.#othersPassed ||= publication.callId !== undefined;
      this.#inFlight.delete(publication);
    } catch (error) {
      if (isAnswer(error)) this.#inFlight.delete(publication);
      throw error;
    }
  }

  #sendNext(): void {
    if (!this.#hangUps.isCareful) {
      while (this.#waiting.length > 0) this.#sendAt(0);
      return;
    }
    if (this.#inFlight.size > 0 || this.#waiting.length === 0) return;
    const place = this.#waiting.findIndex(({ publication }) => this.#mayGo(publication));
    if (place < 0) this.#waitForOthers();
    else this.#sendAt(place);
  }

  #sendAt(place: number): void {
    const [next] = this.#waiting.splice(place, 1);
    if (next === undefined) return;
    const { publication, resolve, reject } = next;
    void this.#send(publication)
      .then(resolve, reject)
      .then(() => this.#sendNext());
  }

  #mayGo(publication: Publication): boolean {
    return this.#othersPassed || !this.#hangUps.goesLast(publication);
  }

  #waitForOthers(): void {
    this.#timer ??= setTimeout(() => {
      this.#othersPassed = true;
      this.#sendNext();
    }, LAST_WAIT_MS);
  }
}

/** The broker has answered, and goes on listening. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof ConnectorError)) return false;
  return error.code === 'MQTT_PUBLISH_DENIED' || error.code === 'MQTT_PUBLISH_REFUSED';
}
