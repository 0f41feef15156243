import { describe, expect, it } from 'vitest';
import { noWatch, type VantagePointView } from '../../app/contract/watch.ts';
import { noTrailsView } from '../../app/contract/no-trails.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import { watchDocument } from './watch-document.ts';

const point = (id: number, interfaceId: string | null, packets: number): VantagePointView => ({
  id,
  captureId: 1,
  label: 'a/calid9d486e54a8',
  nodeLabel: 'a',
  podName: null,
  interfaceName: 'calid9d486e54a8',
  interfaceId,
  packets,
});
const parts = {
  topology: emptyTopology('test'),
  seconds: 1,
  exported: null,
  warnings: [],
  trails: noTrailsView,
  to: null,
};

describe('the document of a watch', () => {
  it('counts a device and its namesake after it as one place, each once', () => {
    const view = { ...noWatch, vantagePoints: [point(1, 'old', 3), point(2, 'new', 4), point(3, 'new', 2)] };
    const counts = new Map([
      ['old', { inbound: 1, outbound: 2, refused: 0 }],
      ['new', { inbound: 5, outbound: 1, refused: 1 }],
    ]);
    expect(watchDocument({ ...parts, view, counts }).vantagePoints).toMatchObject([
      { id: 'a/calid9d486e54a8', namespace: null, packets: 9, inbound: 6, outbound: 3, refused: 1 },
    ]);
  });

  it('says nothing of directions where the interface is not known', () => {
    const view = { ...noWatch, vantagePoints: [point(1, null, 3)] };
    expect(watchDocument({ ...parts, view, counts: new Map() }).vantagePoints).toMatchObject([
      { packets: 3, inbound: null, outbound: null, refused: null },
    ]);
  });
});
