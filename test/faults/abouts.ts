// What there is to run, by its name and in the order of the table.

import { FAULTS } from './faults.ts';
import { MIXTURES } from './mixture.ts';

/** Here, so that the page can be checked without what starts an Asterisk. */
export const ASTERISK_ABOUTS = {
  'asterisk-none': 'a real Asterisk, and nothing is broken',
  'asterisk-kicked': '`manager kick session`, every 7 s',
  'asterisk-restarted': '`core restart now` in the middle of calls',
  'asterisk-killed': 'Asterisk is killed (`kill -9`) in the middle of calls, and started again',
  'asterisk-reloaded':
    'the user may no longer ask what is up (`write` is empty), and has to log in again',
} as const;

/** How many calls a second its phones make: 30 in 10 s, one scenario after another. */
export const PHONES_CALLS_PER_SECOND = 3;

export type AsteriskFaultName = keyof typeof ASTERISK_ABOUTS;

/** What each fault does. */
export const ABOUTS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(FAULTS).map(([name, { about }]) => [name, about] as const),
  ...Object.entries(ASTERISK_ABOUTS),
  ...Object.entries(MIXTURES).map(([name, { about }]) => [name, about] as const),
]);

export function isOfAsterisk(name: string): name is AsteriskFaultName {
  return Object.hasOwn(ASTERISK_ABOUTS, name);
}
