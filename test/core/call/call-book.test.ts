import { describe, expect, it } from 'vitest';
import { CallBook, compareIds } from '../../../src/core/call/call-book.ts';
import { type Channel, toChannel } from '../../../src/core/pbx/channel.ts';
import { Switchboard } from '../../../src/core/pbx/switchboard.ts';
import { channel } from '../../support/signals.ts';

const A = toChannel(channel('PJSIP/101-00000001', '1.1'));
const B = toChannel(channel('PJSIP/102-00000002', '1.2', { linkedId: '1.1' }));
const STRANGER = toChannel(channel('PJSIP/109-00000009', '9.9'));
const WIRE = toChannel(channel('Local/1@x-00000001;1', '1.3', { linkedId: '1.1' }));

function bookOf(...channels: readonly Channel[]): CallBook {
  const board = new Switchboard();
  const book = new CallBook(board);
  for (const one of channels) {
    board.restore(one, undefined);
    book.adopt(one, 1_000);
  }
  return book;
}

describe('a channel', () => {
  it('belongs to the call of its Linkedid, which the first person of it stands for', () => {
    const book = bookOf(WIRE, A, B);
    const call = book.callOf(B);
    expect(call).toMatchObject({ id: '1.1', callerId: '1.1', countsFrom: 1_000 });
    expect([book.callOf(A), book.callById('1.3')]).toEqual([call, call]);
    expect(book.openCalls()).toEqual([call]);
  });

  it('of plumbing alone makes no open call', () => {
    expect(bookOf(WIRE).openCalls()).toEqual([]);
  });

  it('that nobody knows has no call, and is released in vain', () => {
    const book = bookOf(A);
    book.release(STRANGER);
    expect([book.callOf(STRANGER), book.callOf(undefined), book.callById('9.9')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('finds its call while anything of it is there, the plumbing too', () => {
    const book = bookOf(A, WIRE);
    const call = book.callOf(A);
    book.release(A);
    expect(book.adopt(B, 2_000).call).toBe(call);
  });

  it('finds a call of which only plumbing is there yet', () => {
    const far = toChannel(channel('Local/1@x-00000001;2', '1.4', { linkedId: '1.1' }));
    const book = bookOf(WIRE, far);
    const call = book.callOf(WIRE);
    book.release(far);
    expect(book.adopt(A, 2_000)).toEqual({ call, isOpened: true });
  });

  it('founds a call where only plumbing was before', () => {
    const book = bookOf(WIRE);
    const call = book.callOf(WIRE);
    book.release(WIRE);
    expect(book.adopt(A, 2_000).call).not.toBe(call);
  });

  it('finds a call that had people in it for a while after that, but not for ever', () => {
    const book = bookOf(A);
    const call = book.callOf(A);
    const end = (one: Channel) => {
      book.adopt(one, 2_000);
      book.release(one);
    };
    end(A);
    expect(book.adopt(B, 3_000).call).toBe(call);
    book.release(B);
    for (let n = 0; n < 100; n++) end(toChannel(channel('PJSIP/101-00000001', `5.${n}`)));
    expect(book.adopt(B, 4_000).call).not.toBe(call);
  });

  it('keeps its call for as long as it is there, though people were in it before', () => {
    const book = bookOf(A);
    const call = book.callOf(A);
    book.release(A);
    book.adopt(B, 2_000);
    for (let n = 0; n < 200; n++) {
      const other = toChannel(channel('PJSIP/101-00000001', `5.${n}`));
      book.adopt(other, 3_000);
      book.release(other);
    }
    expect(book.callOf(B)).toBe(call);
  });

  it('goes with its call into another, as do those that come later', () => {
    const c = toChannel(channel('PJSIP/103-00000003', '2.1'));
    const book = bookOf(A, c);
    const [first, second] = [book.callOf(A), book.callOf(c)];
    if (first === undefined || second === undefined) throw new Error('no calls');
    book.move(second, first);
    expect(book.callOf(c)).toBe(first);
    const late = toChannel(channel('PJSIP/104-00000004', '2.2', { linkedId: '2.1' }));
    expect(book.adopt(late, 2_000).call).toBe(first);
    expect([...first.personIds]).toEqual(['1.1', '2.1', '2.2']);
    expect(second.personIds).toEqual([]);
  });

  it('takes the plumbing of its call along', () => {
    const wire = toChannel(channel('Local/1@x-00000002;1', '2.3', { linkedId: '2.1' }));
    const book = bookOf(A, toChannel(channel('PJSIP/103-00000003', '2.1')), wire);
    const [first, second] = [book.callOf(A), book.callOf(wire)];
    if (first === undefined || second === undefined) throw new Error('no calls');
    book.move(second, first);
    expect(book.callOf(wire)).toBe(first);
    expect([[...first.plumbingIds], [...second.plumbingIds]]).toEqual([['2.3'], []]);
  });
});

it.each([
  ['1770000000.9', '1770000000.10', -1],
  ['1770000001.1', '1770000000.10', 1],
  ['pbx-1-1770000000.9', 'pbx-1-1770000000.10', -1],
  ['1770000000.9', '1770000000.9', 0],
  ['own-id', '1770000000.9', -1],
])('compares the age of calls by their ids: %s, %s', (a, b, sign) => {
  expect(Math.sign(compareIds(a, b))).toBe(sign);
});
