import { expect, it } from 'vitest';
import { hexadecimal } from './convergence.ts';

it('spells an address as /proc/net/route does', () => {
  expect(hexadecimal('10.12.22.151')).toBe('97160C0A');
  expect(hexadecimal('192.168.1.0')).toBe('0001A8C0');
});
