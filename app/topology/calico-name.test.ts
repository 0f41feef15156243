import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { calicoInterfaceName, looksLikeCalico } from './calico-name.ts';
import { sha1Hex } from './sha1.ts';

it('names what Calico names', () => {
  expect(calicoInterfaceName('gravity', 'pvos-switch-state-processor-1')).toBe('cali8536608cf3f');
  expect(calicoInterfaceName('default', 'c2c-network-demo')).toBe('calid9d486e54a8');
  expect(calicoInterfaceName('default', 'c2c-network-demo-w2')).toBe('calia4d5046802b');
  expect(looksLikeCalico('calia4d5046802b')).toBe(true);
  expect(looksLikeCalico('california')).toBe(false);
});

it('hashes as SHA-1 does, over every length around the block borders', () => {
  for (let length = 0; length < 200; length += 1) {
    const text = 'x'.repeat(length);
    expect(sha1Hex(text)).toBe(createHash('sha1').update(text).digest('hex'));
  }
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(sha1Hex(text)).toBe(createHash('sha1').update(text).digest('hex'));
    }),
  );
});
