// A stretch of the stream, as bytes and as text: bytes are compared quickly, texts are cut out quickly.

export type Stretch = {
  readonly view: DataView;
  /** Where what has come ends; the view may go on behind it. */
  readonly end: number;
  /**
   * Some of it as latin1, a character per byte, from one place to another. A slice of it costs 10 ns, a text made of
   * bytes 150.
   */
  readonly text: string;
  readonly textFrom: number;
  readonly textTo: number;
  /** From now on, the text begins there, and goes to this place at least. */
  readonly showText: (from: number, to: number) => void;
};
