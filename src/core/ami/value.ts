// One header value: bytes that are normally UTF-8, names that Asterisk has C-escaped, and its word for "nothing".

/** Asterisk's word for an absent number or name (manager_channels.c). */
const UNKNOWN = '<unknown>';

export function isUnknown(value: string | undefined): boolean {
  return value === undefined || value === '' || value === UNKNOWN;
}

/** UTF-8 out of latin1 text, one character per byte; a broken sequence becomes U+FFFD. */
export function toText(latin1: string): string {
  return NOT_ASCII.test(latin1) ? decodeUtf8(latin1) : latin1;
}

/** What people may see of a number or another unescaped value; `undefined` where Asterisk knows nothing. */
export function toNumber(value: string | undefined): string | undefined {
  return isUnknown(value) ? undefined : clean(toText(value ?? ''));
}

/**
 * What people may see of CallerIDName and ConnectedLineName in channel events: these, and only these, are C-escaped.
 * `undefined` where Asterisk knows nothing.
 */
export function toName(value: string | undefined): string | undefined {
  return isUnknown(value) ? undefined : clean(unescapeName(toText(value ?? '')));
}

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

const REPLACEMENT: Sequence = { codePoint: 0xfffd, length: 1 };

function decodeUtf8(latin1: string): string {
  let text = '';
  for (let at = 0; at < latin1.length; ) {
    const { codePoint, length } = sequenceAt(latin1, at);
    text += String.fromCodePoint(codePoint);
    at += length;
  }
  return text;
}

/** Well-formed UTF-8 only: no overlong forms, no surrogates, nothing beyond U+10FFFF (RFC 3629). */
function sequenceAt(latin1: string, at: number): Sequence {
  const lead = latin1.charCodeAt(at);
  if (lead < 0x80) return { codePoint: lead, length: 1 };
  const form = FORMS.find(({ from, to }) => lead >= from && lead <= to);
  if (form === undefined) return REPLACEMENT;
  let codePoint = lead & form.mask;
  for (let next = at + 1; next < at + form.length; next++) {
    const byte = latin1.charCodeAt(next);
    if ((byte & 0xc0) !== 0x80) return REPLACEMENT; // also past the end, where it is NaN
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  const sound = codePoint >= form.least && codePoint <= 0x10ffff && !isSurrogate(codePoint);
  return sound ? { codePoint, length: form.length } : REPLACEMENT;
}

const FORMS = [
  { from: 0xc2, to: 0xdf, length: 2, mask: 0x1f, least: 0x80 },
  { from: 0xe0, to: 0xef, length: 3, mask: 0x0f, least: 0x800 },
  { from: 0xf0, to: 0xf4, length: 4, mask: 0x07, least: 0x10000 },
];

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}
