import { describe, expect, it } from 'vitest';
import { after, answered, call, hungup, resolve, ringing } from './tells.ts';

const MOMENTS = [
  { at: 1_000, phone: '102', what: 'rings' },
  { at: 2_000, phone: '102', what: 'lifts' },
  { at: 3_000, phone: '102', what: 'rings' },
];

describe('resolve', () => {
  it('puts times in the place of moments, and a name beside the number of a phone of the lab', () => {
    const events = [
      ringing('102 rings (2)'),
      answered(after('102 lifts', 250, 50), '102'),
      hungup('102 lifts'),
    ];
    const bob = { extension: '102', name: 'Bob Brown' };
    expect(resolve([call('5557777', '102', events)], MOMENTS)).toEqual([
      {
        from: { extension: '5557777' },
        to: bob,
        events: [
          { event: 'ringing', moment: '102 rings (2)', at: 3_000, within: 150, fields: {} },
          {
            event: 'answered',
            moment: '102 lifts + 250 ms',
            at: 2_250,
            within: 50,
            fields: { answered_by: bob },
          },
          { event: 'hungup', moment: '102 lifts', at: 2_000, within: 150, fields: {} },
        ],
      },
    ]);
  });

  it('refuses a moment that has not come', () => {
    const calls = [call('101', '102', [ringing('102 rings (3)')])];
    expect(() => resolve(calls, MOMENTS)).toThrow('"102 rings (3)" did not happen');
  });
});
