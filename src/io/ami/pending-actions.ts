// Our own actions that wait for their answer. An answer is known by its ActionID, which nobody can guess: a value
// with a line break in it cannot make one up.

import { randomBytes } from 'node:crypto';
import { type AmiMessage, header } from '../../core/ami/message.ts';
import type { ConnectorError } from '../../errors.ts';

type Pending = {
  readonly settle: (answer: readonly AmiMessage[]) => void;
  readonly fail: (error: ConnectorError) => void;
  readonly timer: NodeJS.Timeout;
  /** The event that ends the list; absent where a single response is the answer. */
  readonly listEnd: string | undefined;
  readonly messages: AmiMessage[];
  /** Of the texts of the messages; a character is a byte. */
  bytes: number;
};

/** A list of more items than this is no list that an Asterisk sends. */
const MAX_LIST_ITEMS = 250_000;
/** What is beyond is left out: the list is then shorter than its end says, and counts as incomplete. */
const MAX_LIST_BYTES = 128 * 1024 * 1024;

export type Expectation = {
  readonly listEnd?: string;
  readonly deadlineMs: number;
  /** Resolves when all is understood that has come: the answer may be in it. */
  readonly caughtUp: () => Promise<void>;
  readonly onDeadline: () => ConnectorError;
};

export class PendingActions {
  readonly #pending = new Map<string, Pending>();
  #lists = 0;

  /** Whether a list is under way, so that events may be its items. */
  get expectsItems(): boolean {
    return this.#lists > 0;
  }

  /** A new ActionID, and the promise of the response, and of the items behind it where a list is asked for. */
  expect(expectation: Expectation): {
    readonly actionId: string;
    readonly answer: Promise<readonly AmiMessage[]>;
  } {
    const actionId = randomBytes(9).toString('base64url');
    const { promise, resolve, reject } = Promise.withResolvers<readonly AmiMessage[]>();
    const { deadlineMs, listEnd } = expectation;
    const timer = setTimeout(() => void this.#onDeadline(actionId, expectation), deadlineMs);
    const pending = { settle: resolve, fail: reject, timer, listEnd, messages: [], bytes: 0 };
    this.#pending.set(actionId, pending);
    if (listEnd !== undefined) this.#lists += 1;
    return { actionId, answer: promise };
  }

  async #onDeadline(actionId: string, { caughtUp, onDeadline }: Expectation): Promise<void> {
    await caughtUp();
    this.#take(actionId)?.fail(onDeadline());
  }

  /** Whether the message answered an action of ours. */
  accept(message: AmiMessage): boolean {
    if (message.kind === 'event' && this.#lists === 0) return false;
    const actionId = header(message, 'ActionID');
    const pending = actionId === undefined ? undefined : this.#pending.get(actionId);
    if (actionId === undefined || pending === undefined) return false;
    keep(message, pending);
    if (isComplete(message, pending)) this.#take(actionId)?.settle(pending.messages);
    return true;
  }

  fail(actionId: string, error: ConnectorError): void {
    this.#take(actionId)?.fail(error);
  }

  failAll(error: ConnectorError): void {
    for (const actionId of this.#pending.keys()) this.#take(actionId)?.fail(error);
  }

  #take(actionId: string): Pending | undefined {
    const pending = this.#pending.get(actionId);
    if (pending === undefined) return undefined;
    this.#pending.delete(actionId);
    clearTimeout(pending.timer);
    if (pending.listEnd !== undefined) this.#lists -= 1;
    return pending;
  }
}

function keep(message: AmiMessage, pending: Pending): void {
  pending.bytes += message.text.length;
  if (pending.messages.length >= MAX_LIST_ITEMS || pending.bytes > MAX_LIST_BYTES) return;
  pending.messages.push(message);
}

function isComplete(message: AmiMessage, { listEnd }: Pending): boolean {
  if (message.kind !== 'response') return message.kind === 'event' && message.name === listEnd;
  return listEnd === undefined || message.name !== 'Success';
}
