import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../../../src/io/ami/read-ahead.ts';

const MEBIBYTE = 1024 * 1024;

describe('what is read ahead', () => {
  it('is nothing while all is understood as it comes', () => {
    const { ahead, texts, edges } = start();
    ahead.take(Buffer.from('a'), false);
    ahead.take(Buffer.from('b'), false);
    expect(texts).toEqual(['a', 'b']);
    expect(edges).toEqual([]);
  });

  it('waits from the first read that left more behind, and is understood in order', async () => {
    const { ahead, texts, edges } = start();
    ahead.take(Buffer.from('a'), true);
    ahead.take(Buffer.from('b'), true);
    ahead.take(Buffer.from('c'), false);
    expect(texts).toEqual([]);
    expect(ahead.waitingBytes).toBe(3);
    await ahead.caughtUp();
    expect(texts).toEqual(['a', 'b', 'c']);
    expect(ahead.waitingBytes).toBe(0);
    expect(edges).toEqual([]);
  });

  it('is told of when much of it waits, until all is understood', async () => {
    const { ahead, edges } = start();
    const half = Buffer.alloc(MEBIBYTE / 2);
    ahead.take(half, true);
    ahead.take(half, true);
    expect(edges).toEqual([]);
    ahead.take(half, false);
    ahead.take(half, false);
    expect(edges).toEqual([true]);
    await ahead.caughtUp();
    expect(edges).toEqual([true, false]);
  });

  it('is a copy: the buffer of the socket is used again', async () => {
    const { ahead, texts } = start();
    const buffer = Buffer.from('first');
    ahead.take(buffer, true);
    for (const text of ['other', 'third']) {
      buffer.write(text);
      ahead.take(buffer, true);
    }
    buffer.fill(0);
    await ahead.caughtUp();
    expect(texts).toEqual(['first', 'other', 'third']);
  });

  it('is the same bytes over any number of blocks', async () => {
    const { ahead, bytes } = start();
    const pieces = Array.from({ length: 100 }, (_, n) => Buffer.alloc(65_536, n));
    pieces.push(Buffer.alloc(3 * MEBIBYTE, 200), Buffer.from('end'));
    for (const piece of pieces) ahead.take(piece, true);
    await ahead.caughtUp();
    expect(Buffer.compare(Buffer.concat(bytes), Buffer.concat(pieces))).toBe(0);
  });

  it('leaves turns to all others while it is worked off', async () => {
    const { ahead, texts } = start({ onBytes: () => busy(2) });
    for (let n = 0; n < 10; n++) ahead.take(Buffer.from('x'), true);
    const seen: number[] = [];
    while (texts.length < 10) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(texts.length);
    }
    expect(seen.length).toBeGreaterThan(3);
  });

  it('is never more than the bound: the oldest is understood first', async () => {
    const { ahead, texts } = start({ maxBytes: 10 });
    for (const text of ['aaaa', 'bbbb', 'cccc', 'dddd']) {
      ahead.take(Buffer.from(text), true);
      expect(ahead.waitingBytes).toBeLessThanOrEqual(10);
    }
    expect(texts).toEqual(['aaaa', 'bbbb']);
    await ahead.caughtUp();
    expect(texts).toEqual(['aaaa', 'bbbb', 'cccc', 'dddd']);
  });

  it('knows how long it has waited', async () => {
    const { ahead, ages } = start();
    ahead.take(Buffer.from('a'), false);
    ahead.take(Buffer.from('b'), true);
    busy(20);
    await ahead.caughtUp();
    expect(ages[0]).toBe(0);
    expect(ages[1]).toBeGreaterThanOrEqual(19);
  });

  it('is forgotten when nobody wants it any more, also in the middle of it', async () => {
    const texts: string[] = [];
    const { ahead, edges } = start({
      onBytes: (bytes) => {
        texts.push(String(bytes));
        if (String(bytes) === 'b') ahead.clear();
        texts.push(String(bytes)); // it is still there for who looks at it
      },
    });
    for (const text of ['a', 'b', 'c', 'd']) ahead.take(Buffer.from(text), true);
    ahead.take(Buffer.alloc(2 * MEBIBYTE), true);
    await ahead.caughtUp();
    await new Promise((resolve) => setImmediate(resolve));
    expect(texts).toEqual(['a', 'a', 'b', 'b']);
    expect(ahead.waitingBytes).toBe(0);
    expect(edges).toEqual([true, false]);
  });

  it('begins anew after that', async () => {
    const { ahead, texts } = start();
    ahead.take(Buffer.from('a'), true);
    ahead.clear();
    ahead.take(Buffer.from('b'), true);
    ahead.take(Buffer.from('c'), true);
    await ahead.caughtUp();
    expect(texts).toEqual(['b', 'c']);
  });
});

type Options = { readonly maxBytes?: number; readonly onBytes?: (bytes: Buffer) => void };

function start({ maxBytes = 64 * MEBIBYTE, onBytes }: Options = {}) {
  const bytes: Buffer[] = [];
  const texts: string[] = [];
  const ages: number[] = [];
  const edges: boolean[] = [];
  const ahead = new ReadAhead({
    maxBytes,
    onBytes: (piece, ageMs) => {
      onBytes?.(piece);
      bytes.push(Buffer.from(piece));
      texts.push(String(piece));
      ages.push(ageMs);
    },
    onBehind: (isBehind) => edges.push(isBehind),
  });
  return { ahead, bytes, texts, ages, edges };
}

function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
