// What has been told and waits to be taken, how many calls are open, and who is who in what is told.

import type { CallEvent, Party } from '../event/call-event.ts';
import { type Channel, endpointOf } from '../pbx/channel.ts';
import type { Switchboard } from '../pbx/switchboard.ts';
import { type Call, type Happening, type Story, type StoryMoment, step, tell } from './call.ts';
import { answererOf, callerOf, dialledIn, toParty } from './party.ts';

export type OpenCalls = {
  readonly active: number;
  readonly ringing: number;
  readonly answered: number;
};

export class Teller {
  readonly #board: Switchboard;
  /** Open calls that a person is or was a part of, by state. */
  readonly #open = { dialing: 0, ringing: 0, answered: 0, hungup: 0 };
  #told: CallEvent[] = [];
  #changed = new Set<Call>();

  constructor(board: Switchboard) {
    this.#board = board;
  }

  get openCalls(): OpenCalls {
    const { dialing, ringing, answered } = this.#open;
    return { active: dialing + ringing + answered, ringing, answered };
  }

  /** What was told since the last time, in order. */
  take(): readonly CallEvent[] {
    if (this.#told.length === 0) return NOTHING;
    const told = this.#told;
    this.#told = [];
    return told;
  }

  /** The calls that something was told of since the last time, or that became something else. */
  takeChanged(): Iterable<Call> {
    if (this.#changed.size === 0) return NO_CALLS;
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  noteChange(call: Call): void {
    this.#changed.add(call);
  }

  /** A person is part of it. */
  open(call: Call): void {
    this.#open[call.state] += 1;
  }

  step(call: Call, happening: Happening): void {
    const { state } = call;
    this.fixWho(call);
    this.#told.push(...step(call, happening));
    this.#open[state] -= 1;
    this.#open[call.state] += 1;
    this.noteChange(call);
  }

  tell(call: Call, story: Story, moment: StoryMoment): void {
    this.fixWho(call);
    this.#told.push(...tell(call, story, moment));
    this.noteChange(call);
  }

  /** It never told anything, and never will. */
  dropSilently(call: Call): void {
    if (call.callerId !== undefined) this.#open[call.state] -= 1;
    call.state = 'hungup';
    this.noteChange(call);
  }

  /** Names improve until the first event and then stay. */
  fixWho(call: Call): void {
    const caller = this.#board.get(call.callerId ?? '');
    if (caller === undefined) return;
    call.from ??= callerOf(caller);
    if (call.to !== undefined && call.to.extension !== '') return;
    const dialled = dialledIn(call, caller);
    call.to = dialled === '' ? { extension: '' } : toParty(dialled, call.dialledName);
  }

  partyOf(call: Call, channel: Channel): Party {
    this.fixWho(call);
    if (channel.id === call.callerId && call.from !== undefined) return call.from;
    const party = answererOf(channel, call.to?.extension ?? '');
    return call.to !== undefined && isSame(party, call.to) ? call.to : party; // kept once
  }

  /** Of a device as a dial string names it (`PJSIP/102`): the party of the call that speaks by it, where one does. */
  partyAt(call: Call, device: string): Party | undefined {
    const endpoint = endpointOf(device);
    const channel = call.personIds
      .map((id) => this.#board.get(id))
      .find((one) => one !== undefined && endpointOf(one.name) === endpoint);
    if (channel !== undefined) return this.partyOf(call, channel);
    const mayBeWithheld = endpoint === '' || call.from?.anonymous === true;
    return mayBeWithheld ? undefined : { extension: endpoint };
  }
}

function isSame(a: Party, b: Party): boolean {
  return a.extension === b.extension && a.name === b.name && a.anonymous === b.anonymous;
}

const NOTHING: readonly CallEvent[] = [];
const NO_CALLS: readonly Call[] = [];
