// Who is who: the people of a call as subscribers see them.

import type { Party } from '../event/call-event.ts';
import { type Channel, endpointOf } from '../pbx/channel.ts';

/**
 * The caller: the number as its channel was created, since a dialplan may rewrite it for a trunk; the name as it is
 * known now. A phone that was itself called first (Originate) keeps its own name, since the dialplan's is for the other
 * side; on a trunk, its number is what was dialled.
 */
export function callerOf(channel: Channel): Party {
  if (isAnonymous(channel)) return { extension: '', anonymous: true };
  const name = channel.dialled ? channel.createdName : channel.callerName;
  const dialled = channel.dialled ? trunkDigits(channel.dialString) : undefined;
  return toParty(channel.createdNumber ?? dialled ?? '', name);
}

/** Extensions that are Asterisk's own words, never a number that somebody dialled. */
const NOT_DIALLED: ReadonlySet<string> = new Set(['s', 'i', 't', 'h']);

/** '' where that is no number that somebody dialled. */
function dialledBy(exten: string): string {
  return NOT_DIALLED.has(exten) ? '' : exten;
}

/** What was dialled in a call; '' where that is not known, or not yet. */
export function dialledIn(
  call: { readonly originatedTo: string | undefined },
  caller: Channel,
): string {
  return dialledBy(caller.dialled ? (call.originatedTo ?? '') : caller.createdExten);
}

/**
 * Who lifted: the number that the leg was created with; where that is unknown or only repeats what was dialled, the
 * digits of the dial string on a trunk, else the endpoint in the channel's name.
 */
export function answererOf(channel: Channel, dialled: string): Party {
  const { createdNumber, createdName, callerName } = channel;
  const endpoint = endpointOf(channel.name);
  const isOwn = createdNumber !== dialled || createdNumber === endpoint;
  const own = isOwn ? createdNumber : undefined;
  const extension = own ?? trunkDigits(channel.dialString) ?? endpoint;
  const given = own === undefined ? undefined : callerName; // a leg without a number of its own gets the names of others
  return toParty(extension, createdName ?? given);
}

export function toParty(extension: string, name: string | undefined): Party {
  return name === undefined ? { extension } : { extension, name };
}

/** `5558888@trunk` (PJSIP), `trunk/5558888` (chan_sip, DAHDI), `trunk/sip:5558888@host` → 5558888 */
function trunkDigits(dialString: string | undefined): string | undefined {
  const match = /^(\+?[0-9*#]+)@|\/(?:sips?:)?(\+?[0-9*#]+)(?:@|$)/.exec(dialString ?? '');
  return match?.[1] ?? match?.[2];
}

function isAnonymous({ withheld, createdNumber }: Channel): boolean {
  return withheld || createdNumber?.toLowerCase() === 'anonymous';
}
