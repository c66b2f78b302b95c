// The half of the pipeline that waits: outbox → broker. A window of unacknowledged messages of our own; everything that
// is unacknowledged when a connection is lost goes again, in the old order, over the next one.

import { payloadAt } from '../core/event/publication.ts';
import { ConnectorError } from '../errors.ts';
import type { BrokerConnection } from '../io/mqtt/client.ts';
import type { Outbox, OutboxEntry } from '../ports.ts';
import type { Report } from '../telemetry/notice.ts';
import { HangUps, WatchedPublisher } from './hang-ups.ts';
import { type Outcome, Outlet } from './outlet.ts';
import type { Retained } from './retained.ts';
import type { Rush } from './rush.ts';

export type DeliveryOptions = {
  readonly outbox: Outbox;
  readonly retained: Pick<Retained, 'attach' | 'detach'>;
  readonly report: Report;
  readonly now: () => number;
  /** While something else goes first; default: never. */
  readonly rush?: Pick<Rush, 'isOn' | 'over'>;
  /** Ends the delivery and its connection. */
  readonly signal: AbortSignal;
};

/**
 * Delivers over one connection after another, until there are no more.
 * @throws what is no ConnectorError: an error of this program, which trying again does not mend
 */
export async function runDelivery(
  connections: AsyncIterable<BrokerConnection>,
  options: DeliveryOptions,
): Promise<void> {
  const hangUps = new HangUps();
  for await (const connection of connections)
    await deliverOver(connection, { ...options, hangUps });
}

type WatchedOptions = DeliveryOptions & { readonly hangUps: HangUps };

/** Resolves when the connection is lost, or has been ended. */
async function deliverOver(connection: BrokerConnection, options: WatchedOptions): Promise<void> {
  const { outbox, retained, signal, report, now, hangUps } = options;
  const over = new AbortController();
  const onLost = (reason: unknown) => over.abort(reason);
  const publisher = new WatchedPublisher(connection.publisher, hangUps);
  void connection.closed.then((reason) => {
    publisher.lose(reason, { isHangUp: !signal.aborted && reason.code === 'MQTT_DISCONNECTED' });
    onLost(reason);
  });
  const end = () => void connection.end();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const outlet = new Outlet({ publisher, report, now, onLost });
  const lanes = new Lanes({ connection, outlet, outbox, now, over });
  try {
    await retained.attach(outlet);
    await feed(lanes, options, over.signal);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
  } finally {
    signal.removeEventListener('abort', end);
    retained.detach();
    lanes.close();
    outbox.rewind();
    await connection.end();
  }
}

/** Runs until the signal is aborted, and rejects with its reason. */
async function feed(
  lanes: Lanes,
  { outbox, rush }: Pick<DeliveryOptions, 'outbox' | 'rush'>,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    signal.throwIfAborted();
    if (rush?.isOn === true) await rush.over(signal);
    if (lanes.isFull) await lanes.room();
    const entry = outbox.take();
    if (entry === undefined) {
      await outbox.ready(signal);
      continue;
    }
    // What is said of the stream itself has its place among the events of all calls.
    if (entry.publication.callId === undefined) await lanes.quiet();
    lanes.add(entry);
  }
}

/**
 * With MQTT 5 the broker's Receive Maximum counts if it is smaller. 3.1.1 has none, and Mosquitto drops what comes faster
 * than its subscribers read: of 20,000 messages a subscriber got 13,239 with a window of 64, and all with 20.
 */
const WINDOW = { '5': 512, '3.1.1': 20 } as const;
/**
 * So many may be on their way, not allowed by the broker, or behind one of these. Then everything else waits in the
 * outbox, which can shed only what is there.
 */
const MAX_HANDED_OUT = 10_000;
/** How long a message waits that the broker does not allow: at first, and at most. */
const DENIED_MS = 10_000;
const DENIED_MOST_MS = 60_000;

