import { describe, expect, it } from 'vitest';
import { endpointOf, otherEnd, toChannel } from '../../../src/core/pbx/channel.ts';
import type { ChannelSnapshot } from '../../../src/core/pbx/signal.ts';
import { MAX_CHANNELS, Switchboard } from '../../../src/core/pbx/switchboard.ts';
import { bridge, channel } from '../../support/signals.ts';

const A = channel('PJSIP/101-00000001', '1.1');
const B = channel('PJSIP/102-00000002', '1.2');
const C = channel('PJSIP/103-00000003', '1.3');

/** The two ends of the n-th wire. */
function wire(n: number): readonly [ChannelSnapshot, ChannelSnapshot] {
  const name = `Local/${n}@internal-0000000${n}`;
  return [channel(`${name};1`, `2.${2 * n}`), channel(`${name};2`, `2.${2 * n + 1}`)];
}

/** A board with these channels, each in the bridge whose letter it is given. */
function boardOf(...places: readonly (readonly [ChannelSnapshot, string?])[]): Switchboard {
  const board = new Switchboard();
  for (const [snapshot, where] of places) {
    const added = board.add(snapshot);
    if (where !== undefined) board.enter(added, bridge(where));
  }
  return board;
}

function connected(board: Switchboard, { id }: ChannelSnapshot): readonly string[] {
  const start = board.get(id);
  if (start === undefined) throw new Error(`${id} is not on the board`);
  return board
    .connectedTo(start)
    .map((one) => one.id)
    .toSorted();
}

function behind(board: Switchboard, { id }: ChannelSnapshot): readonly string[] {
  const start = board.get(id);
  return start === undefined ? [] : board.behind(start).map((one) => one.id);
}

describe('persons are connected', () => {
  it('through an ordinary bridge, and by nothing when one has left it', () => {
    const board = boardOf([A, 'b'], [B, 'b'], [C]);
    expect(connected(board, A)).toEqual(['1.1', '1.2']);
    expect(connected(board, C)).toEqual(['1.3']);
    const b = board.get(B.id);
    if (b !== undefined) board.leave(b);
    expect(connected(board, A)).toEqual(['1.1']);
  });

  it('when there are more than two of them', () => {
    expect(connected(boardOf([A, 'b'], [B, 'b'], [C, 'b']), B)).toEqual(['1.1', '1.2', '1.3']);
  });

  it.each(['holding', 'conference'] as const)('by no %s bridge', (kind) => {
    const board = boardOf([A], [B]);
    for (const { id } of [A, B]) {
      const one = board.get(id);
      if (one !== undefined) board.enter(one, bridge('b', kind));
    }
    expect(connected(board, A)).toEqual(['1.1']);
  });

  it('through a wire whose ends are in bridges of theirs', () => {
    const [one, two] = wire(1);
    const board = boardOf([A, 'a'], [one, 'a'], [two, 'b'], [B, 'b']);
    expect(connected(board, A)).toEqual(['1.1', '1.2']);
    expect(connected(board, B)).toEqual(['1.1', '1.2']);
    expect(connected(board, two)).toEqual(['1.1', '1.2']);
  });

  it('not through a wire whose other end is in no bridge', () => {
    const [one, two] = wire(1);
    expect(connected(boardOf([A, 'a'], [one, 'a'], [two], [B, 'b']), A)).toEqual(['1.1']);
  });

  it('not through a wire into a conference', () => {
    const [one, two] = wire(1);
    const board = boardOf([A, 'a'], [one, 'a'], [two], [B]);
    for (const { id } of [two, B]) {
      const channelThere = board.get(id);
      if (channelThere !== undefined) board.enter(channelThere, bridge('c', 'conference'));
    }
    expect(connected(board, A)).toEqual(['1.1']);
  });

  it('through five wires one after another, whatever order they came in', () => {
    const wires = [1, 2, 3, 4, 5].map(wire);
    const places = wires.flatMap(([one, two], index) => [
      [one, `b${index}`] as const,
      [two, `b${index + 1}`] as const,
    ]);
    const board = boardOf([A, 'b0'], ...places.toReversed(), [B, 'b5']);
    expect(connected(board, A)).toEqual(['1.1', '1.2']);
    board.remove(wires[2]?.[0].id ?? '');
    expect(connected(board, A)).toEqual(['1.1']);
  });

  it('as before when a wire between them is optimised away by a swap', () => {
    const [one, two] = wire(1);
    const board = boardOf([A, 'a'], [one, 'a'], [two, 'b'], [B, 'b']);
    const b = board.get(B.id);
    if (b !== undefined) board.enter(b, bridge('a'));
    expect(connected(board, A)).toEqual(['1.1', '1.2']);
    board.remove(one.id);
    board.remove(two.id);
    expect(connected(board, A)).toEqual(['1.1', '1.2']);
  });

  it('to themselves and nobody else where a ring of wires leads back', () => {
    const [one, two] = wire(1);
    expect(connected(boardOf([A, 'a'], [one, 'a'], [two, 'a']), A)).toEqual(['1.1']);
  });
});

