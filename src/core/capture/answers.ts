// What the simulated manager interface answers, as text: the fields and their order are those of Asterisk 22
// (main/manager.c), the content comes from the capture at that moment of its playback.

import type { ChannelRow, ChannelTable } from './channel-table.ts';

/** An action that a client sent: its headers by lower-case key, the first of each. */
export type ClientAction = ReadonlyMap<string, string>;

/** The simulated PBX at one moment. */
export type Moment = {
  readonly amiVersion: string;
  readonly channels: ChannelTable;
  /** The PBX's own clock, in epoch seconds. */
  readonly seconds: number;
  /** When this PBX came up, in epoch seconds. */
  readonly bootSeconds: number;
  /** Milliseconds since the playback began. */
  readonly ms: number;
};

type Headers = readonly (readonly [key: string, value: string])[];

export function parseAction(lines: readonly string[]): ClientAction {
  const action = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (key !== '' && !action.has(key)) action.set(key, line.slice(colon + 1).trim());
  }
  return action;
}

export function success(action: ClientAction, ...rest: Headers): string {
  return print([['Response', 'Success'], ...idOf(action), ...rest]);
}

export function refusal(action: ClientAction, message: string): string {
  return print([['Response', 'Error'], ...idOf(action), ['Message', message]]);
}

export function goodbye(action: ClientAction): string {
  const message = 'Thanks for all the fish.';
  return print([['Response', 'Goodbye'], ...idOf(action), ['Message', message]]);
}

/** The answer to anything but Challenge, Login, Events and Logoff, which belong to the session. */
export function answer(action: ClientAction, moment: Moment): string {
  const name = action.get('action')?.toLowerCase() ?? '';
  const reply = ANSWERS.get(name);
  return reply === undefined ? refusal(action, 'Invalid/unknown command') : reply(action, moment);
}

const ANSWERS: ReadonlyMap<string, (action: ClientAction, moment: Moment) => string> = new Map([
  ['ping', pong],
  ['coresettings', coreSettings],
  ['corestatus', coreStatus],
  ['coreshowchannels', coreShowChannels],
  ['status', status],
  ['bridgelist', bridgeList],
  ['queuestatus', queueStatus],
  ['parkedcalls', parkedCalls],
]);

function pong(action: ClientAction, { seconds }: Moment): string {
  return success(action, ['Ping', 'Pong'], ['Timestamp', seconds.toFixed(6)]);
}

function coreSettings(action: ClientAction, { amiVersion }: Moment): string {
  return success(
    action,
    ['AMIversion', amiVersion],
    ['AsteriskVersion', asteriskVersion(amiVersion)],
    ['SystemName', ''],
    ['CoreMaxCalls', '0'],
    ['CoreMaxLoadAvg', '0.000000'],
    ['CoreRunUser', 'asterisk'],
    ['CoreRunGroup', 'asterisk'],
    ['CoreMaxFilehandles', '0'],
    ['CoreRealTimeEnabled', 'No'],
    ['CoreCDRenabled', 'No'],
    ['CoreHTTPenabled', 'No'],
  );
}

/** The simulated PBX lives in UTC. */
function coreStatus(action: ClientAction, { bootSeconds, channels }: Moment): string {
  const [date = '', time = ''] = new Date(bootSeconds * 1000).toISOString().split(/[T.]/);
  const calls = new Set([...channels.values()].map(({ headers }) => headers.get('Linkedid')));
  return success(
    action,
    ['CoreStartupDate', date],
    ['CoreStartupTime', time],
    ['CoreReloadDate', date],
    ['CoreReloadTime', time],
    ['CoreCurrentCalls', String(calls.size)],
  );
}

function coreShowChannels(action: ClientAction, moment: Moment): string {
  const items = [...moment.channels.values()].map((row) =>
    print([
      ['Event', 'CoreShowChannel'],
      ...idOf(action),
      ...row.headers,
      ['Application', row.application],
      ['ApplicationData', row.applicationData],
      ['Duration', clock(ageSeconds(row, moment))],
      ['BridgeId', row.bridgeId],
    ]),
  );
  const message = 'Channels will follow';
  return list(action, { message, items, end: 'CoreShowChannelsComplete' });
}

