// A bridge that comes into calls that are under way at real Asterisks: for the first time, and back from a restart.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Intake } from '../../src/app/intake.ts';
import { Limits } from '../../src/app/limits.ts';
import type { SavedState } from '../../src/core/call/correlator.ts';
import { type AmiSession, connectAmi } from '../../src/io/ami/connection.ts';
import type { Outbox } from '../../src/ports.ts';
import type { Notice } from '../../src/telemetry/notice.ts';
import { SECRET } from '../lab/containers.ts';
import { type LiveLab, Stage, startLiveLab } from '../lab/stage.ts';
import { retryWhereHeldUp } from './held-up.ts';

type Told = Readonly<Record<string, unknown>> & { readonly event: string };

/** The half of a bridge that listens, without a broker: what it tells is kept here. */
class Listener {
  readonly told: Told[] = [];
  readonly notices: Notice[] = [];
  readonly #kept: Map<string, string>;
  readonly #intake: Intake;
  #session: AmiSession | undefined;
  /** Events of these names are lost on the way. */
  readonly loses = new Set<string>();

  constructor(openCalls: readonly SavedState[] = []) {
    this.#kept = new Map(openCalls.map(({ id, state }) => [id, state]));
    const report = (notice: Notice) => void this.notices.push(notice);
    const outbox: Pick<Outbox, 'append'> = {
      append: (publications, calls) => {
        this.told.push(...publications.map(({ payload }) => JSON.parse(payload)));
        for (const [id, state] of calls?.saved ?? []) this.#kept.set(id, state);
        for (const id of calls?.removed ?? []) this.#kept.delete(id);
      },
    };
    this.#intake = new Intake({
      topicPrefix: 'asterisk',
      outbox,
      report,
      limits: new Limits({ username: 'bridge', classes: ['call', 'agent'], report }),
      now: Date.now,
      digits: false,
      onCalls: () => undefined,
      onError: (error) => {
        throw error;
      },
    });
    this.#intake.restore(openCalls);
  }

  async start({ ami }: LiveLab, username = 'bridge'): Promise<this> {
    const intake = this.#intake;
    intake.beginSession();
    this.#session = await connectAmi({
      ...ami,
      username,
      secret: SECRET.ami,
      events: 'call,agent,system',
      signal: new AbortController().signal,
      onBytes: () => intake.heard(),
      onMessage: (message) => intake.onMessage(message),
      wanted: (name) => intake.wants(name) && !this.loses.has(name),
    });
    await intake.catchUp(this.#session);
    return this;
  }

  /** As after a message that was too large to be read. */
  suspect(): void {
    this.#intake.onOversized();
  }

  /** As at SIGTERM; what a next one goes on from. */
  stop(): readonly SavedState[] {
    this.#session?.destroy();
    this.#intake.endSession();
    this.#intake.suspend();
    return this.kept;
  }

  /** As at kill -9. */
  kill(): readonly SavedState[] {
    this.#session?.destroy();
    return this.kept;
  }

  get kept(): readonly SavedState[] {
    return [...this.#kept].map(([id, state]) => ({ id, state }));
  }

  get words(): readonly string[] {
    return this.told.map(({ event, inferred }) => (inferred ? `${event} (inferred)` : event));
  }

  async until(event: string): Promise<Told> {
    for (let waits = 0; waits < 100; waits += 1) {
      const found = this.told.find((told) => told.event === event);
      if (found !== undefined) return found;
      await delay(50);
    }
    throw new Error(`${event} was not told, but ${this.words}`);
  }
}

const retry = retryWhereHeldUp();

