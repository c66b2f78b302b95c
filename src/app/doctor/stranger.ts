// Who answers in place of Asterisk or the broker, in words.

import type { ConnectorError } from '../../errors.ts';
import { type Answerer, type Place, whoAnswers } from '../../io/probe/who-answers.ts';

export type Stranger = { readonly answerer: Answerer; readonly words: string };

export async function meet(place: Place, signal: AbortSignal): Promise<Stranger> {
  const answerer = await whoAnswers(place, signal);
  signal.throwIfAborted();
  return { answerer, words: toWords(answerer) };
}

/** What went wrong, and who is there, where that is not said yet. */
export function withStranger(
  { code, message }: ConnectorError,
  { answerer, words }: Stranger,
): string {
  const isSaid = code === 'AMI_NOT_ASTERISK' && answerer.kind === 'stranger';
  if (isSaid || (code.endsWith('_TLS_FAILED') && answerer.kind === 'tls')) return message;
  return `${message.replace(/[\s.]+$/, '')}; ${words}`;
}

/** It is neither slow nor set up in another way: it is something else altogether. */
export function isSomethingElse({ answerer }: Stranger): boolean {
  return ['web-server', 'ssh', 'stranger'].includes(answerer.kind);
}

function toWords(answerer: Answerer): string {
  if (answerer.kind === 'stranger') return `who answers there begins with "${answerer.text}"`;
  return WORDS[answerer.kind];
}

const WORDS: Readonly<Record<Exclude<Answerer['kind'], 'stranger'>, string>> = {
  asterisk: 'the plain manager interface of an Asterisk answers there',
  'web-server': 'a web server (HTTP) answers there',
  ssh: 'an SSH server answers there',
  tls: 'who answers there speaks TLS',
  silent: 'who answers there says nothing, neither plain nor by TLS',
  nobody: 'no connection can be had there now',
};
