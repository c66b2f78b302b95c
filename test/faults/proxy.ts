// A TCP proxy between the bridge and what it talks to, whose way can be made bad while it runs: each direction can be
// stalled, delayed, throttled or cut into small segments, and all connections can be cut, reset or refused.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'up' | 'down';

/** How bytes travel in one direction; what is left out is perfect. */
export type Way = {
  /** Nothing is read from the sender: its kernel fills up, as with a peer that hangs. */
  readonly stalled?: boolean;
  readonly delayMs?: number;
  readonly bytesPerSecond?: number;
  /** So many bytes are written at a time, in segments of their own. */
  readonly segmentBytes?: number;
  /** Between two of them; 0 if left out. */
  readonly segmentEveryMs?: number;
};

export type ProxyOptions = {
  readonly host: string;
  readonly port: number;
};

/** What waits in the proxy for a slow way, at most: then the sender waits, as it would in a real network. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** Then others have their turn. */
const SEGMENTS_PER_TURN = 500;
const UNTIL_DRAINED = Number.POSITIVE_INFINITY;

export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #options: ProxyOptions;
  #ways: Readonly<Record<Direction, Way>> = { up: {}, down: {} };
  #isRefusing = false;
  #accepted = 0;

  static async listen(options: ProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections made so far, refused ones not counted. */
  get accepted(): number {
    return this.#accepted;
  }

  get open(): number {
    return this.#pairs.size;
  }

  /** From now on, for all connections, those that are open too. `up` is from the bridge, `down` to it. */
  set(direction: Direction, way: Way): void {
    this.#ways = { ...this.#ways, [direction]: way };
    for (const pair of this.#pairs) pair.set(direction, way);
  }

  /** New connections are closed at once. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  /** Closes all connections, as the end of a process does it. */
  cut(): void {
    for (const pair of this.#pairs) pair.end();
  }

  /** Ends all connections with an RST; what was on its way is lost. */
  reset(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  /** The next byte after `bytes` more in this direction never arrives: the connection is reset in mid-message. */
  resetAfter(direction: Direction, bytes: number): void {
    for (const pair of this.#pairs) pair.resetAfter(direction, bytes);
  }

  heal(): void {
    this.refuse(false);
    this.set('up', {});
    this.set('down', {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pair of this.#pairs) pair.reset();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    if (this.#isRefusing) {
      near.resetAndDestroy();
      return;
    }
    this.#accepted += 1;
    const far = connect({ ...this.#options, noDelay: true });
    const pair = new Pair(near, far, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
    pair.set('up', this.#ways.up);
    pair.set('down', this.#ways.down);
  }
}

class Pair {
  readonly #sockets: readonly Socket[];
  readonly #pipes: Readonly<Record<Direction, Pipe>>;

  constructor(near: Socket, far: Socket, onClose: () => void) {
    this.#sockets = [near, far];
    const reset = () => this.reset();
    this.#pipes = { up: new Pipe(near, far, reset), down: new Pipe(far, near, reset) };
    for (const socket of this.#sockets) {
      socket.on('error', reset);
      socket.on('close', () => {
        if (!this.#sockets.every(({ destroyed }) => destroyed)) return;
        this.#pipes.up.close();
        this.#pipes.down.close();
        onClose();
      });
    }
  }

  set(direction: Direction, way: Way): void {
    this.#pipes[direction].set(way);
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroySoon();
  }

  reset(): void {
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
  }

  resetAfter(direction: Direction, bytes: number): void {
    this.#pipes[direction].resetAfter(bytes);
  }
}

type Piece = { readonly bytes: Buffer; readonly dueAt: number };

/** One direction of one connection. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #reset: () => void;
  readonly #waiting: Piece[] = [];
  #buffered = 0;
  #way: Way = {};
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #bytesUntilReset = Infinity;

  constructor(from: Socket, to: Socket, reset: () => void) {
    this.#from = from;
    this.#to = to;
    this.#reset = reset;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => {
      this.#ended = true;
      this.#pump();
    });
    from.on('close', () => {
      this.#ended = true;
      this.#pump();
    });
    to.on('drain', () => this.#pump());
  }

  set(way: Way): void {
    this.#way = way;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pump();
  }

  resetAfter(bytes: number): void {
    this.#bytesUntilReset = bytes;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #take(bytes: Buffer): void {
    const dueAt = performance.now() + (this.#way.delayMs ?? 0);
    this.#waiting.push({ bytes, dueAt });
    this.#buffered += bytes.length;
    this.#pump();
  }

  /** Writes what may be written now, and comes back for the rest. */
  #pump(): void {
    this.#flow();
    if (this.#timer !== undefined || this.#way.stalled) return;
    for (let segments = 0; this.#waiting.length > 0; segments++) {
      const waitMs = segments === SEGMENTS_PER_TURN ? 0 : this.#pass();
      if (waitMs === undefined) continue;
      if (waitMs !== UNTIL_DRAINED) this.#later(waitMs);
      return;
    }
    if (this.#ended) this.#to.end();
  }

  /** Passes on what may go now; how long to wait before the next, where it has to. */
  #pass(): number | undefined {
    const [piece] = this.#waiting;
    if (piece === undefined) return undefined;
    const dueInMs = piece.dueAt - performance.now();
    if (dueInMs > 0) return dueInMs;
    if (this.#to.writableNeedDrain) return UNTIL_DRAINED;
    const pauseMs = this.#write(piece);
    this.#flow();
    return pauseMs > 0 ? pauseMs : undefined;
  }

  /** How long the next bytes have to wait, milliseconds. */
  #write(piece: Piece): number {
    const { segmentBytes = piece.bytes.length, segmentEveryMs = 0, bytesPerSecond } = this.#way;
    const most = bytesPerSecond === undefined ? segmentBytes : Math.ceil(bytesPerSecond / 50);
    const count = Math.min(most, segmentBytes, piece.bytes.length, this.#bytesUntilReset);
    this.#bytesUntilReset -= count;
    this.#to.write(piece.bytes.subarray(0, count));
    this.#buffered -= count;
    const rest = piece.bytes.subarray(count);
    if (rest.length === 0) this.#waiting.shift();
    else this.#waiting[0] = { ...piece, bytes: rest };
    if (this.#bytesUntilReset === 0) setImmediate(this.#reset);
    if (bytesPerSecond !== undefined) return 20;
    return segmentEveryMs;
  }

  /** The sender is read only while there is room for what it sends. */
  #flow(): void {
    const isFull = this.#buffered >= MAX_BUFFERED_BYTES;
    if (this.#way.stalled || isFull) this.#from.pause();
    else if (this.#from.isPaused()) this.#from.resume();
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, ms);
  }
}
