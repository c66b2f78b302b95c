// A stretch of the stream, as bytes and as text: bytes are compared quickly, texts are cut out quickly.

export type Stretch = {
  readonly view: DataView;
  /** Where what has come ends; the view may go on behind it. */
  readonly end: number;
  /** The bytes from one place to another as latin1, a character per byte. */
  readonly cut: (from: number, to: number) => string;
};
