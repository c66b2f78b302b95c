// Texts of any characters. fast-check's own `unit: 'binary'` makes a map of all of Unicode for each, which takes a second.

import fc from 'fast-check';

/** Any code point but halves of surrogates: of one byte in UTF-8, or of more. */
export const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0x7ff }),
    fc.integer({ min: 0x800, max: 0x10ffff }),
  )
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));