type LanesOptions = Pick<DeliveryOptions, 'outbox' | 'now'> & {
  readonly connection: BrokerConnection;
  readonly outlet: Outlet;
  /** Aborted when the connection is over. */
  readonly over: AbortController;
};

type Lane = {
  readonly entries: OutboxEntry[];
  /** How often the broker did not allow the first of them. */
  denials: number;
};

/**
 * The messages of one call follow each other in a lane of their own: the next one leaves when the one before is
 * acknowledged. So a message that the broker does not allow now holds up its own call, and no other.
 */
class Lanes {
  readonly #options: LanesOptions;
  readonly #window: number;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes whose first message the broker does not allow now. */
  #denied = 0;
  readonly #timers = new Set<NodeJS.Timeout>();
  #inFlight = 0;
  #handedOut = 0;
  /** Of who waits until something has changed: one at a time. */
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(options: LanesOptions) {
    const { receiveMaximum, protocolVersion } = options.connection;
    this.#options = options;
    this.#window = Math.min(receiveMaximum, WINDOW[protocolVersion]);
    const { signal } = options.over;
    signal.addEventListener('abort', () => this.#waiting?.reject(signal.reason), { once: true });
  }

  get isFull(): boolean {
    return this.#inFlight >= this.#window || this.#handedOut >= MAX_HANDED_OUT;
  }

  /** Resolves when one more can be added; rejects when the connection is over. */
  async room(): Promise<void> {
    while (this.isFull) await this.#change();
  }

  /** Resolves when nothing is left but what the broker does not allow; rejects when the connection is over. */
  async quiet(): Promise<void> {
    while (this.#lanes.size > this.#denied) await this.#change();
  }

  add(entry: OutboxEntry): void {
    this.#handedOut += 1;
    const name = entry.publication.callId ?? entry.publication.topic;
    const lane = this.#lanes.get(name);
    if (lane === undefined) this.#open(name, entry);
    else lane.entries.push(entry);
  }

  /** The connection is over: what waits for the broker's permission waits no more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #open(name: string, entry: OutboxEntry): void {
    const lane = { entries: [entry], denials: 0 };
    this.#lanes.set(name, lane);
    const { over } = this.#options;
    this.#deliver(name, lane).catch((error) => over.abort(error));
  }

  /** Until the lane is empty, or the connection is over. */
  async #deliver(name: string, lane: Lane): Promise<void> {
    for (let entry = lane.entries[0]; entry !== undefined; entry = lane.entries[0]) {
      const outcome = await this.#send(entry);
      if (outcome === 'lost') return;
      if (outcome === 'denied') await this.#pause(lane);
      else this.#goOn(lane);
    }
    this.#lanes.delete(name);
  }

  async #send(entry: OutboxEntry): Promise<Outcome> {
    const { outlet, outbox, now } = this.#options;
    const { publication } = entry;
    this.#inFlight += 1;
    const payload = payloadAt(publication, now());
    const outcome = await outlet.publish({ ...publication, payload });
    this.#inFlight -= 1;
    if (outcome === 'acknowledged') outbox.settle(entry);
    if (outcome === 'refused') outbox.refuse(entry);
    return outcome;
  }

  #goOn(lane: Lane): void {
    if (lane.denials > 0) this.#denied -= 1;
    lane.denials = 0;
    lane.entries.shift();
    this.#handedOut -= 1;
    this.#waiting?.resolve();
  }

  async #pause(lane: Lane): Promise<void> {
    if (lane.denials === 0) this.#denied += 1;
    const ms = Math.min(DENIED_MS * 2 ** lane.denials, DENIED_MOST_MS);
    lane.denials += 1;
    this.#waiting?.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#timers.add(timer);
    await promise;
    this.#timers.delete(timer);
  }

  async #change(): Promise<void> {
    this.#options.over.signal.throwIfAborted();
    this.#waiting = Promise.withResolvers();
    await this.#waiting.promise;
  }
}
