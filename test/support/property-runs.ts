// How many random cases a property is tried on: `npm run test:all` tries ten times as many as the unit suite.

export function runs(usual: number): number {
  return usual * Number(process.env.PROPERTY_FACTOR ?? 1);
}
