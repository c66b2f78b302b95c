// A capture with some of its lines changed: the reads move with the text, and none of them changes its line.

import type { Capture, Read } from './format.ts';

/** Asks `change` for every line from `from` on, without its line break. */
export function rewriteLines(
  { startedAt, text, reads }: Capture,
  from: number,
  change: (line: string) => string,
): Capture {
  const pieces = [text.slice(0, from)];
  const moved: Read[] = [];
  let movedTo = 0;
  let next = 0;
  const moveReads = (line: Line) => {
    for (
      let read = reads[next];
      read !== undefined && read.offset < line.to;
      read = reads[++next]
    ) {
      moved.push({ ...read, offset: movedOffset(read.offset, line, movedTo) });
    }
  };
  moveReads({ from: 0, to: from, before: pieces[0] ?? '', after: pieces[0] ?? '' });
  movedTo = from;
  for (let at = from; at < text.length; ) {
    const line = lineAt(text, at);
    const before = text.slice(at, line.end);
    const after = change(before);
    moveReads({ from: at, to: line.to, before, after });
    pieces.push(after, text.slice(line.end, line.to));
    movedTo += after.length + line.to - line.end;
    at = line.to;
  }
  const rest = reads.slice(next).map((read) => ({ ...read, offset: movedTo }));
  return { startedAt, text: pieces.join(''), reads: [...moved, ...rest] };
}

/** Every line from `from` on, without its line break. */
export function* linesIn({ text }: Capture, from: number): Generator<string> {
  for (let at = from; at < text.length; ) {
    const { end, to } = lineAt(text, at);
    yield text.slice(at, end);
    at = to;
  }
}

type Line = {
  readonly from: number;
  /** Behind its line break. */
  readonly to: number;
  /** Its text without the line break, before and after the change. */
  readonly before: string;
  readonly after: string;
};

function lineAt(text: string, from: number): { readonly end: number; readonly to: number } {
  const feed = text.indexOf('\n', from);
  if (feed < 0) return { end: text.length, to: text.length };
  return { end: text[feed - 1] === '\r' && feed > from ? feed - 1 : feed, to: feed + 1 };
}

/** A read that began in what stayed begins there still; one that began in what changed, at most at its end. */
function movedOffset(offset: number, { from, before, after }: Line, movedTo: number): number {
  const into = offset - from;
  if (into >= before.length) return movedTo + after.length + into - before.length;
  const head = sameHead(before, after);
  if (into <= head) return movedTo + into;
  const tail = sameTail(before.slice(head), after.slice(head));
  const toEnd = before.length - into;
  return movedTo + (toEnd <= tail ? after.length - toEnd : Math.min(into, after.length - tail));
}

function sameHead(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function sameTail(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a.at(-1 - length) === b.at(-1 - length)) length++;
  return length;
}
