// wiretap split: a capture of each call.

import { split as splitIntoCalls } from '../../core/capture/split.ts';
import { readCapture, toCapturePaths, writeCapture } from '../../io/capture/files.ts';
import type { Arguments, Command } from './arguments.ts';
import type { Terminal } from './terminal.ts';

export const SPLIT: Command = {
  name: 'split',
  operands: ['FILE'],
  about: `Writes one capture for each call in FILE, with everything that belongs to it: calls that were joined by a
transfer, a pickup or a parking slot are one, calls that met in a conference are not. Each is complete in itself
and can be replayed. What belongs to no call is left out.

The new captures are called NAME-<Linkedid> and lie beside FILE.`,
  options: [
    { name: 'out', value: 'NAME', about: 'Beginning of their names (the name of FILE).' },
    { name: 'force', about: 'Overwrite captures that are there already.' },
  ],
};

export async function split(options: Arguments, terminal: Terminal): Promise<number> {
  const [file = ''] = options.operands;
  const stem = options.get('out') ?? toCapturePaths(file).raw.replace(/\.raw$/, '');
  const force = options.get('force') !== undefined;
  const calls = splitIntoCalls(await readCapture(file));
  for (const { linkedid, capture } of calls) {
    const { raw } = await writeCapture(`${stem}-${toFileName(linkedid)}`, capture, { force });
    terminal.stdout(`${raw}: ${capture.text.length} bytes\n`);
  }
  terminal.stderr(calls.length === 0 ? `There is no call in ${file}.\n` : '');
  return 0;
}

/** A Linkedid may be anything that an Originate has named. */
function toFileName(linkedid: string): string {
  return linkedid.replace(/[^\w.-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
