// Which channels exist at a moment of a capture and where each is, as the lists of Asterisk would tell them. Nothing is
// understood here: headers are kept as they last came, and stay as raw as they were.

import { type AmiMessage, header } from '../ami/message.ts';

export type Headers = ReadonlyMap<string, string>;

export type ChannelRow = {
  /** The snapshot's headers (`Channel`, `ChannelState`, … `Linkedid`) as they last came. */
  readonly headers: Headers;
  /** '' while it is in no bridge. */
  readonly bridgeId: string;
  /** The headers of that bridge (`BridgeUniqueid`, … `BridgeVideoSourceMode`) as they came when it was entered. */
  readonly bridge: Headers;
  /** The queue that it waits in. */
  readonly queue: { readonly name: string; readonly sinceMs: number } | undefined;
  /** What ParkedCall said of it, while it is parked. */
  readonly parked: { readonly headers: Headers; readonly sinceMs: number } | undefined;
  /** Where the capture has no class `dialplan`: as far as it can be told from what else happens, else ''. */
  readonly application: string;
  readonly applicationData: string;
  /** When it was first seen, in milliseconds of the playback. */
  readonly sinceMs: number;
};

/** By Uniqueid, in order of appearance. */
export type ChannelTable = Map<string, ChannelRow>;

const SNAPSHOT_KEYS = [
  'Channel',
  'ChannelState',
  'ChannelStateDesc',
  'CallerIDNum',
  'CallerIDName',
  'ConnectedLineNum',
  'ConnectedLineName',
  'Language',
  'AccountCode',
  'Context',
  'Exten',
  'Priority',
  'Uniqueid',
  'Linkedid',
] as const;

const BRIDGE_KEYS = [
  'BridgeUniqueid',
  'BridgeType',
  'BridgeTechnology',
  'BridgeCreator',
  'BridgeName',
  'BridgeNumChannels',
  'BridgeVideoSourceMode',
] as const;

const PARKING_KEYS = [
  ...SNAPSHOT_KEYS.map((key) => `Parkee${key}` as const),
  'ParkerDialString',
  'Parkinglot',
  'ParkingSpace',
  'ParkingTimeout',
] as const;

// Only these may bring a channel in: others also come after its Hangup.
const FOUNDING: ReadonlySet<string> = new Set([
  'Newchannel',
  'Newstate',
  'DialBegin',
  'DialState',
  'BridgeEnter',
]);

/** Brings the table up to date with one message. */
export function track(table: ChannelTable, message: AmiMessage, ms: number): void {
  if (message.kind !== 'event') return;
  const uniqueid = header(message, 'Uniqueid');
  if (message.name === 'Hangup') {
    if (uniqueid !== undefined) table.delete(uniqueid);
    return;
  }
  update(table, { message, prefix: '', ms });
  update(table, { message, prefix: 'Dest', ms });
  if (uniqueid !== undefined) change(table, uniqueid, changes(message, ms, table.get(uniqueid)));
  const parkeeUniqueid = header(message, 'ParkeeUniqueid');
  if (parkeeUniqueid !== undefined) change(table, parkeeUniqueid, parking(message, ms));
  const destUniqueid = header(message, 'DestUniqueid');
  if (destUniqueid !== undefined) change(table, destUniqueid, dialled(message));
  const spyerUniqueid = header(message, 'SpyerUniqueid');
  if (spyerUniqueid !== undefined) change(table, spyerUniqueid, running('ChanSpy'));
}

type Sighting = {
  readonly message: Event;
  readonly prefix: '' | 'Dest';
  readonly ms: number;
};

function update(table: ChannelTable, { message, prefix, ms }: Sighting): void {
  const uniqueid = header(message, `${prefix}Uniqueid`);
  if (uniqueid === undefined) return;
  const headers = snapshot(message, prefix);
  if (!(headers.has('Channel') && headers.has('Linkedid'))) return;
  const row = table.get(uniqueid);
  if (row !== undefined) table.set(uniqueid, { ...row, headers });
  else if (FOUNDING.has(message.name)) table.set(uniqueid, { ...EMPTY, headers, sinceMs: ms });
}

const EMPTY = {
  bridgeId: '',
  bridge: new Map<string, string>(),
  queue: undefined,
  parked: undefined,
  application: '',
  applicationData: '',
};

function snapshot(message: AmiMessage, prefix: string): Headers {
  const headers = new Map<string, string>();
  for (const key of SNAPSHOT_KEYS) {
    const value = header(message, `${prefix}${key}`);
    if (value !== undefined) headers.set(key, value);
  }
  return headers;
}

function change(table: ChannelTable, uniqueid: string, changed: Partial<ChannelRow>): void {
  const row = table.get(uniqueid);
  if (row !== undefined) table.set(uniqueid, { ...row, ...changed });
}

type Event = AmiMessage & { readonly kind: 'event' };

function changes(message: Event, ms: number, row?: ChannelRow): Partial<ChannelRow> {
  if (message.name === 'BridgeEnter') return entered(message);
  if (message.name === 'BridgeLeave') return { bridgeId: '', bridge: EMPTY.bridge };
  if (message.name === 'QueueCallerJoin') return queued(header(message, 'Queue') ?? '', ms);
  if (message.name === 'QueueCallerLeave') return { queue: undefined };
  if (message.name === 'DialBegin') return dials(message, row);
  if (message.name !== 'Newexten') return {};
  return running(header(message, 'Application') ?? '', header(message, 'AppData'));
}

/** A queue calls its agents itself (app_queue.c): who waits in it goes on running it. */
function dials(message: Event, row: ChannelRow | undefined): Partial<ChannelRow> {
  return row?.queue === undefined ? running('Dial', header(message, 'DialString')) : {};
}

function queued(name: string, sinceMs: number): Partial<ChannelRow> {
  return { ...running('Queue', name), queue: { name, sinceMs } };
}

/** Any other event of parking says that it is over. */
function parking(message: Event, sinceMs: number): Partial<ChannelRow> {
  if (message.name !== 'ParkedCall') return { parked: undefined };
  return { parked: { headers: headersOf(message, PARKING_KEYS), sinceMs } };
}

function headersOf(message: Event, keys: readonly string[]): Headers {
  return new Map(keys.map((key) => [key, header(message, key) ?? '']));
}

function running(application: string, applicationData = ''): Partial<ChannelRow> {
  return { application, applicationData };
}

/** Who enters a conference or a parking lot runs its application. */
function entered(message: Event): Partial<ChannelRow> {
  const bridge = headersOf(message, BRIDGE_KEYS);
  const place = { bridgeId: bridge.get('BridgeUniqueid') ?? '', bridge };
  const isConference = bridge.get('BridgeCreator') === 'ConfBridge';
  if (isConference) return { ...place, ...running('ConfBridge', bridge.get('BridgeName')) };
  const isHolding = bridge.get('BridgeTechnology') === 'holding_bridge';
  return isHolding ? { ...place, ...running('Park') } : place;
}

/** What Asterisk shows as the application of a channel that was dialled (app_dial.c, dial.c). */
function dialled(message: Event): Partial<ChannelRow> {
  if (message.name !== 'DialBegin') return {};
  const application = header(message, 'Channel') === undefined ? 'AppDial2' : 'AppDial';
  return running(application, '(Outgoing Line)');
}
