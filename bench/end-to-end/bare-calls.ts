// A program in place of the bridge, which does what none like it can do without, and nothing else: it understands calls,
// commits each event with the state of its call, and publishes it over the same library; without DATA_DIR it commits
// nothing. It looks after nothing: not the order of a call, nor a lost connection, a full disk, a broker that denies, or a
// limit of memory. What is above it is what the bridge takes to look after these.

import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { Correlator } from '../../src/core/call/correlator.ts';
import { type Publication, payloadAt, toPublication } from '../../src/core/event/publication.ts';
import { isSignal, SignalReader } from '../../src/core/pbx/signal.ts';
import { MessageStream } from '../../src/io/ami/message-stream.ts';
import { toBrokerAddress } from '../../src/io/mqtt/broker-url.ts';
import { openClient } from '../../src/io/mqtt/open-client.ts';
import { messageProperties } from '../../src/io/mqtt/packet.ts';
import { UncommittedCalls } from '../../src/io/store/call-changes.ts';
import { Disk } from '../../src/io/store/disk.ts';
import { StoredEntry } from '../../src/io/store/row.ts';

const READ_BYTES = 65_536;
/** So many messages are on their way at a time, as the broker of the bench allows. */
const WINDOW = 512;
/** As in src/io/store/durable-outbox.ts. */
const SETTLE_MS = 50;
const TOPIC_PREFIX = 'asterisk';
const { AMI_PORT = '', MQTT_URL = '', HTTP_PORT = '', DATA_DIR = '' } = process.env;
const LOGIN = 'Action: Login\r\nUsername: bench\r\nSecret: bench-secret\r\n\r\n';

const reader = new SignalReader();
const correlator = new Correlator();
const calls = new UncommittedCalls();
const disk = DATA_DIR === '' ? undefined : openDisk();
const client = openClient(toBrokerAddress(MQTT_URL), {
  ...{ clientId: 'bare-calls', stateTopic: '', lastWill: 'none' },
  ...{ protocolVersion: '5', keepaliveSeconds: 60 },
});
let told = 0;
let acknowledged = 0;
let onTheWay = 0;
let lastSeq = 0;
let uncommitted: Publication[] = [];
const committed: StoredEntry[] = [];
let gone: number[] = [];
let goneAt = 0;

const messages = new MessageStream({
  wanted: (name) => reader.wants(name),
  onMessage: (message) => {
    const result = reader.read(message, Date.now());
    if (!isSignal(result) || result.type === 'digit-pressed') return;
    const events = correlator.handle(result);
    if (events.length === 0) return;
    if (uncommitted.length === 0) setImmediate(commit);
    const now = { at: Date.now(), readAt: performance.now() };
    for (const event of events) uncommitted.push(toPublication(TOPIC_PREFIX, event, now));
    if (disk === undefined) correlator.dropChanges();
    else calls.add(correlator.takeChanges());
  },
});

/** What one turn of the event loop tells, in one transaction, in this thread; with it goes what was acknowledged. */
function commit(): void {
  const entries = uncommitted.map(toEntry);
  uncommitted = [];
  told += entries.length;
  if (disk !== undefined) write(disk, entries);
  committed.push(...entries);
  publish();
}

function openDisk(): Disk {
  mkdirSync(DATA_DIR, { recursive: true });
  return new Disk(join(DATA_DIR, 'outbox.sqlite'));
}

function write(to: Disk, entries: readonly StoredEntry[]): void {
  const letGo = performance.now() >= goneAt + SETTLE_MS ? gone : [];
  const changes = calls.hand();
  to.run({ events: entries.map((entry) => entry.toRow()), gone: letGo, ...changes });
  calls.committed(changes);
  if (letGo !== gone) return;
  gone = [];
  goneAt = performance.now();
}

function toEntry(publication: Publication): StoredEntry {
  const entry = new StoredEntry(publication, Date.now());
  entry.seq = ++lastSeq;
  return entry;
}

function publish(): void {
  while (onTheWay < WINDOW) {
    const entry = committed.shift();
    if (entry === undefined) return;
    send(entry);
  }
}

function send({ publication, seq }: StoredEntry): void {
  const properties = messageProperties(publication) ?? {};
  const payload = payloadAt(publication, Date.now());
  onTheWay += 1;
  client.publish(publication.topic, payload, { qos: 1, properties }, (error) => {
    if (error) throw error;
    onTheWay -= 1;
    acknowledged += 1;
    if (disk !== undefined) gone.push(seq);
    publish();
  });
}

/** As much of the bridge's metrics as the bench asks for. */
function metrics(): string {
  const values = {
    ...{ events_captured_total: told, call_events_total: told },
    ...{ events_pending: told - acknowledged, ami_waiting_bytes: 0 },
  };
  return Object.entries(values)
    .map(([name, value]) => `asterisk_mqtt_${name} ${value}\n`)
    .join('');
}

const callback = (read: number, { buffer, byteOffset }: Uint8Array) => {
  messages.push(Buffer.from(buffer, byteOffset, read));
  return true;
};
const onread = { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback };
const socket = connect({ host: '127.0.0.1', port: Number(AMI_PORT), noDelay: true, onread });
socket.on('connect', () => socket.write(LOGIN));
createServer((_, response) => {
  response.statusCode = client.connected && !socket.connecting ? 200 : 503;
  response.end(metrics());
}).listen(Number(HTTP_PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
