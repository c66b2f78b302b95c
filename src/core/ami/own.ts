// A text that is kept must be its own: one that was cut out of a message keeps all of it alive, 600 bytes for some 20
// characters.

/** V8 cuts what is shorter by copying it. */
const CUT_FROM = 13;

/** The same text, kept alive alone. What is joined is written anew; ` ${text}`.slice(1) would be a cut again, of 32 bytes more. */
export function toOwn(text: string): string;
export function toOwn(text: string | undefined): string | undefined;
export function toOwn(text: string | undefined): string | undefined {
  return text === undefined || text.length < CUT_FROM
    ? text
    : [text.slice(0, 1), text.slice(1)].join('');
}
