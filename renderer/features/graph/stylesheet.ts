// How the shapes look. Cytoscape paints on a canvas and knows no CSS variables, so the palette is read from
// the page's theme and handed in.
import type cytoscape from 'cytoscape';

export interface Palette {
  readonly bg: string;
  readonly region: string;
  readonly regionLine: string;
  readonly raise: string;
  readonly line: string;
  readonly wire: string;
  readonly text: string;
  readonly dim: string;
  readonly faint: string;
  readonly plate: string;
  readonly path: string;
  readonly pathFill: string;
  readonly pathLine: string;
  readonly ok: string;
  readonly warn: string;
  readonly warnFill: string;
  readonly bad: string;
  readonly badFill: string;
  readonly bgp: string;
  /** How strongly what moves shines, 0 to 1. */
  readonly halo: number;
}

const SANS = '"Inter Variable", "Noto Sans CJK SC", sans-serif';
const MONO = '"JetBrains Mono Variable", "Noto Sans Mono CJK SC", monospace';

type Style = cytoscape.StylesheetJson;

export function stylesheet(palette: Palette): Style {
  return [...boxes(palette), ...lines(palette), ...texts(palette), ...states(palette)];
}

function boxes(p: Palette): Style {
  return [
    {
      selector: 'node',
      style: {
        'z-index-compare': 'manual',
        'overlay-opacity': 0,
        'border-width': 1,
        shape: 'round-rectangle',
      },
    },
    {
      selector: '.box',
      style: {
        width: 'data(w)',
        height: 'data(h)',
        'background-color': p.raise,
        'border-color': p.line,
        'z-index': 5,
      },
    },
    {
      selector: '.region',
      style: {
        'background-color': p.region,
        'border-color': p.regionLine,
        'corner-radius': '14px',
        'z-index': 1,
      },
    },
    { selector: '.card', style: { 'corner-radius': '9px', 'z-index': 6 } },
    {
      selector: '.fold',
      style: {
        'corner-radius': '9px',
        'z-index': 6,
        'background-opacity': 0,
        'border-style': 'dashed',
        'border-color': p.faint,
      },
    },
    {
      selector: '.plate',
      style: {
        'background-color': p.plate,
        'border-color': p.pathLine,
        'corner-radius': '8px',
        'z-index': 5,
      },
    },
    { selector: '.nic', style: { 'corner-radius': '8px', 'z-index': 7, 'border-color': p.pathLine } },
    { selector: '.port', style: { 'corner-radius': '7px', 'z-index': 7 } },
    {
      selector: '.bus',
      style: {
        'background-color': p.wire,
        'border-width': 0,
        'corner-radius': '4px',
        'z-index': 2,
        events: 'no',
      },
    },
    { selector: '.port.tone-faint', style: { 'background-color': p.region, 'border-color': p.line } },
  ];
}

function lines(p: Palette): Style {
  return [
    {
      selector: 'edge',
      style: {
        'z-index-compare': 'manual',
        'overlay-opacity': 0,
        'z-index': 4,
        width: 1.4,
        'line-color': p.pathLine,
        'source-endpoint': 'data(from)' as never,
        'target-endpoint': 'data(to)' as never,
        'curve-style': 'straight',
      },
    },
    {
      selector: '.cornered',
      style: {
        'curve-style': 'round-segments',
        'segment-weights': 'data(weights)' as never,
        'segment-distances': 'data(distances)' as never,
        'segment-radii': [6] as never,
        'edge-distances': 'endpoints' as never,
      },
    },
    {
      selector: '.curved',
      style: {
        'curve-style': 'unbundled-bezier',
        'control-point-weights': 'data(weights)' as never,
        'control-point-distances': 'data(distances)' as never,
        'edge-distances': 'endpoints' as never,
        'line-style': 'dashed',
        'line-dash-pattern': [4, 5],
        'line-opacity': 0.75,
        'z-index': 3,
      },
    },
    { selector: '.uplink, .drop', style: { 'line-color': p.pathLine } },
    { selector: '.trunk', style: { 'line-color': p.wire, width: 3, 'z-index': 2, events: 'no' } },
    { selector: '.arc-behind', style: { 'z-index': 0 } },
    { selector: '.arc.tone-bgp', style: { 'line-color': p.bgp } },
  ];
}

