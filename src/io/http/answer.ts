// What a route gives back.

export type Answer = {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
  /** Only with 405: what would have been allowed. */
  readonly allow?: string;
};
