// Does the name resolve, and to what?

import { type Resolution, resolveName } from '../../io/probe/resolve-name.ts';
import { isLoopback } from '../loopback.ts';
import { type Finding, fail, ok } from './findings.ts';

const RESOLVE_MS = 4_000;
/** A name of a large service can have dozens of addresses. */
const SHOWN = 4;

/** `variable` is where the name was set. */
export async function checkName(host: string, variable: string): Promise<Finding> {
  return toFinding(host, variable, await resolveName(host, RESOLVE_MS));
}

export function toFinding(host: string, variable: string, resolution: Resolution): Finding {
  if ('trouble' in resolution) {
    return fail(`${host} does not resolve: ${resolution.trouble}`, remedy(variable));
  }
  const { addresses } = resolution;
  if (addresses.length === 1 && addresses[0] === host) return ok(`${host} is an address`);
  const more = addresses.length > SHOWN ? ', …' : '';
  return ok(`${host} resolves to ${addresses.slice(0, SHOWN).join(', ')}${more}`);
}

function remedy(variable: string): string {
  return `Set ${variable} to a name that this machine knows, or to an address. In a container: the name of a service in a network that both are in, or host.docker.internal.`;
}

/** What an unreachable loopback address often means; '' for any other. */
export function loopbackHint(host: string): string {
  return isLoopback(host)
    ? ` In a container, ${host} is the container itself; the machine that it runs on is host.docker.internal.`
    : '';
}