describe.each([22, 16] as const)('Asterisk %i', { retry }, (release) => {
  let lab: LiveLab;
  const listeners: Listener[] = [];
  beforeAll(async () => {
    lab = await startLiveLab(release);
  });
  afterAll(() => lab?.[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const listener of listeners.splice(0)) listener.kill();
    await lab.session.send('Command', { Command: 'channel request hangup all' });
    await delay(700);
  });

  async function listen(openCalls: readonly SavedState[] = [], username?: string) {
    const listener = new Listener(openCalls);
    listeners.push(listener);
    return listener.start(lab, username);
  }

  describe('a bridge that is started in mid-call', () => {
    it('takes up a call that rings', async () => {
      const stage = new Stage(lab);
      const placed = await stage.phone('101').call('102');
      const taken = await stage.phone('102').rings();
      const bridge = await listen();
      expect(bridge.told).toMatchObject([
        { event: 'ringing', inferred: true, from: { extension: '101' }, to: { extension: '102' } },
      ]);
      taken.lift();
      await placed.connected();
      placed.hangUp();
      expect(await bridge.until('hungup')).toMatchObject({ sequence: 3, disposition: 'answered' });
      expect(bridge.words).toEqual(['ringing (inferred)', 'answered', 'hungup']);
    });

    it('takes up a call in which people talk, and passes it on', async () => {
      const stage = new Stage(lab);
      const [alice, bob, carol] = stage.phones('101', '102', '103');
      const [placed, taken] = await stage.talk(alice, bob);
      const bridge = await listen();
      expect(bridge.told).toMatchObject([
        { event: 'answered', inferred: true, answered_by: { extension: '102' } },
      ]);
      expect(bridge.told[0]).not.toHaveProperty('ring_duration_seconds');
      const passed = taken.transferTo('103');
      (await carol.rings()).lift();
      await passed;
      expect(await bridge.until('transferred')).toMatchObject({
        transferred_to: { extension: '103' },
        replaces: { extension: '102' },
      });
      placed.hangUp();
      expect(await bridge.until('hungup')).toMatchObject({ hungup_by: 'caller' });
    });

    it('takes up who waits in a queue', async () => {
      const stage = new Stage(lab);
      const placed = await stage.phone('101').call('624');
      await stage.phone('102').rings();
      const bridge = await listen();
      expect(bridge.told).toMatchObject([
        { event: 'system_answered', service: 'queue', service_name: 'support' },
        { event: 'queued', queue: 'support', position: 1, inferred: true },
        { event: 'ringing', inferred: true },
      ]);
      placed.hangUp();
      expect(await bridge.until('left_queue')).toMatchObject({ reason: 'abandoned' });
      expect(await bridge.until('hungup')).toMatchObject({ disposition: 'cancelled' });
    });

    it('takes up who is parked; the slot is told where it may be asked for', async () => {
      const stage = new Stage(lab);
      const [alice, bob] = stage.phones('101', '102');
      const [, taken] = await stage.talk(alice, bob);
      await taken.transferTo('700'); // who hangs up before that is done ends the call
      await stage.pause(1_000);
      const bridge = await listen();
      expect(bridge.words).toEqual(['system_answered (inferred)']);
      expect(bridge.told).toMatchObject([{ service: 'parking', to: { extension: '102' } }]);
      expect(bridge.notices).toContainEqual(
        expect.objectContaining({ type: 'ami-limited', missing: expect.stringMatching(/Parked/) }),
      );
      const permitted = await listen([], 'everything');
      expect(permitted.told).toMatchObject([
        { event: 'system_answered', service: 'parking' },
        { event: 'parked', slot: '701', by: { extension: '102' }, inferred: true },
      ]);
      await stage.phone('103').call('701');
      expect(await permitted.until('retrieved')).toMatchObject({ slot: '701' });
      expect(await bridge.until('answered')).toMatchObject({ answered_by: { extension: '103' } });
    });

    it('takes up who is in a conference', async () => {
      const stage = new Stage(lab);
      for (const number of ['101', '102']) {
        const placed = await stage.phone(number).call('800');
        await placed.connected();
        await stage.pause(500);
      }
      const through = await stage.phone('103').call('676');
      await through.connected();
      await stage.pause(4_000);
      const bridge = await listen();
      const room = { extension: '800', name: '800' };
      expect(bridge.words).toEqual(Array(3).fill('answered (inferred)'));
      expect(bridge.told).toMatchObject([
        { from: { extension: '101' }, answered_by: room },
        { from: { extension: '102' }, answered_by: room },
        { from: { extension: '103' }, answered_by: { name: '800' } },
      ]);
    });

    it('takes up who is with the phone system', async () => {
      const stage = new Stage(lab);
      const placed = await stage.phone('104').call('643');
      await placed.connected();
      const bridge = await listen();
      expect(bridge.told).toMatchObject([
        { event: 'system_answered', service: 'voicemail', inferred: true },
      ]);
    });

    it('tells nothing of who listens to others', async () => {
      const stage = new Stage(lab);
      await stage.talk(stage.phone('101'), stage.phone('102'));
      const spying = await stage.phone('103').call('670');
      await spying.connected();
      const bridge = await listen();
      expect(bridge.words).toEqual(['answered (inferred)']);
      spying.hangUp();
      await stage.pause(500);
      expect(bridge.words).toEqual(['answered (inferred)']);
    });
  });

  describe('a bridge that has missed something in mid-session', () => {
    it('asks, and ends the call that is over and no other', async () => {
      const stage = new Stage(lab);
      const bridge = await listen();
      const [placed] = await stage.talk(stage.phone('101'), stage.phone('102'));
      const [other] = await stage.talk(stage.phone('103'), stage.phone('104'));
      for (const name of ['Hangup', 'HangupRequest', 'BridgeLeave']) bridge.loses.add(name);
      placed.hangUp();
      await stage.pause(400);
      bridge.loses.clear();
      bridge.suspect();
      const hungup = await bridge.until('hungup');
      expect(hungup).toMatchObject({ from: { extension: '101' }, inferred: true });
      other.hangUp();
      await stage.pause(600);
      const ends = bridge.told.filter(({ event }) => event === 'hungup');
      expect(ends).toHaveLength(2);
      expect(ends[1]).toMatchObject({ from: { extension: '103' }, hungup_by: 'caller' });
      expect(ends[1]).not.toHaveProperty('inferred');
    });
  });

  describe('an Asterisk with 1,000 channels', () => {
    it('is caught up with in less than 2 s, and new events are not late for it', async () => {
      const call = { Channel: 'Local/801@internal/n', Application: 'Wait', Data: '60' };
      for (let n = 0; n < 500; n += 1) {
        await lab.session.send('Originate', { ...call, Async: 'true' });
      }
      const stage = new Stage(lab);
      await stage.pause(1_000);
      let longestMs = 0;
      let before = performance.now();
      let turning = setImmediate(function turn() {
        longestMs = Math.max(longestMs, performance.now() - before);
        before = performance.now();
        turning = setImmediate(turn);
      });
      const startedAt = performance.now();
      const bridge = await listen();
      const tookMs = performance.now() - startedAt;
      clearImmediate(turning);
      const listed = await lab.session.send('CoreShowChannels');
      expect(listed.length).toBeGreaterThan(1_000);
      expect(tookMs).toBeLessThan(2_000);
      expect(longestMs).toBeLessThan(200);
      const placed = await stage.phone('101').call('102');
      await stage.phone('102').rings();
      expect(await bridge.until('ringing')).not.toHaveProperty('inferred');
      placed.cancel();
    });
  });

  describe.each(['stop', 'kill'] as const)('a bridge that goes by a %s in mid-call', (end) => {
    it('goes on with the call when it is back', async () => {
      const stage = new Stage(lab);
      const first = await listen();
      const [placed, taken] = await stage.talk(stage.phone('101'), stage.phone('102'));
      const answered = await first.until('answered');
      const kept = first[end]();
      await stage.pause(600);
      const next = await listen(kept);
      expect(next.told).toMatchObject([
        { event: 'gap' },
        { event: 'resync', kept: 1, ended: 0, found: 0 },
      ]);
      taken.hangUp();
      const hungup = await next.until('hungup');
      expect(hungup).toMatchObject({ sequence: 3, call_id: answered.call_id, hungup_by: 'callee' });
      const talked = Date.parse(String(hungup.timestamp)) - Date.parse(String(answered.timestamp));
      expect(hungup.talk_duration_seconds).toBeCloseTo(talked / 1_000, 3);
      await placed.ended();
    });

    it('tells what became of it meanwhile', async () => {
      const stage = new Stage(lab);
      const first = await listen();
      const placed = await stage.phone('101').call('102');
      const taken = await stage.phone('102').rings();
      await first.until('ringing');
      const kept = first[end]();
      taken.lift();
      await placed.connected();
      await stage.pause(400);
      const second = await listen(kept);
      expect(second.words).toEqual(['gap', 'answered (inferred)', 'resync']);
      expect(second.told[1]).toHaveProperty('ring_duration_seconds');
      const keptAgain = second[end]();
      placed.hangUp();
      await stage.pause(400);
      const third = await listen(keptAgain);
      expect(third.words).toEqual(['gap', 'hungup (inferred)', 'resync']);
      expect(third.told[1]).toMatchObject({
        sequence: 3,
        cause: 'unknown',
        disposition: 'answered',
      });
      expect(third.kept.map(({ id }) => id)).toEqual(['(session)']);
    });

    it('knows that who waited in a queue talks to its agent', async () => {
      const stage = new Stage(lab);
      const first = await listen();
      const placed = await stage.phone('101').call('624');
      const taken = await stage.phone('102').rings();
      await first.until('ringing');
      const kept = first[end]();
      taken.lift();
      await stage.pause(600);
      const next = await listen(kept);
      expect(next.told).toMatchObject([
        { event: 'gap' },
        { event: 'left_queue', queue: 'support', reason: 'connected', inferred: true },
        { event: 'answered', answered_by: { extension: '102' }, inferred: true },
        { event: 'resync', kept: 1 },
      ]);
      placed.hangUp();
      expect(await next.until('hungup')).toMatchObject({ disposition: 'answered' });
    });
  });
});
