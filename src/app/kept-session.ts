// What is kept of the session with Asterisk beside its open calls, as if it were one of them: how far it was heard,
// which Asterisk it was, and what time it had. A bridge that is started again tells by it what it has missed.

export type KeptSession = {
  /** Up to here everything that was heard is kept too: epoch milliseconds of this machine's clock. */
  readonly heardAt: number;
  /** When that Asterisk came up, in its own words. */
  readonly startup?: string | undefined;
  /** This machine's clock minus that of Asterisk. */
  readonly pbxBehindMs: number;
};

/** No Linkedid: those have a number, or are chosen by who originates. */
export const SESSION_ID = '(session)';

const VERSION = 1;

export function toSessionText(session: KeptSession): string {
  return JSON.stringify({ version: VERSION, ...session });
}

/** `undefined` where the text is damaged, or of a version that is not known. */
export function fromSessionText(text: string): KeptSession | undefined {
  const { version, heardAt, startup, pbxBehindMs } = parse(text);
  if (version !== VERSION || !isWhole(heardAt) || !isWhole(pbxBehindMs)) return undefined;
  return { heardAt, startup: typeof startup === 'string' ? startup : undefined, pbxBehindMs };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // damaged
  }
}
