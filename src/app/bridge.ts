// The bridge, from top to bottom: what Asterisk says → calls → outbox, which never waits; outbox → broker, which does.

import { setTimeout as delay } from 'node:timers/promises';
import { type Config, secretsOf } from '../config/config.ts';
import { type Environment, loadConfig } from '../config/load.ts';
import { neededClasses } from '../core/ami/rights.ts';
import { toBridgePublication } from '../core/event/bridge-event.ts';
import { type AmiSession, connectAmi } from '../io/ami/connection.ts';
import { keepAmiSession } from '../io/ami/reconnect.ts';
import { type Heartbeat, startHeartbeat } from '../io/heartbeat/heartbeat.ts';
import { type Status, toReady } from '../io/http/health.ts';
import { startHttpServer } from '../io/http/server.ts';
import { toBrokerAddress } from '../io/mqtt/broker-url.ts';
import { brokerConnections } from '../io/mqtt/reconnect.ts';
import { prepareDataDir, toOutboxPath } from '../io/store/data-dir.ts';
import { DiskHere } from '../io/store/disk-here.ts';
import { beginDisk, type DiskLink, openDisk } from '../io/store/disk-link.ts';
import { DurableOutbox } from '../io/store/durable-outbox.ts';
import { MemoryOutbox, type MemoryOutboxOptions } from '../io/store/memory-outbox.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import type { Notice, Report } from '../telemetry/notice.ts';
import { createReport } from '../telemetry/report.ts';
import { toBrokerSettings } from './broker-settings.ts';
import { runDelivery } from './delivery.ts';
import { Intake, type PbxIdentity } from './intake.ts';
import { Limits } from './limits.ts';
import { Links } from './links.ts';
import { isLoopback } from './loopback.ts';
import { Presence } from './presence.ts';
import { Retained } from './retained.ts';
import { Rush } from './rush.ts';

export type BridgeOptions = {
  readonly env: Environment;
  readonly version: string;
  /** The commit that it was built from, where that is known. */
  readonly revision?: string;
  /** Takes log lines. */
  readonly write: (line: string) => void;
  /** Aborted: stop the intake, deliver what is pending, say goodbye. */
  readonly signal: AbortSignal;
  readonly now?: () => number;
  /** What the process may use for objects: the outbox takes a part of it at the most. */
  readonly heapLimitBytes?: number;
  /** Memory that the process could still get. */
  readonly availableBytes?: number;
};

/** A message in memory takes twice its bytes and more (measured: 937 MB for 428 MB); the rest is for everything else. */
const OUTBOX_SHARE_OF_HEAP = 0.25;

/** What is read from Asterisk and waits to be understood: 36 s of 4,000 calls a second. */
const MAX_READ_AHEAD_BYTES = 2 * 1024 * 1024 * 1024;
/** Others need memory, too. */
const READ_AHEAD_SHARE = 0.25;

/** So long Asterisk is waited for before the broker is called. */
const ANSWER_MS = 500;

/** So long a stop may take to deliver what is pending. */
const DRAIN_MS = 8_000;

/**
 * Runs until the signal is aborted and all is said.
 * @throws ConnectorError CONFIG_INVALID, DATA_DIR_UNWRITABLE, DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE,
 *   HTTP_LISTEN_FAILED
 */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const bridge = new Bridge(loadConfig({ env: options.env }), options);
  await bridge.run();
}

class Bridge {
  readonly #config: Config;
  /** Aborted with the reason when the bridge cannot go on. */
  readonly #broken = new AbortController();
  readonly #signal: AbortSignal;
  readonly #build: Pick<BridgeOptions, 'version' | 'revision'>;
  readonly #maxMemoryBytes: number;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #metrics: Metrics;
  readonly #report: Report;
  readonly #links: Links;
  readonly #outbox: MemoryOutbox | DurableOutbox;
  readonly #retained: Retained;
  readonly #limits: Limits;
  readonly #intake: Intake;
  readonly #presence: Presence;
  readonly #maxReadAheadBytes: number;
  readonly #rush: Rush;
  #session: AmiSession | undefined;
  /** Asterisk has let us in, or not. Until then all else waits: what it says is lost where nobody listens. */
  readonly #answered = Promise.withResolvers<void>();
  #heartbeat: Heartbeat | undefined;
  #pbx: PbxIdentity = { asteriskVersion: undefined, systemName: undefined };