describe('a wire', () => {
  it('stands for those at its other end, and not for those whom it is with', () => {
    const [one, two] = wire(1);
    const board = boardOf([A, 'a'], [one, 'a'], [two, 'b'], [B, 'b']);
    expect(behind(board, two)).toEqual(['1.1']);
    expect(behind(board, one)).toEqual(['1.2']);
    expect(behind(board, A)).toEqual(['1.1']);
    board.remove(one.id);
    expect(behind(board, two)).toEqual([]);
  });

  it('leads into a conference, with everybody who is in it by others', () => {
    const [[one, two], [three, four]] = [wire(1), wire(2)];
    const board = boardOf([A, 'a'], [one, 'a'], [two], [three], [four, 'b'], [B, 'b'], [C]);
    for (const { id } of [two, three, C]) {
      const there = board.get(id);
      if (there !== undefined) board.enter(there, { ...bridge('c', 'conference'), name: '800' });
    }
    const start = board.get(A.id);
    const { name, persons } = (start && board.conferenceOf(start)) ?? {};
    expect(name).toBe('800');
    expect(persons?.map(({ id }) => id)).toEqual(['1.1', '1.2', '1.3']);
  });

  it('leads to no conference where there is none', () => {
    const [one, two] = wire(1);
    const board = boardOf([A, 'a'], [one, 'a'], [two, 'b'], [B, 'b']);
    const start = board.get(A.id);
    expect(start && board.conferenceOf(start)).toBeUndefined();
  });
});

describe('a channel', () => {
  it('is in one bridge at a time', () => {
    const board = boardOf([A, 'a'], [B, 'a'], [C, 'c']);
    const a = board.get(A.id);
    if (a !== undefined) board.enter(a, bridge('c'));
    expect(connected(board, B)).toEqual(['1.2']);
    expect(connected(board, C)).toEqual(['1.1', '1.3']);
  });

  it('that is gone is found no more, and cannot be changed or removed', () => {
    const board = boardOf([A, 'a'], [B, 'a']);
    board.remove(A.id);
    board.remove(A.id);
    expect(board.get(A.id)).toBeUndefined();
    expect(board.update({ ...A, state: 6 })).toBeUndefined();
    expect(connected(board, B)).toEqual(['1.2']);
    expect([...board.channelIds]).toEqual(['1.2']);
  });

  it('goes from any state to any other until it is up', () => {
    const board = new Switchboard();
    board.add({ ...A, state: 9 }); // "pre-ring", of an analogue line
    expect(board.update({ ...A, state: 4 })?.state).toBe(4);
    expect(board.update({ ...A, state: 6 })?.state).toBe(6);
  });

  it('never goes back from up: an event may be older than a list', () => {
    const board = boardOf([A]);
    expect(board.update({ ...A, state: 6 })?.state).toBe(6);
    expect(board.update({ ...A, state: 4 })?.state).toBe(6);
  });

  it('keeps what it was created with beside what it is now', () => {
    const board = boardOf([{ ...A, callerName: 'Alice', exten: '102' }]);
    const now = board.rename({ ...A, callerName: 'Company' });
    expect(now).toMatchObject({
      createdNumber: '101',
      createdName: 'Alice',
      createdExten: '102',
      callerName: 'Company',
    });
  });

  it('that takes the name of an older one is the end of the wire from then on', () => {
    const [one, two] = wire(1);
    const board = boardOf([one], [two]);
    for (const end of [one, two]) board.add({ ...end, id: `9${end.id}` });
    board.remove(one.id);
    board.remove(two.id);
    for (const [{ id }, where] of [
      [{ id: `9${one.id}` }, 'a'],
      [{ id: `9${two.id}` }, 'b'],
    ] as const) {
      const end = board.get(id);
      if (end !== undefined) board.enter(end, bridge(where));
    }
    for (const [person, where] of [
      [A, 'a'],
      [B, 'b'],
    ] as const) {
      board.enter(board.add(person), bridge(where));
    }
    expect(connected(board, A)).toEqual(['1.1', '1.2']);
  });

  it.each([
    ['PJSIP/102-00000003', 'person'],
    ['SIP/trunk-0000000a', 'person'],
    ['DAHDI/i1/5558888-1', 'person'],
    ['Local/103@internal-00000000;1', 'wire'],
    ['Local/103@internal-00000000;2', 'wire'],
    ['Local/two\nlines@internal-00000000;2', 'wire'],
    ['CBAnn/700-00000001;2', 'other'],
    ['Announcer/ARI-00000001', 'other'],
    ['Snoop/1770000000.1-00000001', 'other'],
    ['Message/ast_msg_queue', 'other'],
  ])('%s is a %s', (name, kind) => {
    expect(toChannel(channel(name, '1.1')).kind).toBe(kind);
  });

  it.each([
    ['PJSIP/102-00000003', '102'],
    ['PJSIP/kitchen-phone-0000abcd', 'kitchen-phone'],
    ['DAHDI/1-1', '1'],
    ['102', '102'],
  ])('%s belongs to the endpoint %s', (name, endpoint) => {
    expect(endpointOf(name)).toBe(endpoint);
  });

  it('has another end where it is one of a wire', () => {
    expect(otherEnd('Local/1@x-00000000;1')).toBe('Local/1@x-00000000;2');
    expect(otherEnd('Local/1@x-00000000;2')).toBe('Local/1@x-00000000;1');
  });
});

describe('the board', () => {
  it('finds out within 50 ms who are connected, where two thousand are', () => {
    const board = new Switchboard();
    const everybody = Array.from({ length: 2_000 }, (_, n) => channel(`PJSIP/${n}-0`, `3.${n}`));
    for (const one of everybody) board.enter(board.add(one), bridge('b'));
    const before = process.threadCpuUsage();
    expect(connected(board, everybody[0] ?? A)).toHaveLength(2_000);
    expect(process.threadCpuUsage(before).user).toBeLessThan(50_000);
  });

  it('is full where the ends of more channels were missed than a switch has', () => {
    const board = new Switchboard();
    for (let n = 1; n < MAX_CHANNELS; n++) board.add({ ...A, id: `4.${n}` });
    expect(board.isFull).toBe(false);
    board.add(A);
    expect(board.isFull).toBe(true);
    board.remove(A.id);
    expect(board.isFull).toBe(false);
  });
});
