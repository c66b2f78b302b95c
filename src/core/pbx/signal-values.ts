// The values of an event: where they stand is looked up once for all events of a layout, and what they say is read at
// these places. A channel is so read in 0.2 µs, and in 0.7 header by header.

import { type HasHeaders, header } from '../ami/message.ts';
import { isUnknown, toName, toNumber, toText } from '../ami/value.ts';
import type {
  BridgeKind,
  BridgeSnapshot,
  ChannelSnapshot,
  ChannelUpdate,
  DiallerUpdate,
  NamedUpdate,
} from './signal.ts';

/** Where no header stands. */
export const NOWHERE = -1;

/** Where the values of headers stand, by their names. */
export type Places = {
  /** The first header of that name. */
  readonly placeOf: (key: string) => number;
  /** The first that does not stand before the first header named `other`. */
  readonly placeBehind: (other: string, key: string) => number;
};

/** What stands there. */
export type Event = {
  readonly valueAt: (place: number) => string | undefined;
  /** How long it is; 0 where nothing is. */
  readonly lengthAt: (place: number) => number;
  /** The code of one of its characters. */
  readonly codeAt: (place: number, index: number) => number;
  /** The number that its characters make from one to another; NaN where not all are digits, or there are none. */
  readonly digitsAt: (place: number, from: number, to: number) => number;
  /** All of its values are printable ASCII. */
  readonly isPlain: boolean;
};

/** An event as text, in which every header is looked for anew. */
export class TextEvent implements Places, Event {
  readonly isPlain = false;
  #message: HasHeaders;
  #values: string[] = [];

  constructor(message: HasHeaders) {
    this.#message = message;
  }

  /** Is another event from now on. */
  moveTo(message: HasHeaders): this {
    this.#message = message;
    this.#values = [];
    return this;
  }

  placeOf(key: string): number {
    return this.place(header(this.#message, key));
  }

  placeBehind(other: string, key: string): number {
    const { text } = this.#message;
    const start = Math.max(0, text.indexOf(`\n${other}: `));
    return this.place(header({ text: text.slice(start) }, key));
  }

  valueAt(place: number): string | undefined {
    return this.#values[place];
  }

  lengthAt(place: number): number {
    return this.valueAt(place)?.length ?? 0;
  }

  codeAt(place: number, index: number): number {
    return this.valueAt(place)?.charCodeAt(index) ?? Number.NaN;
  }

  digitsAt(place: number, from: number, to: number): number {
    const digits = this.valueAt(place)?.slice(from, to) ?? '';
    return /^[0-9]+$/.test(digits) ? Number(digits) : Number.NaN;
  }

  /** The place of a value that was found in another way. */
  place(value: string | undefined): number {
    return value === undefined ? NOWHERE : this.#values.push(value) - 1;
  }
}

export function channelAt(places: Places, prefix = ''): (event: Event) => ChannelSnapshot {
  const id = places.placeOf(`${prefix}Uniqueid`);
  const linkedId = places.placeOf(`${prefix}Linkedid`);
  const name = places.placeOf(`${prefix}Channel`);
  const state = places.placeOf(`${prefix}ChannelState`);
  const number = places.placeOf(`${prefix}CallerIDNum`);
  const callerName = places.placeOf(`${prefix}CallerIDName`);
  const exten = places.placeOf(`${prefix}Exten`);
  return (event) => ({
    id: textAt(event, id),
    linkedId: textAt(event, linkedId),
    name: textAt(event, name),
    state: integerAt(event, state),
    number: numberAt(event, number),
    callerName: nameAt(event, callerName),
    exten: numberAt(event, exten) ?? '',
  });
}

/** Two values in place of seven: 0.87 µs in place of 1.07 for a message of the call class. */
export function updateAt(places: Places, prefix = ''): (event: Event) => ChannelUpdate {
  const id = places.placeOf(`${prefix}Uniqueid`);
  const state = places.placeOf(`${prefix}ChannelState`);
  return (event) => ({ id: textAt(event, id), state: integerAt(event, state) });
}

/** The same with the name of who is on it, where that may have changed. */
export function namedAt(places: Places): (event: Event) => NamedUpdate {
  const update = updateAt(places);
  const callerName = places.placeOf('CallerIDName');
  return (event) => {
    const { id, state } = update(event);
    return { id, state, callerName: nameAt(event, callerName) };
  };
}

export function diallerAt(places: Places): (event: Event) => DiallerUpdate {
  const dialler = updateAt(places);
  const exten = places.placeOf('Exten');
  return (event) => {
    const { id, state } = dialler(event);
    return { id, state, exten: numberAt(event, exten) ?? '' };
  };
}

export function bridgeAt(places: Places): (event: Event) => BridgeSnapshot {
  const id = places.placeOf('BridgeUniqueid');
  const technology = places.placeOf('BridgeTechnology');
  const creator = places.placeOf('BridgeCreator');
  const name = places.placeOf('BridgeName');
  return (event) => {
    const shown = event.valueAt(name);
    return {
      id: event.valueAt(id) ?? '',
      kind: bridgeKind(event.valueAt(technology), event.valueAt(creator)),
      name: shown === undefined || isUnknown(shown) ? undefined : toText(shown),
    };
  };
}

/** The technology of an ordinary bridge changes as it goes on (simple_bridge, native_rtp); these two never do. */
function bridgeKind(technology: string | undefined, creator: string | undefined): BridgeKind {
  if (technology === 'holding_bridge') return 'holding';
  return creator === 'ConfBridge' ? 'conference' : 'ordinary';
}

export function textAt(event: Event, place: number): string {
  const value = event.valueAt(place) ?? '';
  return event.isPlain ? value : toText(value);
}

export function numberAt(event: Event, place: number): string | undefined {
  const value = event.valueAt(place);
  return event.isPlain ? toPlain(value) : toNumber(value);
}

function nameAt(event: Event, place: number): string | undefined {
  const value = event.valueAt(place);
  return event.isPlain && value?.includes('\\') === false ? toPlain(value) : toName(value);
}

/** Of printable ASCII, only spaces at its ends would be cleaned away. */
function toPlain(value: string | undefined): string | undefined {
  if (value === undefined || isUnknown(value)) return undefined;
  const isTrimmed = value.charCodeAt(0) !== SPACE && value.charCodeAt(value.length - 1) !== SPACE;
  return isTrimmed ? value : toNumber(value);
}

const SPACE = 0x20;

/** Counts, codes and durations are never less than nought; what is none of them counts as nought. */
export function integerAt(event: Event, place: number): number {
  const length = event.lengthAt(place);
  const digits = length <= SAFE_DIGITS ? event.digitsAt(place, 0, length) : Number.NaN;
  return Number.isNaN(digits) ? toInteger(event.valueAt(place) ?? '') : digits;
}

/** So many make a safe integer. */
const SAFE_DIGITS = 15;

function toInteger(value: string): number {
  const number = Number.parseInt(value, 10);
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}