function texts(p: Palette): Style {
  const ink = (name: string, color: string): Style[number] => ({
    selector: `.ink-${name}`,
    style: { color },
  });
  return [
    {
      selector: '.text',
      style: {
        label: 'data(text)',
        width: 1,
        height: 1,
        'background-opacity': 0,
        'border-width': 0,
        'z-index': 9,
        events: 'no',
        'font-family': MONO,
        'font-size': 11,
        'text-valign': 'center',
        'text-halign': 'center',
        'min-zoomed-font-size': 6,
      },
    },
    { selector: '.anchor-left', style: { 'text-halign': 'right' } },
    { selector: '.anchor-right', style: { 'text-halign': 'left' } },
    { selector: '.style-title', style: { 'font-size': 13, 'font-weight': 600, 'font-family': MONO } },
    { selector: '.style-small', style: { 'font-size': 10.5 } },
    {
      selector: '.style-tag',
      style: {
        'font-size': 10.5,
        'text-background-color': p.bg,
        'text-background-opacity': 1,
        'text-background-padding': '4px',
        'text-background-shape': 'roundrectangle',
        'text-border-width': 1,
        'text-border-opacity': 0.6,
        'text-border-color': p.line,
      },
    },
    {
      selector: '.style-tag.ink-warn',
      style: { 'text-background-color': p.warnFill, 'text-border-color': p.warn },
    },
    {
      selector: '.style-tag.ink-bad',
      style: { 'text-background-color': p.badFill, 'text-border-color': p.bad },
    },
    {
      selector: '.style-arc',
      style: {
        'font-size': 10.5,
        'text-background-color': p.bg,
        'text-background-opacity': 0.85,
        'text-background-padding': '2px',
        'text-background-shape': 'roundrectangle',
      },
    },
    {
      selector: '.style-far',
      style: { 'font-size': 30, 'font-family': SANS, 'font-weight': 600 },
    },
    {
      selector: '.style-far-line',
      style: { 'font-size': 22, 'font-family': SANS },
    },
    ink('bright', p.text),
    ink('plain', p.dim),
    ink('faint', p.faint),
    ink('ok', p.ok),
    ink('warn', p.warn),
    ink('bad', p.bad),
    ink('bgp', p.bgp),
  ];
}

function states(p: Palette): Style {
  return [
    { selector: '.box.tone-bad', style: { 'border-color': p.bad } },
    { selector: '.card.tone-bad', style: { 'background-color': p.badFill } },
    { selector: '.nic.tone-bad', style: { 'background-color': p.badFill } },
    { selector: '.card.tone-warn, .plate.tone-warn, .fold.tone-warn', style: { 'border-color': p.warn } },
    { selector: '.card.tone-warn', style: { 'background-color': p.warnFill } },
    { selector: '.region.tone-warn', style: { 'border-color': p.warn, 'border-style': 'dashed' } },
    { selector: '.region.tone-bad', style: { 'border-style': 'dashed' } },
    { selector: '.region.tone-faint', style: { 'border-style': 'dashed' } },
    {
      selector: 'edge.tone-bad',
      style: { 'line-color': p.bad, 'line-style': 'dashed', 'line-dash-pattern': [3, 4] },
    },
    { selector: 'edge.tone-warn', style: { 'line-color': p.warn } },
    { selector: '.appearing.card', style: { 'border-color': p.ok, 'border-width': 1.5 } },
    { selector: '.ended.card', style: { 'border-style': 'dashed', 'background-opacity': 0.4 } },
    { selector: 'edge.ended', style: { 'line-style': 'dashed', opacity: 0.4 } },
    { selector: '.ended.text', style: { opacity: 0.7 } },
    // A region that is not renewed fades, its tag and title do not: they say why.
    {
      selector: '.dimmed.card, .dimmed.plate, .dimmed.nic, .dimmed.port, .dimmed.fold',
      style: { 'border-opacity': 0.45, 'background-color': p.region },
    },
    { selector: 'edge.dimmed', style: { opacity: 0.4 } },
    {
      selector: '.dimmed.style-mono, .dimmed.style-small, .dimmed.style-arc',
      style: { 'text-opacity': 0.6 },
    },
    {
      selector: '.chosen.card, .chosen.nic, .chosen.port',
      style: { 'background-color': p.pathFill, 'border-color': p.path, 'border-width': 1.5, opacity: 1 },
    },
    { selector: '.chosen.region', style: { 'border-color': p.path, 'border-width': 1.5 } },
    {
      selector: 'edge.chosen',
      style: {
        'line-color': p.path,
        width: 1.8,
        opacity: 1,
        'underlay-color': p.path,
        'underlay-opacity': 0.22,
        'underlay-padding': 3,
      },
    },
    {
      selector: 'edge.arc.chosen',
      style: { 'line-color': p.bgp, 'underlay-color': p.bgp, 'line-opacity': 1 },
    },
    { selector: '.text.chosen.ink-plain, .text.chosen.ink-faint', style: { color: p.path } },
    { selector: '.hovered.box', style: { 'border-color': p.path } },
    { selector: 'edge.hovered', style: { 'line-color': p.path, width: 1.8 } },
    { selector: 'edge.arc.hovered', style: { 'line-color': p.bgp, 'line-opacity': 1, width: 2 } },
  ];
}
