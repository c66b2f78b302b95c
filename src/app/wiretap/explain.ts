// wiretap explain: a capture as the story of its calls.

import { setImmediate } from 'node:timers/promises';
import { styleText } from 'node:util';
import { bannerOf, type Capture } from '../../core/capture/format.ts';
import {
  concerns,
  type Paint,
  type Printing,
  printCalls,
  printEntry,
  printHead,
  printRest,
} from '../../core/story/print.ts';
import { entriesOf, type StoryOptions } from '../../core/story/story.ts';
import { type Summary, toSummary } from '../../core/story/summary.ts';
import { ConnectorError } from '../../errors.ts';
import { readCapture, toCapturePaths } from '../../io/capture/files.ts';
import type { Arguments, Command } from './arguments.ts';
import type { Terminal } from './terminal.ts';

export const EXPLAIN: Command = {
  name: 'explain',
  operands: ['FILE'],
  about: `Tells what the bridge makes of a capture: first each call with its events, then every message that says
something of calls, in order, with what was told at it and by which rule, or in parentheses why nothing was.
Times count from the first of these messages, by the clock of Asterisk where that is in them.

This is what to attach to a report of a call that was told wrong. Numbers and names stand there as they are in
FILE: for a report, take a capture that went through wiretap sanitize, and look the text through.`,
  options: [
    { name: 'call', value: 'ID', about: 'Show this call only, by its call_id.' },
    { name: 'digits', about: 'Tell pressed digits too, as the bridge does with CALL_DTMF=true.' },
  ],
};

export async function explain(options: Arguments, terminal: Terminal): Promise<number> {
  const [file = ''] = options.operands;
  const story: StoryOptions = { digits: options.get('digits') !== undefined };
  const capture = await readCapture(file);
  const summary = toSummary(entriesOf(capture, story));
  checkCapture(file, capture, summary);
  const callId = options.get('call');
  if (callId !== undefined) checkCall(callId, file, summary);
  await write(linesOf(capture, summary, { story, callId, paint: toPaint(terminal) }), terminal);
  terminal.stderr(summary.calls.size === 0 ? `There is no call in ${file}.\n` : '');
  return 0;
}

type View = {
  readonly story: StoryOptions;
  /** The one call that is shown; all where it is absent. */
  readonly callId: string | undefined;
  readonly paint: Paint;
};

function* linesOf(
  capture: Capture,
  summary: Summary,
  { story, callId, paint }: View,
): Generator<string> {
  const printing: Printing = { paint, startedAt: summary.startedAt ?? 0 };
  const calls = [...summary.calls].filter(([id]) => callId === undefined || id === callId);
  yield* printHead(summary, printing);
  yield* printCalls(new Map(calls), printing);
  for (const entry of entriesOf(capture, story)) {
    if (callId === undefined || concerns(entry, callId)) yield* printEntry(entry, printing);
  }
  yield* printRest(summary, printing);
}

const CHUNK_LENGTH = 64 * 1024;

/** In pieces, so that Ctrl-C and a reader who has gone are noticed between them. */
async function write(lines: Iterable<string>, { stdout, signal }: Terminal): Promise<void> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    stdout(chunk);
    chunk = '';
    await setImmediate();
    if (signal.aborted) return;
  }
  stdout(chunk);
}

const STYLES = {
  heading: 'bold',
  told: 'green',
  why: 'cyan',
  nothing: 'dim',
  warning: 'yellow',
} as const;

function toPaint({ hasColours }: Terminal): Paint {
  if (hasColours !== true) return (_, text) => text;
  return (role, text) => styleText(STYLES[role], text, { validateStream: false });
}

/** @throws ConnectorError CAPTURE_UNREADABLE, where nothing in it is a message of AMI */
function checkCapture(file: string, { text }: Capture, { kinds }: Summary): void {
  const isForeign = [...kinds.keys()].every((kind) => kind === 'suspect' || kind === 'torn');
  if (!isForeign || text.trim() === '' || bannerOf(text) !== '') return;
  throw new ConnectorError(
    'CAPTURE_UNREADABLE',
    `${toCapturePaths(file).raw} holds no message of an Asterisk manager interface`,
  );
}

const MAX_IDS = 10;

/** @throws ConnectorError USAGE */
function checkCall(callId: string, file: string, { calls }: Summary): void {
  if (calls.has(callId)) return;
  const ids = [...calls.keys()].slice(0, MAX_IDS);
  const more = calls.size > ids.length ? ', …' : '';
  const what = ids.length === 0 ? 'no call at all' : `${ids.join(', ')}${more}`;
  throw new ConnectorError('USAGE', `There is no call ${callId} in ${file}; there is ${what}.`);
}
