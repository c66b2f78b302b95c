// A process that notes when each event comes from the broker. It reads its socket itself: what it costs would be taken
// from who is measured.

import { connect } from 'node:net';
import { type Moments, now, toKey } from './clock.ts';
import { serve } from './process.ts';

const CONNECT = Buffer.from('101000044d51545404020000000473756273', 'hex'); // MQTT 3.1.1, no keepalive, "subs"
const PUBLISH = 3;

const arrived: Moments = new Map();
let repeated = 0;
let rest: Buffer = Buffer.alloc(0);

serve({
  async start({ port, topics }: { readonly port: number; readonly topics: readonly string[] }) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const ready = Promise.withResolvers<void>();
    socket.on('data', (bytes) => {
      const at = now();
      const { packets, left } = split(Buffer.concat([rest, bytes]));
      rest = left;
      const acknowledgements = packets.flatMap((packet) => take(packet, at));
      if (acknowledgements.length > 0) socket.write(Buffer.concat(acknowledgements));
      if (packets.some(({ type }) => type === 9)) ready.resolve();
    });
    socket.write(CONNECT);
    socket.write(toSubscribe(topics));
    await ready.promise;
  },
  count: async () => arrived.size,
  /** How many came that had come before, since that was last asked. */
  repeats: async () => {
    const count = repeated;
    repeated = 0;
    return count;
  },
  take: async () => {
    const taken = new Map(arrived);
    arrived.clear();
    return taken;
  },
});

type Packet = { readonly type: number; readonly qos: number; readonly body: Buffer };

function split(bytes: Buffer): { packets: readonly Packet[]; left: Buffer } {
  const packets: Packet[] = [];
  let from = 0;
  while (from + 2 <= bytes.length) {
    let length = 0;
    let at = from + 1;
    let digit = 0x80;
    for (let shift = 0; digit >= 0x80 && at < bytes.length; shift += 7) {
      digit = bytes[at++] ?? 0;
      length |= (digit & 0x7f) << shift;
    }
    if (digit >= 0x80 || at + length > bytes.length) break;
    const first = bytes[from] ?? 0;
    packets.push({
      type: first >> 4,
      qos: (first >> 1) & 3,
      body: bytes.subarray(at, at + length),
    });
    from = at + length;
  }
  return { packets, left: bytes.subarray(from) };
}

/** The acknowledgement of an event. */
function take({ type, qos, body }: Packet, at: number): readonly Buffer[] {
  if (type !== PUBLISH) return [];
  const topicBytes = body.readUInt16BE(0);
  const idAt = 2 + topicBytes;
  const payload = body.toString('latin1', idAt + (qos > 0 ? 2 : 0));
  const [, callId] = /"call_id":"([^"]*)"/.exec(payload) ?? [];
  const [, sequence] = /"sequence":(\d+)/.exec(payload) ?? [];
  if (callId !== undefined && sequence !== undefined) note(toKey(callId, sequence), at);
  return qos > 0 ? [Buffer.from([0x40, 2, body[idAt] ?? 0, body[idAt + 1] ?? 0])] : [];
}

function note(key: string, at: number): void {
  if (arrived.has(key)) repeated += 1;
  else arrived.set(key, at);
}

function toSubscribe(topics: readonly string[]): Buffer {
  const filters = topics.map((topic) =>
    Buffer.concat([lengthOf(topic), Buffer.from(topic), Buffer.from([1])]),
  );
  const body = Buffer.concat([Buffer.from([0, 1]), ...filters]);
  return Buffer.concat([Buffer.from([0x82, body.length]), body]);
}

function lengthOf(text: string): Buffer {
  return Buffer.from([text.length >> 8, text.length & 0xff]);
}
