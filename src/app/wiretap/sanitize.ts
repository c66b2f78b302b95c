// wiretap sanitize: a capture without the people in it.

import { COUNTED, type Counts } from '../../core/capture/pseudonyms.ts';
import { sanitize as sanitized } from '../../core/capture/sanitize.ts';
import {
  readCapture,
  replaceCapture,
  toCapturePaths,
  writeCapture,
} from '../../io/capture/files.ts';
import type { Arguments, Command } from './arguments.ts';
import type { Terminal } from './terminal.ts';

export const SANITIZE: Command = {
  name: 'sanitize',
  operands: ['FILE'],
  about: `Replaces numbers, names, addresses, domains and devices in a capture by stand-ins, the same value by the same
one everywhere, and removes secrets and pressed digits. Messages, lines, their order and their times stay, so
that the capture is still worth a test. A second run changes nothing.

FILE is rewritten in place. What was there stays beside it as FILE.bak: delete it when you no longer need it.
Contexts of the dialplan and names of variables stay: look through the result before you publish it.`,
  options: [
    { name: 'out', value: 'NAME', about: 'Write the result there, and leave FILE as it is.' },
    { name: 'force', about: 'Overwrite what is at --out.' },
  ],
};

export async function sanitize(options: Arguments, terminal: Terminal): Promise<number> {
  const [file = ''] = options.operands;
  const original = await readCapture(file);
  const { capture, counts } = sanitized(original);
  const out = options.get('out');
  if (out !== undefined) {
    const { raw } = await writeCapture(out, capture, { force: options.get('force') !== undefined });
    terminal.stdout(`${raw}: ${toSentence(counts)}\n`);
  } else if (capture === original) {
    terminal.stdout(
      `${toCapturePaths(file).raw}: there is nothing to replace; it stays as it is\n`,
    );
  } else {
    const kept = await replaceCapture(file, capture);
    terminal.stdout(`${toCapturePaths(file).raw}: ${toSentence(counts)}\n`);
    terminal.stderr(
      `The original is still there, with all numbers, names and secrets: ${kept.join(', ')}.\n` +
        'Delete it as soon as you no longer need it, and never commit or send it.\n',
    );
  }
  return 0;
}

const WORDS: Readonly<Record<keyof Counts, string>> = {
  numbers: 'numbers',
  names: 'words of names',
  addresses: 'IP addresses',
  domains: 'domains',
  codes: 'names of letters and digits',
  secrets: 'secrets',
};

function toSentence(counts: Counts): string {
  const parts = COUNTED.map((kind) => `${counts[kind]} ${WORDS[kind]}`);
  return `replaced ${parts.join(', ')} (different ones)`;
}
