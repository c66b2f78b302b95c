// What the host of a virtual machine gives to other machines, of the time that this one wants (`steal` of /proc/stat).

import { readFileSync } from 'node:fs';

export class Steal {
  readonly #before = ticks();

  /** Percent of the time of all processors since this was made; 0 where there is no host, or it does not say. */
  get percent(): number {
    const now = ticks();
    return ((now.stolen - this.#before.stolen) / Math.max(1, now.all - this.#before.all)) * 100;
  }
}

/** Of all processors, in clock ticks; proc_stat(5) has the order of its columns. */
function ticks(): { readonly all: number; readonly stolen: number } {
  const [first = ''] = readFileSync('/proc/stat', 'latin1').split('\n');
  const columns = first.trim().split(/\s+/).slice(1, 9).map(Number);
  return { all: columns.reduce((sum, each) => sum + each, 0), stolen: columns[7] ?? 0 };
}
