import { constant, type Shape, sentence } from './shape.ts';

/** How subscribers read an event: when it is told (Markdown), and its payload. */
export type EventMessage<E> = {
  readonly when: string;
  readonly shape: Shape<Identified<E>>;
};

/** An event with the id that it has below the prefix of its topics. */
export type Identified<E> = E & { readonly id: string };

/** The keys that the message of every event begins with, told from its `event`. */
export function opening(event: string, description: string) {
  return [
    { key: 'event', is: constant(event), says: 'what happened' },
    { key: 'description', is: sentence(description), says: 'the same as a sentence for people' },
  ];
}
