import { describe, expect, it } from 'vitest';
import { toOwn } from '../../../src/core/ami/own.ts';
import { heapUsed } from '../../support/heap.ts';

describe('a text that was cut out of another', () => {
  it.each([
    '',
    'a',
    'twelve chars',
    'thirteen char',
    'PJSIP/102-00000003',
    'Zoë Ŝtélla-Łucja Ωmega',
  ])('is the same text as one of its own: %s', (text) => {
    expect(toOwn(`<${text}>`.slice(1, -1))).toBe(text);
  });

  it('is nothing where there is none', () => {
    expect(toOwn(undefined)).toBe(undefined);
  });

  it('keeps nothing else alive once it is its own', () => {
    const cut = (): readonly string[] =>
      Array.from({ length: 1_000 }, (_, n) => toOwn(pieceOf64KiB(n).slice(100, 130)));
    cut(); // the code, too
    const before = heapUsed();
    const kept = cut();
    expect(heapUsed() - before).toBeLessThan(kept.length * 1_000);
  });
});

function pieceOf64KiB(n: number): string {
  return Buffer.alloc(65_536, `${n} `).toString('latin1');
}
