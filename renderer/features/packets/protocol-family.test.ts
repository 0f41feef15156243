import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { familyOf } from './protocol-family.ts';

const read = (file: string): string => fs.readFileSync(new URL(file, import.meta.url), 'utf8');
const css = `${read('../../ui/theme.css')}\n${read('./protocol-family.css')}`;

/** Custom properties of a theme: those of all themes, and its own over them. */
function colours(theme: 'dark' | 'light'): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, selector = '', body = ''] of css.matchAll(/(:root[^{]*)\{([^}]*)\}/g)) {
    if (selector.includes('light') && theme === 'dark') continue;
    for (const [, name = '', colour = ''] of body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g))
      found.set(name, colour);
  }
  return found;
}

/** WCAG 2.1. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.039_28 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe('the colours of protocols', () => {
  it.each(['dark', 'light'] as const)('are readable on every ground that a row can have: %s', (theme) => {
    const all = colours(theme);
    const families = [...all].filter(([name]) => name.startsWith('family-'));
    expect(families).toHaveLength(9);
    for (const [name, colour] of families)
      for (const ground of ['panel', 'hover', 'path-fill', 'bad-fill'])
        expect(contrast(colour, all.get(ground) ?? '#000000'), `${name} on ${ground}`).toBeGreaterThanOrEqual(
          4.5,
        );
  });

  it('are the family’s; a protocol without one is among the others', () => {
    expect(['HTTP', 'DNS', 'ICMPv6', 'VXLAN', 'Unknown'].map(familyOf)).toEqual([
      'http',
      'udp',
      'icmp',
      'tunnel',
      'other',
    ]);
  });
});
