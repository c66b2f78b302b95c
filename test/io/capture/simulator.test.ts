import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Capture } from '../../../src/core/capture/format.ts';
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../../src/io/capture/simulator.ts';
import { BANNER, capture, event, LOGIN, message, snapshot } from '../../core/capture/hand-made.ts';

const CALLER = { channel: 'PJSIP/101-00000001', id: '1770000000.1', num: '101' };
const RING = event('Newchannel', ['Timestamp', '1770000001.000000'], ...snapshot(CALLER));
const HANGUP = event('Hangup', ...snapshot(CALLER));

/** A client that keeps all it is sent. */
class Client {
  text = '';
  readonly closed: Promise<void>;
  readonly socket: Socket;
  #notify: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setEncoding('latin1');
    this.socket.on('data', (text) => {
      this.text += String(text);
      this.#notify();
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
  }

  send(...lines: string[]): void {
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  }

  /** Resolves when that has come; gives all that came up to its end. */
  async until(wanted: string, times = 1): Promise<string> {
    while (this.text.split(wanted).length <= times) {
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
    return this.text;
  }
}

const open: (Simulator | Client)[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) {
    if (one instanceof Client) one.socket.destroy();
    else await one.close();
  }
});

async function start(played: Capture, options: Partial<SimulatorOptions> = {}) {
  const simulator = await startSimulator({ capture: played, speed: 0, ...options });
  const client = new Client(simulator.port);
  open.push(client, simulator);
  return { simulator, client };
}

async function startLoggedIn(played: Capture, options: Partial<SimulatorOptions> = {}) {
  const both = await start(played, options);
  both.client.send('Action: Login', 'Username: u', 'Secret: s');
  await both.client.until('Authentication accepted\r\n\r\n');
  return both;
}

describe('the login', () => {
  const locked = { username: 'bridge', secret: 'grün', refusalDelayMs: 0 };

  it('is offered by the banner of the capture', async () => {
    const { client } = await start(capture('Asterisk Call Manager/5.0.4\r\n', RING));
    expect(await client.until('\n')).toBe('Asterisk Call Manager/5.0.4\r\n');
  });

  it('is accepted by challenge', async () => {
    const { client } = await start(capture(BANNER), locked);
    client.send('Action: Challenge', 'AuthType: MD5', 'ActionID: 1');
    const text = await client.until('Challenge: ');
    const challenge = /Challenge: (\d+)\r\n/.exec(text)?.[1] ?? '';
    const key = createHash('md5').update(`${challenge}grün`).digest('hex');
    client.send('Action: Login', 'AuthType: MD5', 'Username: bridge', `Key: ${key}`, 'ActionID: 2');
    await client.until('Response: Success\r\nActionID: 2\r\nMessage: Authentication accepted\r\n');
  });

  it('is accepted with the plain secret', async () => {
    const { client } = await start(capture(BANNER), locked);
    const secret = Buffer.from('grün').toString('latin1');
    client.send('Action: Login', 'Username: bridge', `Secret: ${secret}`);
    await client.until('Authentication accepted');
  });

  it.each([
    ['a wrong secret', ['Username: bridge', 'Secret: wrong']],
    ['a wrong user', ['Username: other', 'Secret: grün']],
    ['a key to no challenge', ['AuthType: MD5', 'Username: bridge', `Key: ${'0'.repeat(32)}`]],
  ])('is refused to %s, and the connection closed', async (_, headers) => {
    const { client } = await start(capture(BANNER, RING), locked);
    client.send('Action: Login', 'ActionID: 1', ...headers);
    await client.closed;
    expect(client.text).toBe(
      `${BANNER}${message('Response', 'Error', ['ActionID', '1'], ['Message', 'Authentication failed'])}`,
    );
  });

  it('accepts anybody where no user and no secret is set', async () => {
    await startLoggedIn(capture(BANNER));
  });

  it('comes before everything else', async () => {
    const { client } = await start(capture(BANNER));
    client.send('Action: Ping');
    await client.until('Message: Permission denied\r\n\r\n');
    client.send('Action: Challenge', 'AuthType: XYZ');
    await client.until('Must specify AuthType');
  });
});

