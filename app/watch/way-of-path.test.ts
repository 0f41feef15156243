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
