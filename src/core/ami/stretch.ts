// A stretch of the stream, as bytes and as text: bytes are compared quickly, texts are cut out quickly.

export type Stretch = {
  readonly bytes: Uint8Array;
  /** Of the same bytes. */
  readonly view: DataView;
  /** The same as latin1, a character per byte. A slice of it costs 10 ns, a text made of bytes 100. */
  readonly text: string;
};
