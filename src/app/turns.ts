// Long work in short pieces, so that nothing else waits for it.

/** So long one piece may take; what is told in it comes on top. */
export const TURN_MS = 3;

/** Resolves when everything else has had its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
