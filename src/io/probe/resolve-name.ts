// A name as this machine resolves it, by /etc/hosts and its name servers, as for any connection.

import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

export type Resolution =
  | { readonly addresses: readonly string[] }
  /** Why there is no address, in words. */
  | { readonly trouble: string };

/** Never throws. A look-up cannot be broken off: this only stops to wait for it. */
export async function resolveName(
  host: string,
  timeoutMs: number,
  find: Find = lookup,
): Promise<Resolution> {
  const silence = delay(timeoutMs, SILENCE, { ref: false });
  return await Promise.race([lookUp(host, find), silence]);
}

/** As of `node:dns`. */
type Find = (
  host: string,
  options: { readonly all: true },
) => Promise<readonly { readonly address: string }[]>;

const SILENCE: Resolution = { trouble: 'the name server does not answer' };

const TROUBLES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be resolved now',
};

async function lookUp(host: string, find: Find): Promise<Resolution> {
  try {
    const found = await find(host, { all: true });
    return { addresses: [...new Set(found.map(({ address }) => address))] };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return { trouble: TROUBLES[code] ?? `the name could not be resolved (${code})` };
  }
}