function status(action: ClientAction, moment: Moment): string {
  const wanted = action.get('channel') ?? '';
  const rows = [...moment.channels.values()].filter(
    ({ headers }) => wanted === '' || headers.get('Channel') === wanted,
  );
  if (wanted !== '' && rows.length === 0) return refusal(action, 'No such channel');
  const items = rows.map((row) =>
    print([
      ['Event', 'Status'],
      ['Privilege', 'Call'],
      ...row.headers,
      ['BridgeID', row.bridgeId],
      ['Application', row.application],
      ['Data', row.applicationData],
      ['Seconds', String(ageSeconds(row, moment))],
      ...idOf(action),
    ]),
  );
  return list(action, { message: 'Channel status will follow', items, end: 'StatusComplete' });
}

/** The bridges that somebody is in. */
function bridgeList(action: ClientAction, { channels }: Moment): string {
  const bridges = Map.groupBy(channels.values(), ({ bridgeId }) => bridgeId);
  const items = [...bridges]
    .filter(([id]) => id !== '')
    .map(([, [first]]) =>
      print([['Event', 'BridgeListItem'], ...idOf(action), ...(first?.bridge ?? [])]),
    );
  return list(action, { message: 'Bridge listing will follow', items, end: 'BridgeListComplete' });
}

/** Who waits; of the queues themselves the capture may never have told. */
function queueStatus(action: ClientAction, { channels, ms }: Moment): string {
  const rows = [...channels.values()];
  const items = rows.flatMap(({ headers, queue }) => {
    if (queue === undefined) return [];
    const isBefore = (one: ChannelRow['queue']) =>
      one?.name === queue.name && one.sinceMs < queue.sinceMs;
    const position = 1 + rows.filter((row) => isBefore(row.queue)).length;
    const item = print([
      ['Event', 'QueueEntry'],
      ['Queue', queue.name],
      ['Position', String(position)],
      ...QUEUE_ENTRY_KEYS.map((key) => [key, headers.get(key) ?? ''] as const),
      ['Wait', String(secondsSince(queue.sinceMs, ms))],
      ['Priority', '0'],
      ...idOf(action),
    ]);
    return [item];
  });
  return list(action, { message: 'Queue status will follow', items, end: 'QueueStatusComplete' });
}

const QUEUE_ENTRY_KEYS = [
  'Channel',
  'Uniqueid',
  'CallerIDNum',
  'CallerIDName',
  'ConnectedLineNum',
  'ConnectedLineName',
] as const;

function parkedCalls(action: ClientAction, { channels, ms }: Moment): string {
  const items = [...channels.values()].flatMap(({ parked }) => {
    if (parked === undefined) return [];
    const duration = ['ParkingDuration', String(secondsSince(parked.sinceMs, ms))] as const;
    return [print([['Event', 'ParkedCall'], ...idOf(action), ...parked.headers, duration])];
  });
  return list(action, { message: 'Parked calls will follow', items, end: 'ParkedCallsComplete' });
}

type List = { readonly message: string; readonly items: readonly string[]; readonly end: string };

function list(action: ClientAction, { message, items, end }: List): string {
  const start = success(action, ['EventList', 'start'], ['Message', message]);
  const complete = print([
    ['Event', end],
    ...idOf(action),
    ['EventList', 'Complete'],
    ['ListItems', String(items.length)],
  ]);
  return `${start}${items.join('')}${complete}`;
}

function print(headers: Headers): string {
  return `${headers.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n`;
}

function idOf(action: ClientAction): Headers {
  const id = action.get('actionid');
  return id === undefined ? [] : [['ActionID', id]];
}

function ageSeconds({ sinceMs }: ChannelRow, { ms }: Moment): number {
  return secondsSince(sinceMs, ms);
}

function secondsSince(sinceMs: number, ms: number): number {
  return Math.max(0, Math.floor((ms - sinceMs) / 1000));
}

function clock(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

// include/asterisk/manager.h: since 12 the major number of AMI follows that of Asterisk.
const RELEASES: Readonly<Record<string, number>> = {
  '1': 11,
  '2': 13,
  '3': 14,
  '4': 15,
  '5': 16,
  '6': 17,
  '7': 18,
  '8': 19,
};

function asteriskVersion(amiVersion: string): string {
  const major = amiVersion.split('.')[0] ?? '';
  return `${RELEASES[major] ?? Number(major) + 11}.0.0`;
}
