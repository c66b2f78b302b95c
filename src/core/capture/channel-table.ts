// Which channels exist at a moment of a capture, as CoreShowChannels and Status would tell them. Nothing is understood
// here: a channel's headers are kept as they last came, and stay as raw as they were.

import { type AmiMessage, header } from '../ami/message.ts';

export type ChannelRow = {
  /** The snapshot's headers (`Channel`, `ChannelState`, … `Linkedid`) as they last came. */
  readonly headers: ReadonlyMap<string, string>;
  /** '' while it is in no bridge. */
  readonly bridgeId: string;
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
  if (uniqueid !== undefined) change(table, uniqueid, changes(message));
  const destUniqueid = header(message, 'DestUniqueid');
  if (destUniqueid !== undefined) change(table, destUniqueid, dialled(message));
  const spyerUniqueid = header(message, 'SpyerUniqueid');
  if (spyerUniqueid !== undefined) change(table, spyerUniqueid, running('ChanSpy'));
}

type Sighting = {
  readonly message: AmiMessage & { readonly kind: 'event' };
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

const EMPTY = { bridgeId: '', application: '', applicationData: '' };

function snapshot(message: AmiMessage, prefix: string): ReadonlyMap<string, string> {
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

function changes(message: AmiMessage & { readonly kind: 'event' }): Partial<ChannelRow> {
  if (message.name === 'BridgeEnter') return entered(message);
  if (message.name === 'BridgeLeave') return { bridgeId: '' };
  if (message.name === 'QueueCallerJoin') return running('Queue', header(message, 'Queue'));
  if (message.name === 'DialBegin') return running('Dial', header(message, 'DialString'));
  if (message.name !== 'Newexten') return {};
  return running(header(message, 'Application') ?? '', header(message, 'AppData'));
}

function running(application: string, applicationData = ''): Partial<ChannelRow> {
  return { application, applicationData };
}

/** Who enters a conference or a parking lot runs its application. */
function entered(message: AmiMessage): Partial<ChannelRow> {
  const bridgeId = header(message, 'BridgeUniqueid') ?? '';
  const isConference = header(message, 'BridgeCreator') === 'ConfBridge';
  if (isConference) return { bridgeId, ...running('ConfBridge', header(message, 'BridgeName')) };
  const isHolding = header(message, 'BridgeTechnology') === 'holding_bridge';
  return isHolding ? { bridgeId, ...running('Park') } : { bridgeId };
}

/** What Asterisk shows as the application of a channel that was dialled (app_dial.c, dial.c). */
function dialled(message: AmiMessage & { readonly kind: 'event' }): Partial<ChannelRow> {
  if (message.name !== 'DialBegin') return {};
  const application = header(message, 'Channel') === undefined ? 'AppDial2' : 'AppDial';
  return running(application, '(Outgoing Line)');
}
