// A stretch of the stream, as bytes and as text: bytes are compared quickly, texts are cut out quickly.

export type Stretch = {
  readonly view: DataView;
  /** Where what has come ends; the view may go on behind it. */
  readonly end: number;
  /** The same as latin1, a character per byte, from one of them on. A slice of it costs 10 ns, a text made of bytes 100. */
  readonly text: string;
  readonly textFrom: number;
};
