import { describe, expect, it } from 'vitest';
import { resolveName } from '../../../src/io/probe/resolve-name.ts';

describe('a name', () => {
  it('that is an address is that address', async () => {
    expect(await resolveName('192.0.2.7', 1_000)).toEqual({ addresses: ['192.0.2.7'] });
    expect(await resolveName('::1', 1_000)).toEqual({ addresses: ['::1'] });
  });

  it('has each of its addresses once', async () => {
    const addresses = ['192.0.2.1', '192.0.2.1', '::1'].map((address) => ({ address }));
    expect(await resolveName('pbx', 1_000, async () => addresses)).toEqual({
      addresses: ['192.0.2.1', '::1'],
    });
  });

  it('that cannot be one has none', async () => {
    expect(await resolveName('a..b', 5_000)).toEqual({ trouble: expect.stringContaining('name') });
  });

  it('is not waited for longer than somebody wants to', async () => {
    const never = () => new Promise<never>(() => undefined);
    expect(await resolveName('pbx', 10, never)).toEqual({
      trouble: 'the name server does not answer',
    });
  });
});
