// The audio of one call: silence every 20 ms, digits as telephone events, and reports of how it comes over (RTCP). Asterisk
// optimises a Local channel away, and notices keys, only while frames flow.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { DTMF_PAYLOAD_TYPE, type MediaAddress } from './sdp.ts';

const FRAME_MS = 20;
const SAMPLES = 160;
/** More often than phones do, as calls are shorter here. */
const FRAMES_A_REPORT = 25;
/** So long a key is held, in frames. */
const KEY_FRAMES = 6;
const SILENCE = Buffer.alloc(SAMPLES, 0xff);
const KEYS = '0123456789*#ABCD';
const HEADER_BYTES = 12;
/** From 1900 to 1970. */
const NTP_SECONDS = 2_208_988_800;

export class RtpStream {
  readonly #socket: Socket;
  readonly #source = Math.floor(Math.random() * 2 ** 32);
  #peer: MediaAddress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  #timestamp = 0;
  #isKeyDown = false;
  #sent = 0;
  /** Of what the other side sends. */
  #heard = { source: 0, sequence: 0 };

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // whoever was there has gone
    socket.on('message', (packet) => this.#hear(packet));
  }

  static async open(host: string): Promise<RtpStream> {
    const socket = createSocket('udp4').bind(0, host);
    await once(socket, 'listening');
    return new RtpStream(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends to that address from now on. */
  sendTo(peer: MediaAddress): void {
    this.#peer = peer;
    this.#timer ??= setInterval(() => this.#tick(), FRAME_MS);
  }

  /** Presses the keys one after the other; resolves when the last one is let go. */
  async press(keys: string): Promise<void> {
    for (const [n, key] of [...keys].entries()) {
      if (n > 0) await setTimeout(100);
      await this.#pressOne(KEYS.indexOf(key));
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#peer = undefined;
    this.#socket.close();
  }

  #tick(): void {
    this.#timestamp = (this.#timestamp + SAMPLES) >>> 0;
    if (!this.#isKeyDown) this.#send(0, SILENCE);
    if (this.#sent % FRAMES_A_REPORT === 0) this.#report();
  }

  #hear(packet: Buffer): void {
    if (packet.length < HEADER_BYTES) return;
    this.#heard = { source: packet.readUInt32BE(8), sequence: packet.readUInt16BE(2) };
  }

  /** To the port beside that of the audio. */
  #report(): void {
    if (this.#peer === undefined) return;
    const { host, port } = this.#peer;
    const sent = { source: this.#source, timestamp: this.#timestamp, packets: this.#sent };
    this.#socket.send(senderReport(sent, this.#heard), port + 1, host);
  }

  async #pressOne(event: number): Promise<void> {
    this.#isKeyDown = true;
    const from = this.#timestamp;
    for (let frame = 1; frame <= KEY_FRAMES; frame++) {
      this.#send(DTMF_PAYLOAD_TYPE, keyFrame(event, frame, false), from);
      await setTimeout(FRAME_MS);
    }
    for (let repeat = 0; repeat < 3; repeat++) {
      this.#send(DTMF_PAYLOAD_TYPE, keyFrame(event, KEY_FRAMES, true), from);
    }
    this.#isKeyDown = false;
  }

  #send(payloadType: number, payload: Buffer, timestamp = this.#timestamp): void {
    if (this.#peer === undefined) return;
    const header = Buffer.alloc(HEADER_BYTES);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    header.writeUInt8(0x80, 0);
    header.writeUInt8(payloadType, 1);
    header.writeUInt16BE(this.#sequence, 2);
    header.writeUInt32BE(timestamp, 4);
    header.writeUInt32BE(this.#source, 8);
    this.#sent += 1;
    this.#socket.send(Buffer.concat([header, payload]), this.#peer.port, this.#peer.host);
  }
}

/** RFC 4733, section 2.3. */
function keyFrame(event: number, frames: number, isEnd: boolean): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt8(event, 0);
  payload.writeUInt8(isEnd ? 0x8a : 0x0a, 1);
  payload.writeUInt16BE(frames * SAMPLES, 2);
  return payload;
}

type Sent = { readonly source: number; readonly timestamp: number; readonly packets: number };
type Heard = { readonly source: number; readonly sequence: number };

/** RFC 3550, section 6.4.1: with one block, of a line on which nothing is lost and nothing late. */
function senderReport({ source, timestamp, packets }: Sent, heard: Heard): Buffer {
  const report = Buffer.alloc(52);
  report.writeUInt8(0x81, 0);
  report.writeUInt8(200, 1);
  report.writeUInt16BE(report.length / 4 - 1, 2);
  report.writeUInt32BE(source, 4);
  report.writeUInt32BE(Math.floor(Date.now() / 1_000) + NTP_SECONDS, 8);
  report.writeUInt32BE(timestamp, 16);
  report.writeUInt32BE(packets, 20);
  report.writeUInt32BE(packets * SAMPLES, 24);
  report.writeUInt32BE(heard.source, 28);
  report.writeUInt32BE(heard.sequence, 36);
  return report;
}
