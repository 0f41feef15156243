import { expect, it } from 'vitest';
import { noTrailsView } from '../../../app/contract/no-trails.ts';
import type { EndView, LaneView, TrailsView } from '../../../app/contract/trails.ts';
import { endLines } from './end-lines.ts';
import { ENDING_MS, Endings, newlyEnded } from './endings.ts';

const lane = (id: number, interfaceId: string | null, way: LaneView['way']): LaneView => ({
  ...{ id, nodeLabel: 'w1', podName: null, interfaceName: 'ens192', interfaceId, way },
  label: `w1/${String(id)}`,
});
const lanes = [lane(1, 'nic', 'out'), lane(2, 'veth', 'in'), lane(3, null, 'in')];
const view = (run: number, ends: readonly EndView[]): TrailsView => ({ ...noTrailsView, run, lanes, ends });
const end = (verdict: EndView['verdict'], of: number, count: number): EndView => ({
  verdict,
  lane: of,
  count,
});

it('tells what ended since, where it is drawn; not what was taken back, nor what was there before the page', () => {
  const before = view(1, [end('dropped', 1, 2), end('delivered', 2, 5)]);
  const now = view(1, [
    end('dropped', 1, 3),
    end('delivered', 2, 4),
    end('rejected', 2, 1),
    end('dropped', 3, 9),
  ]);
  expect(newlyEnded(before, now)).toEqual([
    { interfaceId: 'nic', inbound: false, verdict: 'dropped', count: 1 },
    { interfaceId: 'veth', inbound: true, verdict: 'rejected', count: 1 },
  ]);
  expect(newlyEnded(before, view(2, now.ends))).toEqual([]);
  expect(endLines(now)).toEqual([
    ...['3 packets dropped, seen last at w1/1', '1 packet rejected, seen last at w1/2'],
    '9 packets dropped, seen last at w1/3',
  ]);
});

it('counts what ends at one place together while it is seen, and forgets it then', () => {
  const endings = new Endings();
  const dropped = { interfaceId: 'nic', inbound: false, verdict: 'dropped', count: 2 } as const;
  endings.add([dropped], 0);
  endings.add([dropped], 1_000);
  endings.advance(ENDING_MS.dropped);
  expect(endings.all.map(({ count }) => count)).toEqual([4]);
  endings.advance(1_000 + ENDING_MS.dropped);
  expect(endings.idle).toBe(true);
});

it('is bounded, whoever invents interfaces', () => {
  const endings = new Endings();
  for (let at = 0; at < 1_000; at++)
    endings.add([{ interfaceId: String(at), inbound: true, verdict: 'ambiguous', count: 1 }], 0);
  expect(endings.all).toHaveLength(200);
});
