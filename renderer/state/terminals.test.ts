import { expect, it } from 'vitest';
import { isTypable } from './terminals.ts';

it('types only what cannot run by being typed', () => {
  expect(isTypable("birdcl -s /run/bird.ctl 'show protocols all'")).toBe(true);
  for (const control of ['\n', '\r', '\u0003', '\u001b[A', '\u007f', '\t', '\u009b'])
    expect(isTypable(`ip route${control}`), JSON.stringify(control)).toBe(false);
});
