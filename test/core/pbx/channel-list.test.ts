import { describe, expect, it } from 'vitest';
import { toMessage } from '../../../src/core/ami/message.ts';
import { toChannelList } from '../../../src/core/pbx/channel-list.ts';
import { block, type Headers, messageText, type Shown } from '../../support/ami-text.ts';

const CALLER = { channel: 'PJSIP/101-00000001', id: '1770888509.40', num: '101', state: '6' };

function item(shown: Shown, application: string, ...more: Headers): string {
  return messageText(
    ['Event', 'CoreShowChannel'],
    ['ActionID', 'x'],
    ...block(shown),
    ['Application', application],
    ...more,
  );
}

function listOf(...texts: readonly string[]) {
  return toChannelList(texts.map(toMessage)).items;
}

/** Of two channels, an answer whose last event has these headers. */
function answerOf(end: Headers, ...items: readonly string[]) {
  const start = messageText(['Response', 'Success'], ['ActionID', 'x'], ['EventList', 'start']);
  const last = messageText(['Event', 'CoreShowChannelsComplete'], ...end);
  return toChannelList([start, ...items, last].map(toMessage));
}

describe('the channels that exist', () => {
  it('are the items of the list, without what stands around them', () => {
    const start = messageText(['Response', 'Success'], ['ActionID', 'x'], ['EventList', 'start']);
    const end = messageText(['Event', 'CoreShowChannelsComplete'], ['ListItems', '1']);
    const other = item(CALLER, 'Dial').replace('CoreShowChannel', 'Status');
    expect(listOf(start, item(CALLER, 'Dial'), other, end)).toEqual([
      {
        channel: expect.objectContaining({ id: '1770888509.40', state: 6, number: '101' }),
        bridge: undefined,
        isDialled: false,
        isSpying: false,
        application: 'Dial',
        startedAt: 1_770_888_509_000,
      },
    ]);
  });

  it('are left out where they are not whole', () => {
    const forged = item({ ...CALLER, num: '1\r\nUniqueid: 2' }, 'Dial');
    expect(listOf(forged, item(CALLER, 'Dial').replace('Linkedid', 'Other'))).toEqual([]);
  });

  it.each([
    ['Dial', false],
    ['', false],
    ['AppDial', true],
    ['AppQueue', true],
    ['AppDial2', true],
  ])('are dialled where the application is "%s": %s', (application, isDialled) => {
    expect(listOf(item(CALLER, application))[0]?.isDialled).toBe(isDialled);
  });

  it.each([
    ['ChanSpy', true],
    ['ExtenSpy', true],
    ['Dial', false],
  ])('listen to others where the application is "%s": %s', (application, isSpying) => {
    expect(listOf(item(CALLER, application))[0]?.isSpying).toBe(isSpying);
  });

  it.each([
    ['Dial', 'ordinary', undefined],
    ['Park', 'holding', undefined],
    ['ConfBridge', 'conference', '700'],
  ])('are in a bridge whose kind the application %s tells: %s', (application, kind, name) => {
    const more: Headers = [
      ['ApplicationData', '700,default'],
      ['BridgeId', 'b-1'],
    ];
    expect(listOf(item(CALLER, application, ...more))[0]?.bridge).toEqual({
      id: 'b-1',
      kind,
      name,
    });
  });

  it('are in no bridge where its id is empty', () => {
    expect(listOf(item(CALLER, 'Dial', ['BridgeId', '']))[0]?.bridge).toBeUndefined();
  });

  it.each([
    ['pbx-1-1770888509.7', 1_770_888_509_000],
    ['my-own-id', undefined],
    ['1.2', undefined],
  ])('began when their id says: %s', (id, startedAt) => {
    expect(listOf(item({ ...CALLER, id }, 'Dial'))[0]?.startedAt).toBe(startedAt);
  });
});

describe('a list of channels', () => {
  const ITEMS = [item(CALLER, 'Dial'), item({ ...CALLER, id: '1770888509.41' }, 'AppDial')];

  it.each<readonly [string, boolean, Headers]>([
    [
      'has as many as it says',
      true,
      [
        ['EventList', 'Complete'],
        ['ListItems', '2'],
      ],
    ],
    ['does not say how many', true, [['EventList', 'complete']]],
    [
      'was cancelled',
      false,
      [
        ['EventList', 'Cancelled'],
        ['ListItems', '2'],
      ],
    ],
    [
      'lacks one',
      false,
      [
        ['EventList', 'Complete'],
        ['ListItems', '3'],
      ],
    ],
  ])('that %s is complete: %s', (_, isComplete, end) => {
    expect(answerOf(end, ...ITEMS).isComplete).toBe(isComplete);
  });

  it('is not complete where an item is not whole', () => {
    const end: Headers = [
      ['EventList', 'Complete'],
      ['ListItems', '2'],
    ];
    const damaged = item(CALLER, 'Dial').replace('Linkedid', 'Other');
    expect(answerOf(end, item(CALLER, 'Dial'), damaged).isComplete).toBe(false);
    expect(
      answerOf(end, item(CALLER, 'Dial'), item({ ...CALLER, num: '1\r\nEvent: Hangup' }, 'Dial'))
        .isComplete,
    ).toBe(false);
  });
});
