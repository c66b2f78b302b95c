import { describe, expect, it } from 'vitest';
import {
  callRecordings,
  fullRecordings,
  type StreamOptions,
  stream,
  toReads,
} from '../../bench/streams.ts';
import { FactReader } from '../faults/facts.ts';

const recordings = callRecordings();

function text(options: Partial<StreamOptions>): string {
  const dues = stream({ recordings, callsPerSecond: 200, calls: 60, ...options });
  return dues
    .map((due) => due.text)
    .toArray()
    .join('');
}

function valuesOf(pattern: RegExp, all: string): readonly string[] {
  return [...all.matchAll(pattern)].map(([, value = '']) => value);
}

describe('a stream made of recordings', () => {
  const all = text({});

  it('is the same for the same seed, and another for another', () => {
    expect(text({})).toBe(all);
    expect(text({ seed: 2 })).not.toBe(all);
  });

  it('is in the order of time, at any rate', () => {
    for (const callsPerSecond of [10, 4_000]) {
      const times = stream({ recordings, callsPerSecond, calls: 60 }).map(({ at }) => at);
      const inOrder = times.toArray();
      expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
    }
  });

  it('holds every call from its beginning to its end', () => {
    const reader = new FactReader('asterisk');
    reader.push(Buffer.from(all, 'latin1'));
    const told = reader.end().map(({ payload }) => JSON.parse(payload));
    const ended = told.filter(({ event }) => event === 'hungup');
    expect(ended).toHaveLength(60);
    expect(new Set(told.map(({ call_id }) => call_id)).size).toBe(60);
  });

  it('gives no channel and no bridge the id of another', () => {
    const created = /Event: Newchannel\r\n(?:.+\r\n)*?Uniqueid: (.+)\r\n/g;
    const named = /Event: Newchannel\r\n(?:.+\r\n)*?Channel: (.+)\r\n/g;
    const bridged = /Event: BridgeCreate\r\n(?:.+\r\n)*?BridgeUniqueid: (.+)\r\n/g;
    for (const pattern of [created, named, bridged]) {
      const ids = valuesOf(pattern, all);
      expect(ids.length).toBeGreaterThan(30);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('has no end where none is asked for, and is made as it is read', () => {
    const first = stream({ recordings, callsPerSecond: 1_000 }).take(1_000);
    expect(first.toArray()).toHaveLength(1_000);
  });

  it('comes in reads of one size, with nothing lost', () => {
    const dues = stream({ recordings, callsPerSecond: 200, calls: 60 });
    const reads = [...toReads(dues, 1_400)];
    expect(new Set(reads.slice(0, -1).map(({ length }) => length))).toEqual(new Set([1_400]));
    expect(Buffer.concat(reads).toString('latin1')).toBe(all);
  });
});

it('a call is a recording of one call in 25 to 50 events', () => {
  expect(recordings.length).toBeGreaterThan(50);
  for (const { messages } of recordings) {
    expect(messages.length).toBeGreaterThanOrEqual(25);
    expect(messages.length).toBeLessThanOrEqual(50);
  }
});

it('a full stream has whole calls, and what only `read = all` gives', () => {
  const all = text({ recordings: fullRecordings(), calls: 30 });
  for (const name of ['VarSet', 'Newexten', 'RTCPSent', 'RTCPReceived']) {
    expect(all).toContain(`Event: ${name}\r\n`);
  }
  const reader = new FactReader('asterisk');
  reader.push(Buffer.from(all, 'latin1'));
  const told = reader.end().map(({ payload }) => JSON.parse(payload));
  expect(told.filter(({ event }) => event === 'hungup')).toHaveLength(30);
});
