import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadFixture } from '../support/load-fixtures.ts';
import { happen, Numbering } from '../support/template.ts';
import { LivePbx } from './live-pbx.ts';

let pbx: LivePbx;

beforeEach(async () => {
  pbx = await LivePbx.listen();
});

afterEach(() => pbx[Symbol.asyncDispose]());

/** Logged in; what it has been told since. */
async function listen(): Promise<{ readonly socket: Socket; readonly text: () => string }> {
  const socket = connect(pbx.port, '127.0.0.1');
  let text = '';
  socket.on('data', (bytes) => {
    text += String(bytes);
  });
  socket.on('error', () => undefined);
  socket.write('Action: Login\r\nUsername: a\r\nSecret: b\r\n\r\n');
  while (!text.includes('accepted')) await once(socket, 'data');
  return { socket, text: () => text };
}

type Listener = Awaited<ReturnType<typeof listen>>;

async function ask({ socket, text }: Listener, end: string, action = 'CoreShowChannels') {
  socket.write(`Action: ${action}\r\nActionID: 7\r\n\r\n`);
  while (!text().includes(end)) await once(socket, 'data');
  return text();
}

describe('a PBX that lives on', () => {
  it('tells all who listen the same, and nobody what happened while he was away', async () => {
    const first = await listen();
    pbx.tell(['Event: One\r\n\r\n']);
    const second = await listen();
    pbx.tell(['Event: Two\r\n\r\n']);
    for (const { socket, text } of [first, second]) {
      while (!text().includes('Two')) await once(socket, 'data');
      socket.destroy();
    }
    expect(first.text()).toContain('One');
    expect(second.text()).not.toContain('One');
  });

  it('has said what happened before it answers', async () => {
    const listener = await listen();
    pbx.onAsked = () => pbx.tell(['Event: Late\r\n\r\n']);
    expect(await ask(listener, 'Pong', 'Ping')).toMatch(/Event: Late.*Pong/s);
  });

  it('says which channels there are', async () => {
    const template = loadFixture('answered-internal')?.template;
    if (template === undefined) throw new Error('the fixture is gone');
    const texts = [...happen(template, Date.now(), new Numbering())].map(({ text }) => text);
    const listener = await listen();
    pbx.tell(texts.slice(0, 5));
    expect(pbx.channels).toBe(2);
    expect(await ask(listener, 'ListItems: 2')).toContain('Event: CoreShowChannel\r\n');
    pbx.tell(texts.slice(5));
    expect(pbx.channels).toBe(0);
    listener.socket.destroy();
  });

  it.each([
    {
      name: 'answered-internal',
      event: 'BridgeEnter',
      action: 'BridgeList',
      item: 'BridgeListItem',
    },
    { name: 'queue-answered', event: 'QueueCallerJoin', action: 'QueueStatus', item: 'QueueEntry' },
    { name: 'park-callee', event: 'ParkedCall', action: 'ParkedCalls', item: 'ParkedCall' },
  ])('says where channels are: $item after $event', async ({ name, event, action, item }) => {
    const template = loadFixture(name)?.template;
    if (template === undefined) throw new Error('the fixture is gone');
    const texts = [...happen(template, Date.now(), new Numbering())].map(({ text }) => text);
    const there = texts.findIndex((text) => text.startsWith(`Event: ${event}\r`)) + 1;
    const listener = await listen();
    pbx.tell(texts.slice(0, there));
    const answer = await ask(listener, 'ListItems: 1', action);
    const items = answer.split('\r\n\r\n').filter((text) => text.startsWith(`Event: ${item}\r`));
    expect(items.filter((text) => text.includes('ActionID: 7'))).toHaveLength(1);
    pbx.tell(texts.slice(there));
    expect(await ask(listener, 'ListItems: 0', action)).toContain(`Event: ${action}Complete`);
    listener.socket.destroy();
  });

  it('waits for who does not read, where it is patient', async () => {
    pbx.isPatient = true;
    const { socket } = await listen();
    socket.pause();
    pbx.tell([`Event: Much\r\nText: ${'x'.repeat(20_000_000)}\r\n\r\n`]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect([pbx.waiting > 0, pbx.thrownOut]).toEqual([true, 0]);
    socket.resume();
    while (pbx.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
  });

  it('throws out who does not read', async () => {
    const { socket } = await listen();
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.pause();
    const much = `Event: Much\r\nText: ${'x'.repeat(1_000_000)}\r\n\r\n`;
    while (pbx.thrownOut === 0) {
      pbx.tell([much]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(pbx.listeners).toBe(0);
    socket.destroy();
    await gone;
  });
});
