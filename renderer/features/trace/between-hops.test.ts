import { expect, it } from 'vitest';
import type { TraceHop } from '../../../app/trace/model.ts';
import { fakeTrace } from '../../dev/fake-trace.ts';
import { betweenHops } from './between-hops.ts';

function told(hops: readonly TraceHop[]): string[] {
  return hops.slice(1).map((next, at) => betweenHops(hops[at] ?? next, next));
}

it('a tunnel is told where the packet goes into it, on the wire, and where it comes out', () => {
  const answer = fakeTrace('tunnel');
  expect(told(answer.ok ? (answer.paths[0]?.hops ?? []) : [])).toEqual([
    'veth pair eth0 ↔ calid9d486e54a8',
    'into the tunnel: VXLAN 4096 10.12.22.151 → 10.12.22.152',
    'the wire, ens192 to ens192, next hop 10.12.22.152: VXLAN 4096 10.12.22.151 → 10.12.22.152',
    'out of the tunnel: VXLAN 4096 10.12.22.151 → 10.12.22.152',
    'veth pair calia4d5046802b ↔ eth0',
  ]);
});
