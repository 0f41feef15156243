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
  hiddenArcs: (count: number): string =>
    `${count.toLocaleString('en')} more BGP sessions, established: a node shows its own when selected`,
};
