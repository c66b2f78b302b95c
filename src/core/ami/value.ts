// One header value: bytes that are normally UTF-8, names that Asterisk has C-escaped, and its word for "nothing".

/** Asterisk's word for an absent number or name (manager_channels.c). */
const UNKNOWN = '<unknown>';

export function isUnknown(value: string | undefined): boolean {
  return value === undefined || value === '' || value === UNKNOWN;
}

/**
 * UTF-8 out of latin1 text, one character per byte; a broken sequence becomes one U+FFFD, up to the byte that broke it,
 * as in every decoder that follows Unicode (chapter 3.9, "maximal subparts").
 */
export function toText(latin1: string): string {
  return NOT_ASCII.test(latin1) ? decodeUtf8(latin1) : latin1;
}

/** What people may see of a number or another unescaped value; `undefined` where Asterisk knows nothing. */
export function toNumber(value: string | undefined): string | undefined {
  if (value === undefined || isUnknown(value)) return undefined;
  return isClean(value) ? value : clean(toText(value));
}

/**
 * What people may see of CallerIDName and ConnectedLineName in channel events: these, and only these, are C-escaped.
 * `undefined` where Asterisk knows nothing.
 */
export function toName(value: string | undefined): string | undefined {
  if (value === undefined || isUnknown(value)) return undefined;
  const isPlain = isClean(value) && !value.includes('\\');
  return isPlain ? value : clean(unescapeName(toText(value)));
}

/** Printable ASCII without a space at its ends, as most values are: 15 ns, where cleaning one takes 150. */
function isClean(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code < SPACE || code > TILDE) return false;
  }
  return value.charCodeAt(0) !== SPACE && value.charCodeAt(value.length - 1) !== SPACE;
}

const SPACE = 0x20;
const TILDE = 0x7e;

/** Undoes ast_escape_c (main/utils.c): \a \b \f \n \r \t \v \\ \' \" \?; any other backslash stays. */
export function unescapeName(escaped: string): string {
  if (!escaped.includes('\\')) return escaped;
  return escaped.replace(/\\([abfnrtv\\'"?])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

const NOT_ASCII = /[\x80-\xff]/;

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Control characters have no place in a name or number on somebody's screen. */
function clean(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const cleaned = text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').trim();
  return cleaned === '' ? undefined : cleaned;
}

type Sequence = { readonly codePoint: number; readonly length: number };

const REPLACEMENT = 0xfffd;

function decodeUtf8(latin1: string): string {
  let text = '';
  for (let at = 0; at < latin1.length; ) {
    const { codePoint, length } = sequenceAt(latin1, at);
    text += String.fromCodePoint(codePoint);
    at += length;
  }
  return text;
}

function sequenceAt(latin1: string, at: number): Sequence {
  const lead = latin1.charCodeAt(at);
  if (lead < 0x80) return { codePoint: lead, length: 1 };
  const form = FORMS.find(({ from, to }) => lead >= from && lead <= to);
  if (form === undefined) return { codePoint: REPLACEMENT, length: 1 };
  let codePoint = lead & form.mask;
  for (let next = 1; next < form.length; next++) {
    const byte = latin1.charCodeAt(at + next);
    const [least, most] = next === 1 ? form.second : CONTINUATION;
    const fits = byte >= least && byte <= most; // not past the end, where it is NaN
    if (!fits) return { codePoint: REPLACEMENT, length: next };
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  return { codePoint, length: form.length };
}

const CONTINUATION = [0x80, 0xbf] as const;

/** Well-formed UTF-8 (RFC 3629): the second byte rules out overlong forms, surrogates and what is beyond U+10FFFF. */
const FORMS = [
  { from: 0xc2, to: 0xdf, length: 2, mask: 0x1f, second: CONTINUATION },
  { from: 0xe0, to: 0xe0, length: 3, mask: 0x0f, second: [0xa0, 0xbf] },
  { from: 0xed, to: 0xed, length: 3, mask: 0x0f, second: [0x80, 0x9f] },
  { from: 0xe1, to: 0xef, length: 3, mask: 0x0f, second: CONTINUATION },
  { from: 0xf0, to: 0xf0, length: 4, mask: 0x07, second: [0x90, 0xbf] },
  { from: 0xf4, to: 0xf4, length: 4, mask: 0x07, second: [0x80, 0x8f] },
  { from: 0xf1, to: 0xf3, length: 4, mask: 0x07, second: CONTINUATION },
] as const;
