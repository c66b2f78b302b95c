import type { PhoneLog } from './script.ts';

/** One SIP message as a phone saw it; `at` is epoch milliseconds with microseconds behind the point. */
export interface PhoneMessage {
  readonly at: number;
  readonly phone: string;
  readonly dialog: string;
  readonly direction: 'sent' | 'received';
  /** `INVITE`, `BYE`, … or, for a response, `180 INVITE`, `200 BYE`, … */
  readonly what: string;
}

/** One leg: a phone that the PBX called. Times are epoch milliseconds. */
export interface TruthLeg {
  readonly phone: string;
  readonly invited: number;
  readonly rang?: number;
  readonly answered?: number;
  readonly ended?: number;
  /** The final SIP status that the phone sent. */
  readonly status?: number;
}

/** One call as its phones lived it. Times are epoch milliseconds. */
export interface TruthCall {
  readonly from: string;
  readonly dialled: string;
  /** The SIP status with which the caller's INVITE ended. */
  readonly status: number;
  readonly placed: number;
  /** The first 180 or 183 that a called phone sent. */
  readonly rang?: number;
  /** The 200 that a called phone sent. */
  readonly answered?: number;
  readonly answeredBy?: string;
  readonly ended: number;
  readonly endedBy: 'caller' | 'callee' | 'system';
  readonly legs: readonly TruthLeg[];
}

/** A phone notes what it sent after it sent it; on a busy machine somebody else's answer is noted earlier. */
const LATE_MS = 50;

interface Dialog {
  readonly phone: string;
  readonly role: PhoneLog['role'];
  /** The numbers in the first INVITE. */
  readonly from: string;
  readonly target: string;
  readonly messages: readonly PhoneMessage[];
}

/**
 * What truly happened, from the phones' own logs and nothing else; calls in the order in which they were placed.
 * Throws where a phone was called and nobody called it.
 */
export function toTruth(logs: readonly PhoneLog[]): TruthCall[] {
  const dialogs = logs.flatMap(toDialogs);
  const callers = dialogs
    .filter(({ role }) => role === 'caller')
    .sort((a, b) => placedAt(a) - placedAt(b));
  const legs = Map.groupBy(
    dialogs.filter(({ role }) => role === 'callee'),
    (leg) => callOf(leg, callers),
  );
  return callers.map((caller) => toCall(caller, legs.get(caller) ?? []));
}

/** Every SIP message of every phone, in the order of time. */
export function toMessages(logs: readonly PhoneLog[]): PhoneMessage[] {
  return logs
    .flatMap(toDialogs)
    .flatMap(({ messages }) => messages)
    .sort((a, b) => a.at - b.at);
}

function toDialogs(log: PhoneLog): Dialog[] {
  const blocks = log.text.split(/^-{47} /m).slice(1);
  const byCallId = Map.groupBy(blocks, (block) => field(block, 'Call-ID'));
  return [...byCallId].map(([dialog, [first = '', ...rest]]) => ({
    phone: log.who,
    role: log.role,
    from: userOf(field(first, 'From')),
    target: userOf(/^INVITE (\S+)/m.exec(first)?.[1] ?? ''),
    messages: [first, ...rest].map((block) => toMessage(block, log.who, dialog)),
  }));
}

function toMessage(block: string, phone: string, dialog: string): PhoneMessage {
  const status = /^SIP\/2\.0 (\d+)/m.exec(block)?.[1];
  const method = field(block, 'CSeq').split(' ')[1] ?? '';
  return {
    at: toEpoch(block.slice(0, block.indexOf('\n'))),
    phone,
    dialog,
    direction: /^\S+ message sent/m.test(block) ? 'sent' : 'received',
    what: status === undefined ? method : `${status} ${method}`,
  };
}

