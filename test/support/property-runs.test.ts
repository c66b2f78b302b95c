import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { choice } from './property-runs.ts';

describe('the cases of a property', () => {
  const configured = fc.readConfigureGlobal();

  afterEach(() => {
    fc.configureGlobal(configured);
  });

  it('are the same in every run of the suite', () => {
    fc.configureGlobal(choice({}));
    expect(fc.sample(fc.nat(), 9)).toEqual(fc.sample(fc.nat(), 9));
  });

  it('are others with another seed, and new ones each time where that is asked for', () => {
    const samples = ['1', '-2', 'random', 'random'].map((PROPERTY_SEED) => {
      fc.resetConfigureGlobal();
      fc.configureGlobal(choice({ PROPERTY_SEED }));
      return fc.sample(fc.nat(), 9).join();
    });
    expect(new Set(samples).size).toBe(4);
  });

  it.each(['', 'x', '1.5'])('cannot have the seed %j', (PROPERTY_SEED) => {
    expect(() => choice({ PROPERTY_SEED })).toThrow('set it to a whole number, or to "random"');
  });

  it('are all of which an error tells how to meet them again', () => {
    fc.configureGlobal(choice({ PROPERTY_SEED: '7' }));
    const fail = () => fc.assert(fc.property(fc.nat(), (n) => n < 1_000));
    expect(fail).toThrow('seed: 7, path:');
  });

  it('are tried no longer than was asked for', () => {
    fc.configureGlobal({ ...choice({ PROPERTY_SECONDS: '0.01' }), numRuns: 1e9 });
    let tried = 0;
    fc.assert(fc.property(fc.nat(), () => ++tried > 0));
    expect(tried).toBeGreaterThan(0);
  });
});