  constructor(config: Config, options: BridgeOptions) {
    const { signal, version, revision, write, now = Date.now } = options;
    const { heapLimitBytes = Infinity, availableBytes = Infinity } = options;
    this.#config = config;
    this.#maxReadAheadBytes = Math.min(availableBytes * READ_AHEAD_SHARE, MAX_READ_AHEAD_BYTES);
    this.#maxMemoryBytes = heapLimitBytes * OUTBOX_SHARE_OF_HEAP;
    this.#signal = AbortSignal.any([signal, this.#broken.signal]);
    this.#signal.addEventListener('abort', () => this.#answered.resolve(), { once: true });
    if (this.#signal.aborted) this.#answered.resolve();
    this.#build = revision === undefined ? { version } : { version, revision };
    this.#now = now;
    this.#startedAt = now();
    this.#links = new Links(now);
    this.#metrics = createMetrics({ version });
    const secrets = secretsOf(config);
    const logger = createLogger({ ...config.log, secrets, destination: { write } });
    const log = createReport({ logger, metrics: this.#metrics });
    this.#report = (notice) => {
      log(notice);
      this.#onNotice(notice);
    };
    this.#outbox = this.#createOutbox();
    this.#retained = new Retained();
    this.#presence = this.#createPresence();
    this.#limits = this.#createLimits();
    this.#intake = new Intake({
      topicPrefix: config.mqtt.topicPrefix,
      outbox: this.#outbox,
      keepsCalls: config.dataDir !== undefined,
      report: this.#report,
      limits: this.#limits,
      now,
      digits: config.callDtmf,
      onCalls: (calls) => this.#presence.setCalls(calls),
      onError: (error) => this.#broken.abort(error),
    });
    const waitingBytes = () => this.#session?.waitingBytes ?? 0;
    this.#rush = new Rush({ report: this.#report, waitingBytes });
    this.#metrics.watch({
      waitingBytes,
      calls: () => this.#intake.openCalls,
      outbox: () => this.#outbox,
    });
  }

  async run(): Promise<void> {
    const { http, dataDir } = this.#config;
    this.#report({ type: 'bridge-starting', ...this.#build });
    if (dataDir !== undefined) await prepareDataDir(dataDir);
    if (this.#outbox instanceof DurableOutbox) await this.#openOutbox(this.#outbox);
    const server = await startHttpServer({
      ...http,
      report: this.#report,
      status: () => this.#status(),
      metrics: this.#metrics,
    });
    this.#heartbeat = this.#startHeartbeat();
    try {
      await this.#takeInAndDeliver();
    } finally {
      await this.#outbox.close();
      await this.#heartbeat?.stop();
      await server.close();
      const { events: pending } = this.#outbox.pending;
      this.#report({ type: 'bridge-stopped', pending, kept: this.#outbox.kept });
    }
  }

  /** The intake ends first; delivery goes on until what is pending is delivered, or cannot be. */
  async #takeInAndDeliver(): Promise<void> {
    const goodbye = new AbortController();
    const delivery = this.#deliver(goodbye.signal);
    delivery.catch((error) => this.#broken.abort(error));
    try {
      await this.#takeIn();
      this.#intake.suspend();
      if (!this.#broken.signal.aborted) await this.#drain();
    } finally {
      goodbye.abort();
      await delivery;
    }
    this.#broken.signal.throwIfAborted();
  }

  /** Asterisk → outbox, until the bridge is to stop. */
  async #takeIn(): Promise<void> {
    const intake = this.#intake;
    setTimeout(this.#answered.resolve, ANSWER_MS).unref();
    await keepAmiSession({
      now: this.#now,
      connect: (signal) => this.#connectAmi(signal),
      onSession: async (session) => {
        this.#answered.resolve();
        this.#session = session;
        this.#pbx = await intake.catchUp(session);
        await this.#limits.examine(session);
        const { host, port } = this.#config.ami;
        const { amiVersion } = session;
        const { asteriskVersion } = this.#pbx;
        const version = asteriskVersion === undefined ? {} : { asteriskVersion };
        this.#report({
          type: 'ami-online',
          host,
          port,
          amiVersion,
          pbx: this.#pbxName,
          ...version,
        });
      },
      onLost: () => {
        this.#answered.resolve();
        intake.endSession();
      },
      report: (notice) => this.#onLinkNotice(notice),
      signal: this.#signal,
    });
  }

  /** Outbox → broker, until goodbye is said. */
  async #deliver(signal: AbortSignal): Promise<void> {
    const { url, protocolVersion } = this.#config.mqtt;
    const report = this.#report;
    const settings = toBrokerSettings(this.#config.mqtt);
    await this.#answered.promise;
    const { connectBroker } = await import('../io/mqtt/client.ts');
    const connections = brokerConnections({
      connect: (version, until) => connectBroker({ ...settings, protocolVersion: version }, until),
      protocolVersion,
      broker: toBrokerAddress(url).name,
      report,
      signal,
    });
    const outbox = this.#outbox;
    const retained = this.#retained;
    const rush = this.#rush;
    await runDelivery(connections, { outbox, retained, report, rush, signal, now: this.#now });
  }

  /** What is pending is delivered first; then, where there is a broker, it hears that nothing more will come. */
  async #drain(): Promise<void> {
    this.#report({ type: 'bridge-stopping', reason: String(this.#signal.reason) });
    const deadline = AbortSignal.any([AbortSignal.timeout(DRAIN_MS), this.#broken.signal]);
    while (this.#outbox.pending.events > 0 && !deadline.aborted) await delay(20);
    void this.#retained.flush(); // the last number of calls before the goodbye, not behind it
    this.#presence.leave();
    if (this.#links.mqtt.online) await Promise.race([this.#retained.flush(), delay(1_000)]);
  }

  #connectAmi(signal: AbortSignal): Promise<AmiSession> {
    const { ami, callDtmf } = this.#config;
    const intake = this.#intake;
    intake.beginSession();
    return connectAmi({
      ...ami,
      events: neededClasses({ digits: callDtmf }).join(),
      signal,
      onBytes: (_, ageMs) => intake.heard(ageMs),
      maxReadAheadBytes: this.#maxReadAheadBytes,
      onBehind: (isBehind) => (isBehind ? this.#rush.begin() : this.#rush.end()),
      onMessage: (message) => intake.onMessage(message),
      onOversized: (bytes) => {
        this.#report({ type: 'ami-message-oversized', bytes });
        intake.onOversized();
      },
      onTorn: () => this.#report({ type: 'ami-message-suspect', reason: 'torn' }),
      wanted: (eventName) => {
        this.#metrics.countEvent(eventName);
        return intake.wants(eventName);
      },
    });
  }

  /** On the disk where there is a folder for it; in memory, a part of the heap is all there is. */
  #createOutbox(): MemoryOutbox | DurableOutbox {
    const { outbox: limits, dataDir, mqtt } = this.#config;
    const maxMemoryBytes = this.#maxMemoryBytes;
    const report = this.#report;
    const common: MemoryOutboxOptions = {
      ...limits,
      onShed: ({ reason, events }) => report({ type: 'outbox-shed', reason, events }),
      toShedReport: (summary) =>
        toBridgePublication(mqtt.topicPrefix, { event: 'shed', at: this.#now(), ...summary }),
    };
    if (dataDir === undefined) {
      return new MemoryOutbox({ ...common, maxBytes: Math.min(limits.maxBytes, maxMemoryBytes) });
    }
    return new DurableOutbox({
      ...common,
      maxMemoryBytes,
      beginDisk: () => this.#beginDisk(toOutboxPath(dataDir)),
      openDisk: (how) => openDisk(toOutboxPath(dataDir), how),
      onFailed: (error) => report({ type: 'outbox-failed', error }),
      onRecovered: () => report({ type: 'outbox-recovered' }),
      onSetAside: ({ path, writtenAt }) => {
        report({ type: 'outbox-set-aside', path });
        this.#intake.onMemoryLost(writtenAt);
      },
    });
  }

  /** Within a machine the kernel holds seconds of what Asterisk says; from elsewhere, a blink. */
  async #beginDisk(path: string): Promise<DiskLink> {
    const onRefused = (error: unknown) => this.#broken.abort(error);
    if (isLoopback(this.#config.ami.host)) {
      const onBusy = (ms: number) => this.#report({ type: 'outbox-busy', ms });
      return new DiskHere({ path, onBusy, onRefused });
    }
    return await beginDisk({ path, when: this.#answered.promise, onRefused });
  }

  /** The answer to a ping says how far the two clocks are apart, where it came soon. */
  #onLinkNotice(notice: Notice): void {
    if (notice.type === 'ami-round-trip') this.#intake.onClockOffset(notice.clockOffsetMs);
    this.#report(notice);
  }

  async #openOutbox(outbox: DurableOutbox): Promise<void> {
    await outbox.open();
    const events = outbox.totals.restored;
    if (events > 0) this.#report({ type: 'outbox-restored', events });
    this.#intake.restore(outbox.takeOpenCalls());
  }

  #createLimits(): Limits {
    const { ami, callDtmf } = this.#config;
    const classes = neededClasses({ digits: callDtmf });
    return new Limits({ username: ami.username, classes, report: this.#report });
  }

  #createPresence(): Presence {
    return new Presence({
      retained: this.#retained,
      topicPrefix: this.#config.mqtt.topicPrefix,
      links: this.#links,
      now: this.#now,
      info: () => ({
        version: this.#build.version,
        pbx: { name: this.#pbxName, asteriskVersion: this.#pbx.asteriskVersion },
        startedAt: this.#startedAt,
      }),
    });
  }

  get #pbxName(): string {
    return this.#config.pbxName ?? this.#pbx.systemName ?? this.#config.ami.host;
  }

  #onNotice(notice: Notice): void {
    const { ami, mqtt } = this.#links;
    this.#links.note(notice);
    if (ami === this.#links.ami && mqtt === this.#links.mqtt) return;
    this.#presence.update();
    this.#heartbeat?.beat();
  }

  #startHeartbeat(): Heartbeat | undefined {
    const { heartbeatFile: path } = this.#config;
    if (path === undefined) return undefined;
    const state = () => toReadiness(this.#status());
    return startHeartbeat({ path, state, report: this.#report, now: this.#now });
  }

  #status(): Status {
    const { ami, mqtt } = this.#links;
    const { asteriskVersion } = this.#pbx;
    return {
      version: this.#build.version,
      startedAt: this.#startedAt,
      stopping: this.#signal.aborted,
      ami,
      mqtt,
      pbx: { name: this.#pbxName, ...(asteriskVersion !== undefined && { asteriskVersion }) },
      calls: this.#intake.openCalls,
      outbox: { ...this.#outbox.pending, isDiskFailing: this.#outbox.isDiskFailing },
    };
  }
}

/** What the health check of the image says: as /health/ready, in lines. */
function toReadiness(status: Status) {
  const { code, body } = toReady(status);
  const missing = body.missing.map(({ problem, code: error, hint }) =>
    [problem, error, hint].filter((part) => part !== undefined).join(': '),
  );
  return { ready: code === 200, missing };
}
