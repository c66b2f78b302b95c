// What a command knows of the place where it runs.

export type Terminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted by Ctrl-C and by SIGTERM: the command ends as asked. */
  readonly signal: AbortSignal;
  /** Whether somebody watches, so that a line can be written anew. */
  readonly isTerminal: boolean;
  /** Whether stdout shows colours, and nobody has forbidden them. */
  readonly hasColours?: boolean;
};

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