function toCall(caller: Dialog, legDialogs: readonly Dialog[]): TruthCall {
  const legs = legDialogs.map(toLeg).sort((a, b) => a.invited - b.invited);
  const rang = legs.flatMap((leg) => leg.rang ?? []).sort((a, b) => a - b)[0];
  const winner = legs.find(({ answered }) => answered !== undefined);
  return {
    from: caller.from,
    dialled: caller.target,
    status: statusOf(caller, 'received') ?? 0,
    placed: placedAt(caller),
    ...(rang !== undefined && { rang }),
    ...(winner?.answered !== undefined && { answered: winner.answered, answeredBy: winner.phone }),
    ...ending(caller, legDialogs),
    legs,
  };
}

function toLeg(leg: Dialog): TruthLeg {
  const sent = (what: RegExp) => timeOf(leg, 'sent', what);
  const rang = sent(/^18[03] /);
  const answered = sent(/^200 INVITE/);
  const ended = endOf(leg)?.at;
  const status = statusOf(leg, 'sent');
  return {
    phone: leg.phone,
    invited: timeOf(leg, 'received', /^INVITE/) ?? 0,
    ...(rang !== undefined && { rang }),
    ...(answered !== undefined && { answered }),
    ...(ended !== undefined && { ended }),
    ...(status !== undefined && { status }),
  };
}

/** The first who hung up or gave up; where nobody did, the PBX did, by its BYE or its final answer to the caller. */
function ending(caller: Dialog, legs: readonly Dialog[]): Pick<TruthCall, 'ended' | 'endedBy'> {
  const own = endOf(caller);
  const callee = legs.map(endOf).find((end) => end?.what === 'BYE' && end.direction === 'sent');
  if (callee) {
    return { ended: callee.at, endedBy: 'callee' };
  }
  return { ended: own?.at ?? 0, endedBy: own?.direction === 'sent' ? 'caller' : 'system' };
}

/** The message by which a dialog came to its end, whoever sent it. */
function endOf({ messages }: Dialog): PhoneMessage | undefined {
  return messages.find(
    ({ what }) => what === 'BYE' || what === 'CANCEL' || /^(?!401)[3-6]\d\d INVITE/.test(what),
  );
}

/** The call to which a leg belongs: of that caller or to that outside number, then the last one placed before it. */
function callOf(leg: Dialog, callers: readonly Dialog[]): Dialog {
  const invited = timeOf(leg, 'received', /^INVITE/) ?? 0;
  const open = callers.filter(
    (call) => placedAt(call) <= invited + LATE_MS && (endOf(call)?.at ?? 0) > invited - LATE_MS,
  );
  const outside = open.filter((call) => call.target === `9${leg.target}`);
  const sameCaller = open.filter((call) => call.from === leg.from);
  const direct = sameCaller.filter((call) => call.target.endsWith(leg.phone));
  const call = [outside, direct, sameCaller].find((some) => some.length > 0)?.at(-1);
  if (call === undefined) throw new Error(`nobody called ${leg.phone} as ${leg.from}`);
  return call;
}

/** When the INVITE was sent that the PBX took: the first one after it asked for authentication, not one sent again. */
function placedAt({ messages }: Dialog): number {
  const asked = messages.findIndex(({ what }) => what === '401 INVITE');
  return messages.slice(asked + 1).find(({ what }) => what === 'INVITE')?.at ?? 0;
}

function timeOf(dialog: Dialog, direction: PhoneMessage['direction'], what: RegExp) {
  return dialog.messages.find(
    (message) => message.direction === direction && what.test(message.what),
  )?.at;
}

function statusOf(dialog: Dialog, direction: PhoneMessage['direction']): number | undefined {
  const final = dialog.messages.find(
    (message) => message.direction === direction && /^(?!401)[2-6]\d\d INVITE/.test(message.what),
  );
  return final && Number.parseInt(final.what, 10);
}

function field(block: string, name: string): string {
  return new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(block)?.[1] ?? '';
}

function userOf(uri: string): string {
  return /sip:([^@>;]*)@/.exec(uri)?.[1] ?? '';
}

/** `2026-11-21T04:03:52.924854Z` in epoch milliseconds, microseconds behind the point. */
function toEpoch(stamp: string): number {
  const [, seconds = '', micros = '0'] = /^(.*)\.(\d{6})Z/.exec(stamp) ?? [];
  return Date.parse(`${seconds}Z`) + Number(micros) / 1000;
}
