// A real broker inside the test (aedes; it speaks MQTT 3.1.1 only), and everything that is published there.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { Arrivals } from './arrivals.ts';

export type Message = {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
};

export type EmbeddedBroker = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly messages: Arrivals<Message>;
  /** Cuts every connection off, without a word; clients may connect again. */
  cutOff(): void;
  /** Until it is called with false, nothing more is acknowledged. */
  hold(isHeld: boolean): void;
};

/** On any free port, if none is given. */
export async function embeddedBroker(port = 0): Promise<EmbeddedBroker> {
  const messages = new Arrivals<Message>();
  const held: (() => void)[] = [];
  let isHeld = false;
  const broker = await Aedes.createBroker({
    authorizePublish: (_, { topic, payload, qos, retain }, done) => {
      messages.add({ topic, payload: String(payload), qos, retain });
      if (isHeld) held.push(done);
      else done();
    },
  });
  const sockets = new Set<{ destroy(): void }>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    broker.handle(socket);
  });
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const cutOff = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    url: `mqtt://127.0.0.1:${bound}`,
    port: bound,
    messages,
    cutOff,
    hold: (hold) => {
      isHeld = hold;
      if (!hold) for (const done of held.splice(0)) done();
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      cutOff();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}
