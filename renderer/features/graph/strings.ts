import { countText, usText } from '../../state/text.ts';

export const graphStrings = {
  label: 'Graph of the cluster',
  canvas: 'Graph',
  keys: 'Arrow keys move the picture, plus and minus zoom, 0 fits it to the window, Shift with arrow keys moves the selection. The list that follows says all that is drawn.',
  summary: 'What the graph shows',
  zoomIn: 'Zoom in (+)',
  zoomOut: 'Zoom out (−)',
  fit: 'Fit to the window (0)',
  legend: {
    away: (pod: string): string => `from ${pod}`,
    back: 'to it',
    refused: 'refused',
    traced: 'traced path',
    wayBack: 'way back',
    seen: 'seen by the watch',
    missing: 'missing here',
    underlay: 'what carries the tunnel',
  },
  journey: {
    label: 'The selected packet’s journey',
    first: 'To where it was seen first',
    back: 'One place back (←)',
    play: 'In slow motion (Space)',
    pause: 'Stand still (Space)',
    next: 'One place on (→)',
    close: 'End the journey',
    step: (at: number, of: number, place: string): string => `${String(at)} of ${String(of)}: ${place}`,
    ways: { in: 'came in', out: 'went out', other: 'passed' },
    begins: 'seen first',
    took: (us: number): string => `${usText(us)} later`,
    tookAbout: (us: number, plusMinusUs: number): string =>
      `half of the packets take at most ${usText(us)} ± ${usText(plusMinusUs)} from there, by the two nodes’ clocks`,
    half: (us: number): string => `½ RTT from there is ${usText(us)}: that does not depend on the two clocks`,
    notTold: 'how long packets take from there is not told yet',
    notCompared: 'how much later is not known: clocks not compared',
    gone: 'taken back, or not kept',
    goneWhy:
      'What is shown was a guess: it was taken back since, or is not kept any more. Select a packet of this flow in the path ladder again.',
    notDrawn: 'not in the picture',
    rule: 'By the trace',
  },
  ended: (verdict: string, count: number, place: string): string =>
    `${countText(count, 'packet', 'packets')} ${verdict}, seen last at ${place}`,
  leftOut: (count: number): string =>
    `${countText(count, 'more node is', 'more nodes are')} in view than there is room for: zoom in`,
  partsLeftOut: 'Not all that is in view is drawn: zoom in for what else its nodes say',
  hiddenArcs: (count: number): string =>
    `${count.toLocaleString('en')} more BGP sessions, established: a node shows its own when selected`,
};
