import type { Palette } from './stylesheet.ts';

/** The page's theme, as Cytoscape needs it. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    bg: read('bg'),
    region: read('region'),
    regionLine: read('region-line'),
    raise: read('raise'),
    line: read('line-strong'),
    wire: read('wire'),
    text: read('text'),
    dim: read('dim'),
    faint: read('faint'),
    plate: read('plate'),
    path: read('path'),
    pathFill: read('path-fill'),
    pathLine: read('path-line'),
    ok: read('ok'),
    warn: read('warn'),
    warnFill: read('warn-fill'),
    bad: read('bad'),
    badFill: read('bad-fill'),
    bgp: read('bgp'),
    halo: Number(read('halo')),
  };
}
