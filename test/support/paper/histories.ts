// What a switch on paper has said, from nothing to the end of all channels: histories for properties. A failing one
// shrinks to few commands, in the usual order.

import fc from 'fast-check';
import type { Signal } from '../../../src/core/pbx/signal.ts';
import { type Command, Pick } from './commands.ts';
import { Chance } from './partial-order.ts';
import { PaperSwitch } from './switch.ts';
import type { Life } from './truth.ts';

/** Nothing is heard for a while: the time at which somebody looks at the clock, and at the switch. */
type Silence = {
  readonly type: 'silence';
  readonly at: number;
  /** Families of people who have to do with each other. */
  readonly families: number;
};
export type Heard = Signal | Silence;

export type History = {
  readonly heard: readonly Heard[];
  /** What became of the calls, by their ids. */
  readonly truths: ReadonlyMap<string, Life>;
  /** The same of two calls that ever had to do with each other. */
  readonly familyOf: (callId: string) => string;
  readonly [fc.toStringMethod]: () => string;
};

type Step<Name extends string> = {
  readonly name: Name;
  readonly whom: number;
  /** Seeds: 0 is the usual thing, in the usual order, with nothing left unsaid and no time between. */
  readonly chance: number;
  readonly order: number;
  readonly omission: number;
  /** Milliseconds until it is done. */
  readonly gap: number;
};

const START = 1_770_000_000_000;
/** Longer than anything is held back. */
const SILENCE_MS = 300;
/** What leads to more, and how often for once of the rest. */
const OFTEN: ReadonlyMap<string, number> = new Map([
  ['talk', 8],
  ['consult', 3],
  ['dial', 3],
  ['answer', 4],
  ['optimise', 3],
]);
const GAPS = [500, 0, 1, 20, 249, 5_000];

type Kind<Name extends string> = {
  readonly commands: Readonly<Record<Name, Command>>;
  readonly maxLength: number;
  readonly hasWires: boolean;
  /** What its ids begin with; two histories with different ones have nothing to do with each other. */
  readonly epoch?: number;
};

export function histories<Name extends string>(kind: Kind<Name>): fc.Arbitrary<History> {
  return stepsOf(kind).map((steps) => play(kind, steps));
}

/**
 * The same in the usual order, and in another one that Asterisk allows, with the same times and nothing left unsaid.
 * Nobody is so fast that what he does could be what is still in doubt.
 */
export function reorderings<Name extends string>(
  kind: Kind<Name>,
): fc.Arbitrary<readonly [usual: History, other: History]> {
  return stepsOf(kind).map((steps) => {
    const other = steps.map((step) => ({
      ...step,
      omission: 0,
      gap: Math.max(step.gap, SILENCE_MS),
    }));
    const usual = other.map((step) => ({ ...step, order: 0 }));
    return [play(kind, usual), play(kind, other)];
  });
}

function stepsOf<Name extends string>({
  commands,
  maxLength,
}: Kind<Name>): fc.Arbitrary<readonly Step<Name>[]> {
  const names = namesOf(commands);
  const step: fc.Arbitrary<Step<Name>> = fc.record({
    name: fc.constantFrom(...names),
    whom: fc.nat(99_999),
    chance: fc.nat(),
    order: fc.nat(),
    omission: fc.nat(),
    gap: fc.constantFrom(...GAPS),
  });
  return fc.array(step, { maxLength, size: 'max' });
}

function namesOf<Name extends string>(commands: Kind<Name>['commands']): readonly Name[] {
  const all = Object.keys(commands) as Name[]; // the keys of a record of names
  return all.flatMap((name) => Array<Name>(OFTEN.get(name) ?? 1).fill(name));
}

function play<Name extends string>(
  { commands, hasWires, epoch = 1_770_000_000 }: Kind<Name>,
  steps: readonly Step<Name>[],
): History {
  const [paper, tape] = [new PaperSwitch({ hasWires, epoch }), new Tape()];
  for (const { name, whom, chance, order, omission, gap } of steps) {
    tape.wait(gap, paper);
    paper.chance = new Chance(chance);
    paper.order = new Chance(order);
    paper.omission = new Chance(omission);
    commands[name](paper, new Pick(whom));
    tape.record(paper);
  }
  endAll(paper, tape);
  const truths = new Map([...paper.witness.lives].map(([{ id }, life]) => [id, life]));
  const familyOf = (callId: string) => paper.witness.familyOf(callId);
  return { heard: tape.heard, truths, familyOf, [fc.toStringMethod]: () => toText(tape.heard) };
}

function endAll(paper: PaperSwitch, tape: Tape): void {
  for (const channel of paper.channels) {
    if (channel.isPerson) paper.hangUp(channel);
    tape.record(paper);
  }
  for (const channel of paper.channels) paper.end(channel, 16);
  tape.record(paper);
  tape.wait(SILENCE_MS, paper);
}

const MANY_CHANNELS = 40;

/** So many calls and more, one after another and some at a time, until nobody is left: bit by bit, since it is long. */
export function* busyDay<Name extends string>(
  { commands, hasWires, epoch = 1_770_000_000 }: Omit<Kind<Name>, 'maxLength'>,
  calls: number,
): Generator<readonly Heard[]> {
  const [paper, tape, dice] = [new PaperSwitch({ hasWires, epoch }), new Tape(), new Chance(1)];
  const all = namesOf(commands).map((name) => commands[name]);
  for (let called = 0; called < calls; called += paper.witness.lives.size) {
    paper.witness.lives.clear();
    tape.wait(dice.below(SILENCE_MS), paper);
    all[dice.below(all.length)]?.(paper, new Pick(dice.below(99_999)));
    tape.record(paper);
    if (paper.channels.size > MANY_CHANNELS) endAll(paper, tape);
    yield tape.heard.splice(0);
  }
  endAll(paper, tape);
  yield tape.heard;
}

/** What was heard, with the PBX's own time of it. */
class Tape {
  readonly heard: Heard[] = [];
  #now = START;

  wait(ms: number, { channels, witness }: PaperSwitch): void {
    this.#now += ms;
    if (ms < SILENCE_MS) return;
    const families = witness.familiesOf(channels).size;
    this.heard.push({ type: 'silence', at: this.#now, families });
  }

  /** Stamps of two threads may be out of order by a millisecond. */
  record(paper: PaperSwitch): void {
    const { omission: chance } = paper;
    for (const happening of paper.take()) {
      this.#now += chance.below(3);
      const at = this.#now - Number(chance.rarely());
      const micros = this.heard.length % 1_000;
      this.heard.push({ ...happening, at, micros });
    }
  }
}

/** A line for each, as a person reads it. */
function toText(heard: readonly Heard[]): string {
  const lines = heard.map((one) => `${one.at - START} ${one.type} ${subjects(one).join(' ')}`);
  return `\n${lines.join('\n')}\n`;
}

function subjects(one: Heard): readonly string[] {
  return Object.entries(one).flatMap(([key, value]) => {
    if (['at', 'micros', 'type'].includes(key) || value === undefined) return [];
    if (typeof value !== 'object') return [`${key}=${value}`];
    const number = value.id.split('.')[1] ?? value.id;
    const linked = 'linkedId' in value ? `/${value.linkedId.split('.')[1]}` : '';
    return [`${key}=${value.name ?? ''}(${number}${linked})`];
  });
}
