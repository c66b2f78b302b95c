import { describe, expect, it } from 'vitest';
import { toMessage } from '../../../src/core/ami/message.ts';
import { toBridges, toParked, toWaiting } from '../../../src/core/pbx/surroundings.ts';
import { block, bridgeBlock, type Headers, messageText } from '../../support/ami-text.ts';

function answer(
  event: string,
  items: readonly Headers[],
  end: Headers = [['EventList', 'Complete']],
) {
  return [
    messageText(['Response', 'Success'], ['EventList', 'start']),
    ...items.map((headers) => messageText(['Event', event], ['ActionID', 'x'], ...headers)),
    messageText(['Event', 'ListComplete'], ...end),
  ].map(toMessage);
}

const REFUSED = [toMessage(messageText(['Response', 'Error'], ['Message', 'Permission denied']))];

describe('the bridges that exist', () => {
  it.each([
    ['simple_bridge', '<unknown>', { kind: 'ordinary' }],
    ['holding_bridge', 'Parking', { kind: 'holding', name: '700' }],
    ['softmix', 'ConfBridge', { kind: 'conference', name: '700' }],
  ])('are of a kind: %s of %s', (technology, creator, bridge) => {
    const bridges = toBridges(answer('BridgeListItem', [bridgeBlock('b-1', technology, creator)]));
    expect(bridges).toEqual(new Map([['b-1', { id: 'b-1', ...bridge }]]));
  });

  it('are left out where they are not whole', () => {
    const twice: Headers = [...bridgeBlock('b-1'), ['BridgeCreator', 'ConfBridge']];
    expect(toBridges(answer('BridgeListItem', [twice])).size).toBe(0);
    expect(toBridges(REFUSED).size).toBe(0);
  });
});

describe('who waits in queues', () => {
  const entry: Headers = [
    ['Queue', 'sales'],
    ['Position', '2'],
    ['Uniqueid', '1.1'],
    ['Wait', '30'],
  ];

  it('is known by the channel', () => {
    expect(toWaiting(answer('QueueEntry', [entry]))).toEqual(
      new Map([['1.1', { queue: 'sales', position: 2, waitSeconds: 30 }]]),
    );
  });

  it('is left out where it is not whole', () => {
    expect(toWaiting(answer('QueueEntry', [[...entry, ['Queue', 'x']]]))?.size).toBe(0);
    expect(toWaiting(answer('QueueEntry', [entry.slice(1)]))?.size).toBe(0);
  });

  it('is not known where the answer has no end, or is none', () => {
    expect(toWaiting(answer('QueueEntry', [entry], [['EventList', 'Cancelled']]))).toBeUndefined();
    expect(toWaiting(REFUSED)).toBeUndefined();
    expect(toWaiting([])).toBeUndefined();
  });
});

describe('who is parked', () => {
  const parkee = block({ channel: 'PJSIP/101-00000001', id: '1.1' }, 'Parkee');
  const slot: Headers = [
    ['ParkerDialString', 'PJSIP/102'],
    ['ParkingSpace', '701'],
  ];

  it('is known by the channel', () => {
    expect(toParked(answer('ParkedCall', [[...parkee, ...slot]]))).toEqual(
      new Map([['1.1', { slot: '701', parker: 'PJSIP/102' }]]),
    );
  });

  it('is left out where it is not whole', () => {
    expect(toParked(answer('ParkedCall', [[...parkee.slice(1), ...slot]])).size).toBe(0);
    expect(toParked(REFUSED).size).toBe(0);
  });
});
