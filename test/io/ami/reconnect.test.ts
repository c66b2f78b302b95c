import { describe, expect, it } from 'vitest';
import { ConnectorError, type ErrorCode } from '../../../src/errors.ts';
import { type AmiSession, connectAmi } from '../../../src/io/ami/connection.ts';
import { type AmiSupervision, keepAmiSession } from '../../../src/io/ami/reconnect.ts';
import type { Notice } from '../../../src/telemetry/notice.ts';
import {
  type AmiScript,
  type ScriptedAsterisk,
  SECRET,
  scriptedAsterisk,
} from '../../support/scripted-asterisk.ts';

type Offline = Extract<Notice, { type: 'ami-offline' }>;

/** A supervision that goes on until somebody has seen enough, and what it reported. */
class Supervision {
  readonly notices: Notice[] = [];
  lost = 0;
  readonly #abort = new AbortController();
  readonly #options: Partial<AmiSupervision>;
  readonly #enough: (notice: Notice, supervision: Supervision) => boolean;

  constructor(
    options: Partial<AmiSupervision>,
    enough: (notice: Notice, supervision: Supervision) => boolean,
  ) {
    this.#options = options;
    this.#enough = enough;
  }

  async run(): Promise<readonly Notice[]> {
    await keepAmiSession({
      connect: () => Promise.reject(new ConnectorError('AMI_UNREACHABLE', 'no way')),
      onSession: () => Promise.resolve(),
      onLost: () => {
        this.lost += 1;
      },
      report: (notice) => {
        this.notices.push(notice);
        if (this.#enough(notice, this)) this.stop();
      },
      signal: this.#abort.signal,
      ...this.#options,
    });
    return this.notices;
  }

  stop(): void {
    this.#abort.abort();
  }

  get offline(): readonly Offline[] {
    return this.notices.filter((notice) => notice.type === 'ami-offline');
  }
}

/** Goes on until so many failures are told. */
function failing(times: number, options: Partial<AmiSupervision>): Supervision {
  return new Supervision(options, (_, { offline }) => offline.length === times);
}

/** Fails with these codes, one after another. */
function failWith(...codes: readonly ErrorCode[]): Pick<AmiSupervision, 'connect'> {
  const left = [...codes];
  return {
    connect: () => Promise.reject(new ConnectorError(left.shift() ?? 'AMI_UNREACHABLE', 'no')),
  };
}

function connectTo(server: ScriptedAsterisk, deadlines = {}): AmiSupervision['connect'] {
  return (signal) =>
    connectAmi({
      host: '127.0.0.1',
      port: server.port,
      username: 'bridge',
      secret: SECRET,
      events: 'call',
      signal,
      onMessage: () => undefined,
      deadlines,
    });
}

const AT_ONCE = { leastMs: 0, mostMs: 0, refusedMs: 0, pingMs: 0, stableMs: 0 };

describe('a lost Asterisk is tried again', () => {
  it.each([
    [0, 500],
    [0.5, 750],
    [1, 1_000],
  ])('for the first time after half a second to a second: luck %d', async (luck, retryInMs) => {
    const supervision = failing(1, { random: () => luck });
    await supervision.run();
    expect(supervision.offline).toMatchObject([{ retryInMs, repeated: false }]);
  });

  it('after a pause that may double each time, up to a limit', async () => {
    const pauses = { ...AT_ONCE, leastMs: 1, mostMs: 12 };
    const supervision = failing(6, { pauses, random: () => 1 });
    await supervision.run();
    expect(supervision.offline.map(({ retryInMs }) => retryInMs)).toEqual([2, 4, 8, 12, 12, 12]);
    const lucky = failing(4, { pauses, random: () => 0 });
    await lucky.run();
    expect(lucky.offline.map(({ retryInMs }) => retryInMs)).toEqual([1, 1, 1, 1]);
  });

  it('within bounds of its own accord', async () => {
    const supervision = failing(1, {});
    await supervision.run();
    const [{ retryInMs } = { retryInMs: 0 }] = supervision.offline;
    expect(retryInMs).toBeGreaterThanOrEqual(500);
    expect(retryInMs).toBeLessThanOrEqual(1_000);
  });

  it.each(['AMI_LOGIN_REJECTED', 'AMI_LOGIN_IN_USE', 'AMI_ACTION_INVALID'] as const)(
    'a minute later where it does not want us: %s',
    async (code) => {
      const supervision = failing(1, { ...failWith(code), random: () => 0 });
      await supervision.run();
      expect(supervision.offline).toMatchObject([{ retryInMs: 60_000, error: { code } }]);
    },
  );

  it('and told as the same trouble while it is the same', async () => {
    const supervision = failing(4, {
      ...failWith('AMI_UNREACHABLE', 'AMI_UNREACHABLE', 'AMI_NO_BANNER', 'AMI_UNREACHABLE'),
      pauses: AT_ONCE,
    });
    await supervision.run();
    expect(supervision.offline.map(({ repeated }) => repeated)).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(supervision.lost).toBe(4);
  });

  it('until it is told to stop, in mid-pause too', async () => {
    const supervision = new Supervision(
      { pauses: { leastMs: 60_000, mostMs: 60_000 } },
      () => true,
    );
    await expect(supervision.run()).resolves.toHaveLength(1);
  });

  it('not at all once it is told to stop', async () => {
    const supervision = failing(1, {});
    supervision.stop();
    await supervision.run();
    expect(supervision.notices).toEqual([]);
    expect(supervision.lost).toBe(0);
  });
});

describe('a session', () => {
  it('is handed on, pinged, and followed by another when it ends', async () => {
    await using server = await scriptedAsterisk();
    const sessions: AmiSession[] = [];
    const supervision = new Supervision(
      {
        connect: connectTo(server),
        pauses: AT_ONCE,
        onSession: async (session) => {
          sessions.push(session);
        },
      },
      (notice, { offline }) => {
        if (notice.type === 'ami-round-trip') server.peers.at(-1)?.socket.destroy();
        return offline.length === 3;
      },
    );
    await supervision.run();
    expect(sessions).toHaveLength(3);
    expect(supervision.lost).toBe(3);
    expect(supervision.offline).toMatchObject([
      { error: { code: 'AMI_DISCONNECTED' }, repeated: false },
      { error: { code: 'AMI_DISCONNECTED' }, repeated: false },
      { error: { code: 'AMI_DISCONNECTED' }, repeated: false },
    ]);
  });

  it.each([
    ['that lasted makes the next pause a first one', 0, [2, 2, 2]],
    ['that ended at once does not', 60_000, [2, 4, 8]],
  ])('%s', async (_, stableMs, expected) => {
    await using server = await scriptedAsterisk();
    const pauses = { ...AT_ONCE, leastMs: 1, mostMs: 50, stableMs };
    const supervision = new Supervision(
      { connect: connectTo(server), pauses, random: () => 1 },
      (notice, { offline }) => {
        if (notice.type === 'ami-round-trip') server.peers.at(-1)?.socket.destroy();
        return offline.length === 3;
      },
    );
    await supervision.run();
    expect(supervision.offline.map(({ retryInMs }) => retryInMs)).toEqual(expected);
  });

  it('ends when a ping has no answer: the line may be half open', async () => {
    const onAction: AmiScript['onAction'] = (action) => action.get('Action') === 'Ping';
    await using server = await scriptedAsterisk({ onAction });
    const supervision = failing(1, {
      connect: connectTo(server, { actionMs: 150 }),
      pauses: AT_ONCE,
    });
    await supervision.run();
    expect(supervision.offline).toMatchObject([{ error: { code: 'AMI_SILENT' } }]);
  });

  it('is pinged again and again, and each answer tells the way and the clock', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (action.get('Action') !== 'Ping') return false;
      peer.reply(action, 'Success', ['Ping', 'Pong'], ['Timestamp', '1770000001.500000']);
      return true;
    };
    await using server = await scriptedAsterisk({ onAction });
    const times = [0, 1_770_000_000_000, 1_770_000_001_000];
    const supervision = new Supervision(
      {
        connect: connectTo(server),
        pauses: AT_ONCE,
        now: () => (times.length > 1 ? times.shift() : times[0]) ?? 0,
      },
      (_, { notices }) => notices.length === 3,
    );
    await supervision.run();
    const milliseconds = expect.closeTo(500, -3); // between 0 and 1000, whatever was done to the clock meanwhile
    expect(supervision.notices).toEqual([
      { type: 'ami-round-trip', milliseconds, clockOffsetMs: 1_000 },
      { type: 'ami-round-trip', milliseconds, clockOffsetMs: 500 },
      { type: 'ami-round-trip', milliseconds, clockOffsetMs: 500 },
    ]);
  });