describe('the playback', () => {
  it('gives the bytes of the capture from the login on, without the answers in it', async () => {
    const pong = message('Response', 'Success', ['ActionID', '9'], ['Ping', 'Pong']);
    const recorded = capture(BANNER, LOGIN, RING.slice(0, 20), `${RING.slice(20)}${pong}`, HANGUP);
    const { client, simulator } = await startLoggedIn(recorded);
    await simulator.ended;
    await client.until('Event: Hangup');
    expect(client.text).toBe(BANNER + LOGIN + RING + HANGUP);
  });

  it('keeps the time between the reads, scaled by the speed', async () => {
    const slow: Capture = { ...capture(BANNER + LOGIN, RING, HANGUP) };
    const reads = slow.reads.map((read, index) => ({ ...read, ms: index * 500 }));
    const began = performance.now();
    const { simulator } = await startLoggedIn({ ...slow, reads }, { speed: 10 });
    await simulator.ended;
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThanOrEqual(99);
    expect(tookMs).toBeLessThan(900);
  });

  it('gives every client the whole capture', async () => {
    const { simulator, client } = await startLoggedIn(capture(BANNER, RING));
    const second = new Client(simulator.port);
    open.push(second);
    second.send('Action: Login', 'Username: u', 'Secret: s');
    await Promise.all([second.until('Newchannel'), client.until('Newchannel')]);
  });

  it('begins again and again where it loops, without a torn end', async () => {
    const recorded = capture(BANNER, RING + HANGUP, 'Event: To');
    const { client } = await startLoggedIn(recorded, { loop: true });
    expect(await client.until('Event: Hangup', 3)).not.toContain('Event: To');
  });

  it('ends the session where the recorded one was torn', async () => {
    const { client } = await startLoggedIn(capture(BANNER, RING, 'Event: Hang'));
    await client.closed;
    expect(client.text.endsWith('Event: Hang')).toBe(true);
  });

  it('is silent for a client that wants no events', async () => {
    const { simulator, client } = await start(capture(BANNER, RING));
    client.send('Action: Login', 'Username: u', 'Events: off');
    await simulator.ended;
    client.send('Action: Ping');
    expect(await client.until('Pong')).not.toContain('Newchannel');
  });

  it('drops a client that does not read', async () => {
    const large = event('UserEvent', ['Text', 'x'.repeat(1024 * 1024)]);
    const recorded = capture(BANNER, ...Array<string>(16).fill(large));
    const reads = recorded.reads.map(({ offset }) => ({ offset, ms: 0 }));
    const options = { speed: 1, maxBufferedBytes: 1024 * 1024 };
    const { client } = await start({ ...recorded, reads }, options);
    client.send('Action: Login', 'Username: u');
    client.socket.pause();
    await new Promise<void>((resolve) => {
      const server = client.socket;
      server.on('close', () => resolve());
      server.write('Action: Ping\r\n\r\n', () => setImmediate(() => server.resume()));
    });
    expect(client.text.length).toBeLessThan(recorded.text.length);
  });

  it('waits for a slow client where it has no time to keep', async () => {
    const large = event('UserEvent', ['Text', 'x'.repeat(256 * 1024)]);
    const recorded = capture(BANNER, ...Array<string>(16).fill(large));
    const { client, simulator } = await startLoggedIn(recorded, { maxBufferedBytes: 1024 * 1024 });
    await simulator.ended;
    client.send('Action: Ping');
    await client.until('Pong');
    expect(client.text).toContain(recorded.text.slice(BANNER.length));
  });
});

describe('the actions of a client', () => {
  it('are answered from the capture as it stands at that moment', async () => {
    const { client, simulator } = await startLoggedIn(capture(BANNER, RING));
    await simulator.ended;
    client.send('Action: CoreShowChannels', 'ActionID: a');
    expect(await client.until('ListItems: 1\r\n\r\n')).toContain(
      'Event: CoreShowChannel\r\nActionID: a\r\nChannel: PJSIP/101-00000001\r\n',
    );
  });

  it('see nothing of a call that is over', async () => {
    const { client, simulator } = await startLoggedIn(capture(BANNER, RING, HANGUP));
    await simulator.ended;
    client.send('Action: Status');
    await client.until('ListItems: 0\r\n\r\n');
  });

  it('are told the time of the PBX that was recorded', async () => {
    const { client, simulator } = await startLoggedIn(capture(BANNER, RING));
    await simulator.ended;
    client.send('Action: Ping');
    await client.until('Timestamp: 1770000001.');
  });

  it('are answered one after another, also when they come in one piece', async () => {
    const { client } = await startLoggedIn(capture(BANNER));
    client.send(
      'Action: Ping',
      'ActionID: 1',
      '',
      'Action: What',
      'ActionID: 2',
      '',
      'Action: Ping',
    );
    await client.until('ActionID: 1\r\nPing: Pong');
    await client.until('ActionID: 2\r\nMessage: Invalid/unknown command\r\n\r\n');
    await client.until('Ping: Pong', 2);
  });

  it('are not answered in the middle of a message', async () => {
    const recorded = capture(BANNER + LOGIN, RING.slice(0, 30), RING.slice(30));
    const reads = recorded.reads.map((read, index) => ({ ...read, ms: index * 50 }));
    const { client } = await startLoggedIn({ ...recorded, reads }, { speed: 1 });
    await client.until(RING.slice(0, 30));
    client.send('Action: Ping');
    expect(await client.until('Pong')).toContain(`${RING}Response: Success\r\nPing: Pong`);
  });

  it('can turn the events off and on', async () => {
    const { client } = await startLoggedIn(capture(BANNER));
    client.send('Action: Events', 'EventMask: off');
    await client.until('Events: Off');
    client.send('Action: Events', 'EventMask: call');
    await client.until('Events: On');
  });

  it('end with Logoff', async () => {
    const { client } = await startLoggedIn(capture(BANNER));
    client.send('Action: Logoff', 'ActionID: 3');
    await client.closed;
    expect(client.text).toContain('Response: Goodbye\r\nActionID: 3\r\n');
  });

  it('of endless length end the session', async () => {
    const { client } = await start(capture(BANNER));
    client.socket.write('x'.repeat(200_000));
    await client.closed;
  });
});

describe('the simulator', () => {
  it('says that its port is taken', async () => {
    const { simulator } = await start(capture(BANNER));
    const taken = startSimulator({ capture: capture(BANNER), speed: 1, port: simulator.port });
    await expect(taken).rejects.toMatchObject({ code: 'REPLAY_LISTEN_FAILED' });
  });

  it('tells each end of its playback, and closes in the middle of one', async () => {
    const ends: string[] = [];
    const { simulator } = await startLoggedIn(capture(BANNER, RING), {
      onEnd: () => ends.push('end'),
    });
    await simulator.ended;
    expect(ends).toEqual(['end']);
    const slow = await startLoggedIn(capture(BANNER + LOGIN, RING), { speed: 0.0001 });
    await slow.simulator.close();
    await slow.client.closed;
  });
});
