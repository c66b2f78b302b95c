// A failed attempt to reach Asterisk: at which step it failed, and what to do about it.

import type { Config } from '../../config/config.ts';
import { type ConnectorError, ERRORS, type ErrorCode } from '../../errors.ts';
import { loopbackHint } from './name.ts';
import { isSomethingElse, type Stranger } from './stranger.ts';

/** The name of the step. */
export function failedStep({ code }: ConnectorError): string {
  return FAILED_AT[code] ?? 'login';
}

const FAILED_AT: Readonly<Partial<Record<ErrorCode, string>>> = {
  AMI_UNREACHABLE: 'port',
  AMI_TLS_FAILED: 'TLS',
  AMI_NO_BANNER: 'banner',
  AMI_NOT_ASTERISK: 'banner',
};

/** Whether it is worth to find out who is there. */
export function isStrange(error: ConnectorError): boolean {
  return ['TLS', 'banner'].includes(failedStep(error));
}

/** `stranger`: who is there, where that was found out. */
export function remedyFor(
  { code, hint }: ConnectorError,
  { host, tls }: Config['ami'],
  stranger?: Stranger,
): string {
  if (code === 'AMI_UNREACHABLE') return `${hint}${loopbackHint(host)}`;
  if (code === 'AMI_LOGIN_IN_USE') return `${hint} ${OURSELVES}`;
  return stranger === undefined ? hint : (remedyAmong(stranger, tls) ?? hint);
}

const OURSELVES =
  'If that session is the bridge, it has what it needs to log in: stop it while doctor looks at the rest.';

/** It may be an Asterisk that is only asked in the wrong way. */
function remedyAmong(stranger: Stranger, tls: Config['ami']['tls']): string | undefined {
  if (isSomethingElse(stranger)) return ERRORS.AMI_NOT_ASTERISK.hint;
  const { answerer } = stranger;
  if (answerer.kind === 'tls' && tls === undefined) return 'Set AMI_TLS=true.';
  if (answerer.kind === 'asterisk' && tls !== undefined) return PLAIN;
  if (answerer.kind !== 'tls' || tls?.fingerprint !== undefined) return undefined;
  return `${ERRORS.AMI_TLS_FAILED.hint} Its certificate has the SHA-256 fingerprint ${answerer.fingerprint}: compare that with the one on the PBX.`;
}

const PLAIN =
  'Set AMI_PORT to the TLS port ("tlsbindaddr" in manager.conf; 5039 unless it says otherwise), or AMI_TLS=false.';
