// How many random cases a property is tried on, and which. They are the same in every run, so that a test fails because
// of a change and not by chance; `npm run fuzz` looks for new ones. What fails says its seed.

/** `npm run test:all` tries sixty times as many as the unit suite. */
export function runs(usual: number): number {
  return usual * Number(process.env.PROPERTY_FACTOR ?? 1);
}

type Settings = { readonly PROPERTY_SEED?: string; readonly PROPERTY_SECONDS?: string };

/**
 * The part of fast-check's configuration that decides which cases are tried, and for how long at most.
 * @throws Error for a PROPERTY_SEED that is neither a whole number nor `random`
 */
export function choice({ PROPERTY_SEED = '1', PROPERTY_SECONDS }: Settings): {
  readonly seed?: number;
  readonly interruptAfterTimeLimit?: number;
} {
  if (!/^(?:-?\d+|random)$/.test(PROPERTY_SEED)) {
    throw new Error(
      `PROPERTY_SEED is "${PROPERTY_SEED}": set it to a whole number, or to "random"`,
    );
  }
  return {
    ...(PROPERTY_SEED !== 'random' && { seed: Number(PROPERTY_SEED) }),
    ...(PROPERTY_SECONDS !== undefined && {
      interruptAfterTimeLimit: Number(PROPERTY_SECONDS) * 1_000,
    }),
  };
}
