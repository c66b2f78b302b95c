import { describe, expect, it, vi } from 'vitest';
import { Limits } from '../../src/app/limits.ts';
import type { Action } from '../../src/core/ami/action.ts';
import { toMessage } from '../../src/core/ami/message.ts';
import type { EventClass } from '../../src/core/ami/rights.ts';
import type { Notice } from '../../src/telemetry/notice.ts';
import { messageText } from '../support/ami-text.ts';

const RIGHT = {
  write: 'reporting',
  read: 'call,agent,system',
  writetimeout: '10000',
  timestampevents: 'yes',
};

describe('what Asterisk does not give', () => {
  it('is nothing where all is right', async () => {
    const { examine, boot, told } = start();
    boot();
    await examine(RIGHT);
    expect(told()).toEqual([]);
  });

  it.each([
    [{ read: 'agent,system' }, 'the events of calls (class "call")'],
    [{ read: 'call,system' }, 'the events of queues (class "agent")'],
    [{ timestampevents: 'no' }, 'Timestamp headers'],
    [{ writetimeout: '' }, 'enough time to a slow reader (writetimeout)'],
  ])('is known by manager.conf: %j', async (wrong, missing) => {
    const { examine, boot, told } = start();
    boot();
    await examine({ ...RIGHT, ...wrong });
    expect(told()).toEqual([missing]);
  });

  it('is digits only where they are asked for', async () => {
    const { examine, boot, told } = start(['call', 'agent', 'system', 'dtmf']);
    boot();
    await examine(RIGHT);
    expect(told()).toEqual(['the events of digits (class "dtmf")']);
  });

  it('is told once, however often the link is lost', async () => {
    const { examine, told, limits } = start();
    const wrong = { ...RIGHT, read: 'call' };
    await examine(wrong);
    limits.endSession();
    await examine(wrong);
    expect(told()).toHaveLength(2); // agent, system
  });

  it('is told again where it was mended in between', async () => {
    const { examine, boot, told, limits } = start();
    for (const read of ['agent,system', RIGHT.read, 'agent,system']) {
      boot();
      await examine({ ...RIGHT, read });
      limits.endSession();
    }
    expect(told()).toHaveLength(2);
  });

  it('is not asked for a second time where there is no answer', async () => {
    const { examine, boot, told, asked, limits } = start();
    for (let login = 0; login < 2; login += 1) {
      boot();
      await examine({});
      limits.endSession();
    }
    expect(asked).toEqual(['AST_CONFIG(manager.conf,bridge,write,-1)']);
    expect(told()).toEqual([]);
  });

  it('is not asked for where the user may not ask', async () => {
    const { examine, boot, asked, limits } = start();
    boot();
    limits.settle('reporting', true);
    await examine(RIGHT);
    expect(asked).toEqual([]);
  });
});

describe('the class system', () => {
  it('is missing at once where manager.conf says so and no FullyBooted came', async () => {
    const { examine, told } = start();
    await examine({ ...RIGHT, read: 'call,agent' });
    expect(told()).toEqual(['the events of the system (class "system")']);
  });

  it('is there where FullyBooted came, whatever manager.conf says now', async () => {
    const { examine, boot, told } = start();
    boot();
    await examine({ ...RIGHT, read: 'call,agent' });
    expect(told()).toEqual([]);
  });

  it('is waited for while Asterisk may be starting, and then missed', async () => {
    vi.useFakeTimers();
    try {
      const { examine, told } = start();
      await examine({});
      vi.advanceTimersByTime(59_999);
      expect(told()).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(told()).toEqual(['the events of the system (class "system")']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not missed where FullyBooted came late, or the session ended before', async () => {
    vi.useFakeTimers();
    try {
      const { examine, boot, told, limits } = start();
      await examine({});
      boot();
      vi.advanceTimersByTime(100_000);
      limits.endSession();
      await examine({});
      limits.endSession();
      vi.advanceTimersByTime(100_000);
      expect(told()).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});

/** `examine` logs in to an Asterisk whose manager.conf has these values. */
function start(classes: readonly EventClass[] = ['call', 'agent', 'system']) {
  const notices: Notice[] = [];
  const asked: string[] = [];
  const report = (notice: Notice) => void notices.push(notice);
  const limits = new Limits({ username: 'bridge', classes, report });
  const examine = (conf: Readonly<Record<string, string>>) =>
    limits.examine({
      send: async ({ headers = [] }: Action) => {
        const [, variable = ''] = headers[0] ?? [];
        asked.push(variable);
        const [, , key = ''] = variable.split(',');
        return toMessage(messageText(['Response', 'Success'], ['Value', conf[key] ?? '']));
      },
    });
  return {
    limits,
    asked,
    examine,
    boot: () => limits.onMessage(toMessage(messageText(['Event', 'FullyBooted']))),
    told: () => notices.map((notice) => (notice.type === 'ami-limited' ? notice.missing : '')),
  };
}
