// What a check finds out, and how it stands on the screen: one line, and below it what to do where something is wrong.

export type Grade = 'ok' | 'warn' | 'fail' | 'skip';

export type Subject = 'asterisk' | 'broker' | 'data' | 'http';

export type Finding = {
  readonly grade: Grade;
  readonly text: string;
  readonly remedy?: string;
};

export function ok(text: string): Finding {
  return { grade: 'ok', text };
}

/** The bridge works, but less well. */
export function warn(text: string, remedy: string): Finding {
  return { grade: 'warn', text, remedy };
}

/** The bridge does not work, or does not do what it is asked for. */
export function fail(text: string, remedy: string): Finding {
  return { grade: 'fail', text, remedy };
}

/** It cannot be known from here; `remedy` says how a person finds it out. */
export function unknown(text: string, remedy: string): Finding {
  return { grade: 'skip', text, remedy };
}

/** A check that would be pointless. */
export function skipped(check: string, why: string): Finding {
  return { grade: 'skip', text: `${check}: not checked, as ${why}` };
}

/** The lines of a finding, each with its line break. */
export function toLines(subject: Subject, finding: Finding, colours: boolean): string {
  const { grade, text, remedy } = finding;
  const tag = TAGS[grade].padEnd(TAG_WIDTH);
  const shown = colours ? `\x1b[${COLOURS[grade]}m${tag}\x1b[0m` : tag;
  const line = `${shown}${subject.padEnd(SUBJECT_WIDTH)}${printable(text)}\n`;
  return remedy === undefined ? line : `${line}${INDENT}-> ${printable(remedy)}\n`;
}

/** The last line: `12 ok, 1 warning, 2 failed, 3 not checked`. */
export function toSummary(grades: readonly Grade[]): string {
  const count = (grade: Grade) => grades.filter((one) => one === grade).length;
  const warnings = `${count('warn')} warning${count('warn') === 1 ? '' : 's'}`;
  return `${count('ok')} ok, ${warnings}, ${count('fail')} failed, ${count('skip')} not checked\n`;
}

const TAGS = { ok: 'ok', warn: 'warn', fail: 'FAIL', skip: 'skip' } as const;
const COLOURS = { ok: 32, warn: 33, fail: 31, skip: 2 } as const;
const TAG_WIDTH = 6;
const SUBJECT_WIDTH = 10;
const INDENT = ' '.repeat(TAG_WIDTH);

/** Others have a part in these texts: no line breaks, and no commands for the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
