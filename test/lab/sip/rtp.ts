// The audio of one call: silence every 20 ms, and digits as telephone events. Asterisk optimises a Local channel away,
// and notices keys, only while frames flow.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { DTMF_PAYLOAD_TYPE, type MediaAddress } from './sdp.ts';

const FRAME_MS = 20;
const SAMPLES = 160;
/** So long a key is held, in frames. */
const KEY_FRAMES = 6;
const SILENCE = Buffer.alloc(SAMPLES, 0xff);
const KEYS = '0123456789*#ABCD';

export class RtpStream {
  readonly #socket: Socket;
  readonly #source = Math.floor(Math.random() * 2 ** 32);
  #peer: MediaAddress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  #timestamp = 0;
  #isKeyDown = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // whoever was there has gone
    socket.on('message', () => undefined);
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
    const header = Buffer.alloc(12);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    header.writeUInt8(0x80, 0);
    header.writeUInt8(payloadType, 1);
    header.writeUInt16BE(this.#sequence, 2);
    header.writeUInt32BE(timestamp, 4);
    header.writeUInt32BE(this.#source, 8);
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
