import { describe, expect, it } from 'vitest';
import { answererOf, callerOf, dialledIn, toParty } from '../../../src/core/call/party.ts';
import { type Channel, toChannel } from '../../../src/core/pbx/channel.ts';
import { channel } from '../../support/signals.ts';

function phone(changes: Partial<Channel> = {}, name = 'PJSIP/101-00000001'): Channel {
  return { ...toChannel(channel(name, '1.1')), ...changes };
}

describe('the caller', () => {
  it('has the number that the channel was created with and the name of now', () => {
    const caller = phone({ createdName: 'Alice', callerName: 'Company' });
    expect(callerOf(caller)).toEqual({ extension: '101', name: 'Company' });
  });

  it('has no name and no number where nobody knows them', () => {
    expect(callerOf(phone({ createdNumber: undefined }))).toEqual({ extension: '' });
  });

  it('keeps a name of their own where their phone was called first', () => {
    const caller = phone({ dialled: true, createdName: 'Alice', callerName: 'Click To Call' });
    expect(callerOf(caller)).toEqual({ extension: '101', name: 'Alice' });
  });

  it('is who was dialled first, where that is a number behind a trunk', () => {
    const unknown = {
      createdNumber: undefined,
      createdName: undefined,
      dialString: '5551234@trunk',
    };
    const trunk = phone({ ...unknown, dialled: true, callerName: 'Shop' }, 'PJSIP/trunk-00000001');
    expect(callerOf(trunk)).toEqual({ extension: '5551234' });
    expect(callerOf({ ...trunk, dialled: false })).toEqual({ extension: '', name: 'Shop' });
  });

  it.each<Partial<Channel>>([
    { withheld: true, callerName: 'Alice' },
    { createdNumber: 'anonymous' },
    { createdNumber: 'Anonymous', callerName: 'Anonymous' },
  ])('is anonymous where they want to be: %j', (changes) => {
    expect(callerOf(phone(changes))).toEqual({ extension: '', anonymous: true });
  });
});

describe('what was dialled', () => {
  it.each([
    ['102', '102'],
    ['*8', '*8'],
    ['s', ''],
    ['i', ''],
    ['h', ''],
    ['t', ''],
    ['', ''],
  ])('%j is "%s"', (exten, dialled) => {
    const [caller, called] = [phone({ createdExten: exten }), phone({ dialled: true })];
    expect(dialledIn({ originatedTo: undefined }, caller)).toBe(dialled);
    expect(dialledIn({ originatedTo: exten }, called)).toBe(dialled);
  });

  it('by a phone that was itself called is not known until it is lifted', () => {
    const called = phone({ createdExten: '102', dialled: true });
    expect(dialledIn({ originatedTo: undefined }, called)).toBe('');
  });
});

describe('who lifted', () => {
  it.each([
    ['by the number of their channel', 'PJSIP/c-00000001', { createdNumber: '103' }, '103'],
    [
      'by the endpoint, not what was dialled',
      'PJSIP/102-00000001',
      { createdNumber: '600' },
      '102',
    ],
    ['by the endpoint where there is no number', 'SIP/kitchen-0000000a', {}, 'kitchen'],
    ['by the digits for a trunk', 'PJSIP/t-00000001', { dialString: '5558888@t' }, '5558888'],
    [
      'by the digits behind a trunk',
      'SIP/t-00000001',
      { dialString: 't/+495558888' },
      '+495558888',
    ],
    [
      'by their own number, though a contact of theirs was dialled',
      'PJSIP/600-00000001',
      { createdNumber: '600', dialString: '600/sip:49301234@192.0.2.1' },
      '600',
    ],
    ['by the endpoint of other technologies', 'IAX2/103-4567', {}, '103'],
    ['by those of an address', 'PJSIP/t-00000001', { dialString: 't/sip:555@192.0.2.1' }, '555'],
    ['not by a word', 'PJSIP/hall-00000001', { dialString: 'kitchen' }, 'hall'],
  ] as const)('is known %s', (...row) => {
    const [, name, changes, extension] = row;
    const answerer = phone({ createdNumber: undefined, ...changes }, name);
    expect(answererOf(answerer, '600')).toEqual({ extension });
  });

  it('has the name of their channel, as it was created where that had one', () => {
    expect(answererOf(phone({ createdName: 'Bob', callerName: 'X' }), '')).toEqual({
      extension: '101',
      name: 'Bob',
    });
    expect(answererOf(phone({ callerName: 'Bob' }), '')).toEqual({ extension: '101', name: 'Bob' });
  });
});

it('leaves out a name that is not there', () => {
  expect(toParty('101', undefined)).toEqual({ extension: '101' });
  expect(toParty('101', 'Alice')).toEqual({ extension: '101', name: 'Alice' });
});
