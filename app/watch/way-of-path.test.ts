import { afterEach, describe, expect, it } from 'vitest';
import { knowVxlanPorts } from '../packet/tunnel-ports.ts';
import type { TracePath } from '../trace/model.ts';
import { wayOfPaths } from './way-of-path.ts';

/** From a NIC into another node, inside a tunnel. */
function pathIn(carrier: string): TracePath {
  const carried = {
    protocol: 6,
    src: '192.168.1.2',
    dst: '192.168.2.3',
    sport: 1,
    dport: 80,
    icmpType: null,
  };
  const seen = { ...carried, carried: true };
  const packet = `${carrier} · tcp 192.168.1.2:40000 → 192.168.2.3:80`;
  const hop = (netnsId: string, change: object): object => ({
    ...{ netnsId, packet, came: null, left: null, ingressId: null, egressId: null, action: 'forward' },
    ...change,
  });
  const hops = [
    hop('a', { left: seen, egressId: 'a/nic' }),
    hop('b', { came: seen, ingressId: 'b/nic', action: 'deliver' }),
  ];
  return { hops, verdict: 'delivered', stopsAt: null, sentence: '' } as unknown as TracePath;
}

const visits = (carrier: string): number | undefined =>
  wayOfPaths([pathIn(carrier)], (_, interfaceId) => ({
    place: interfaceId.startsWith('a') ? 1 : 2,
    ifindex: 2,
  }))?.visits.length;

describe('inside a tunnel a packet is to be seen where captures look into it', () => {
  afterEach(() => {
    knowVxlanPorts([]);
  });

  it.each([
    ['VXLAN 4096 10.0.0.1 → 10.0.0.2', 2],
    ['IPIP 10.0.0.1 → 10.0.0.2', 2],
    ['VXLAN 4096 10.0.0.1 → 10.0.0.2:8999', 0],
    ['VXLAN 4096 fd00::1 → fd00::2', 0],
    ['WireGuard 10.0.0.1 → 10.0.0.2', 0],
  ])('%s: %d', (carrier, seen) => {
    expect(visits(carrier)).toBe(seen);
  });

  it('by a port of its own once that is known', () => {
    knowVxlanPorts([8999]);
    expect(visits('VXLAN 4096 10.0.0.1 → 10.0.0.2:8999')).toBe(2);
    expect(visits('VXLAN 4096 10.0.0.1 → 10.0.0.2:8998')).toBe(0);
  });
});

describe('of several paths', () => {
  const seen = { protocol: 6, src: '192.168.1.2', dst: '10.96.0.10', sport: 1, dport: 80, icmpType: null };
  /** Past so many places of one line. */
  const path = (places: number, verdict: TracePath['verdict'], sentence: string): TracePath => {
    const hops = Array.from({ length: places }, (_, at) => {
      const isLast = at === places - 1;
      return {
        ...{ netnsId: String(at + 1), packet: '', came: null, ingressId: null },
        ...{ left: { ...seen, carried: false }, egressId: 'nic' },
        action: isLast && verdict === 'delivered' ? 'deliver' : 'forward',
      };
    });
    return { hops, verdict, stopsAt: null, sentence } as unknown as TracePath;
  };
  const foretold = (...paths: TracePath[]) => {
    const way = wayOfPaths(paths, (netnsId) => ({ place: Number(netnsId), ifindex: 2 }));
    return way === null ? null : [way.visits.length, way.end, way.takes];
  };

  it('what a rule stops by chance goes on otherwise, and where it is stopped is said', () => {
    expect(foretold(path(2, 'dropped', 'a rule drops it'), path(4, 'delivered', ''))).toEqual([
      4,
      'delivered',
      { 1: 'a rule drops it' },
    ]);
  });

  it('nothing is foretold behind where one of them arrives, or is lost sight of', () => {
    for (const verdict of ['delivered', 'unknown'] as const)
      for (const order of [0, 1]) {
        const paths = [path(2, verdict, 'nobody knows the router'), path(4, 'delivered', '')];
        expect(foretold(...(order === 0 ? paths : paths.toReversed()))).toEqual([2, 'unknown', {}]);
      }
  });
});
