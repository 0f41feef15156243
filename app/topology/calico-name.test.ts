import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { calicoDigits, calicoInterfaceName } from './calico-name.ts';
import { sha1Hex } from './sha1.ts';

it('names what Calico names', () => {
  expect(calicoInterfaceName('gravity', 'pvos-switch-state-processor-1')).toBe('cali8536608cf3f');
  expect(calicoInterfaceName('default', 'c2c-network-demo')).toBe('calid9d486e54a8');
  expect(calicoInterfaceName('default', 'c2c-network-demo-w2')).toBe('calia4d5046802b');
});

it('knows the hash of a name whatever the prefix is, and whatever has none', () => {
  expect(calicoDigits('calia4d5046802b')).toBe('a4d5046802b');
  expect(calicoDigits('eni8536608cf3f')).toBe('8536608cf3f');
  for (const name of [
    'california',
    'a4d5046802b',
    'vxlan.calico',
    'veth91cf3bcd',
    'calia4d5046802b0',
    'CALIA4D5046802B',
  ])
    expect(calicoDigits(name)).toBeNull();
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