  it('tells no clock where the answer has none', async () => {
    await using server = await scriptedAsterisk();
    const supervision = new Supervision({ connect: connectTo(server), now: () => 5 }, () => true);
    await supervision.run();
    expect(supervision.notices.map(Object.keys)).toEqual([['type', 'milliseconds']]);
  });

  it('tells no clock where the answer was long on its way', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (action.get('Action') !== 'Ping') return false;
      const stamp = ['Timestamp', '1770000001.500000'] as const;
      setTimeout(() => peer.reply(action, 'Success', ['Ping', 'Pong'], stamp), 1_050);
      return true;
    };
    await using server = await scriptedAsterisk({ onAction });
    const supervision = new Supervision({ connect: connectTo(server) }, () => true);
    await supervision.run();
    expect(supervision.notices.map(Object.keys)).toEqual([['type', 'milliseconds']]);
  });

  it('is closed when the work on it fails', async () => {
    await using server = await scriptedAsterisk();
    let closed: Promise<unknown> | undefined;
    const supervision = failing(1, {
      connect: connectTo(server),
      onSession: (session) => {
        closed = session.closed;
        return Promise.reject(new Error('out of order'));
      },
    });
    await supervision.run();
    expect(supervision.offline).toMatchObject([
      { error: { code: 'AMI_DISCONNECTED', message: 'The session failed: out of order' } },
    ]);
    await closed;
  });

  it('that is lost is not waited for by the work on it', async () => {
    await using server = await scriptedAsterisk();
    const supervision = failing(1, {
      connect: connectTo(server),
      onSession: () => {
        server.peers.at(-1)?.socket.destroy();
        return new Promise(() => undefined);
      },
    });
    await supervision.run();
    expect(supervision.offline).toMatchObject([{ error: { code: 'AMI_DISCONNECTED' } }]);
  });

  it('ends when it is told to stop, and that is no trouble to tell', async () => {
    await using server = await scriptedAsterisk();
    const supervision = new Supervision({ connect: connectTo(server) }, () => true);
    await supervision.run();
    expect(supervision.offline).toEqual([]);
    expect(supervision.lost).toBe(1);
  });
});
