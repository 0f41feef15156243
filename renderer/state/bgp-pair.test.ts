import { expect, it } from 'vitest';
import type { BgpSession } from '../../app/topology/model.ts';
import { buildTopology } from '../dev/fixture.ts';
import { classic } from '../dev/plans.ts';
import { oppositeSession } from './bgp-pair.ts';

const [one, two] = [classic[1]?.label ?? '', classic[2]?.label ?? ''];
const base = buildTopology(classic, 'lab');

/** Both families between two workers, IPv6 first in the table. */
function dualStack(): { readonly topology: typeof base; readonly of: (id: string) => BgpSession } {
  const v6 = new Map([
    [one, 'fd00::151'],
    [two, 'fd00::152'],
  ]);
  const nodes = Object.fromEntries(
    Object.entries(base.nodes).map(([id, node]) => {
      const address = v6.get(node.label);
      return [id, address === undefined ? node : { ...node, addresses: [...node.addresses, address] }];
    }),
  );
  const six = Object.values(base.bgp).flatMap((session): BgpSession[] => {
    const peer = base.nodes[session.peerNodeId ?? '']?.label ?? '';
    const address = v6.get(peer);
    const own = base.nodes[session.nodeId]?.label ?? '';
    return address === undefined || !v6.has(own)
      ? []
      : [{ ...session, id: `bgp:${own}/six`, name: 'six', peerAddress: address }];
  });
  const bgp = { ...Object.fromEntries(six.map((session) => [session.id, session])), ...base.bgp };
  return {
    topology: { ...base, nodes, bgp },
    of: (id) => {
      const session = bgp[id];
      if (session === undefined) throw new Error(`no session ${id}`);
      return session;
    },
  };
}

it('the other end is of the same family', () => {
  const { topology, of } = dualStack();
  expect(oppositeSession(topology, of(`bgp:${one}/six`))?.id).toBe(`bgp:${two}/six`);
  expect(oppositeSession(topology, of(`bgp:${one}/Mesh_10_12_22_152`))?.id).toBe(
    `bgp:${two}/Mesh_10_12_22_151`,
  );
});

it('there is none where the peer is no node of ours, or names another address', () => {
  const { topology, of } = dualStack();
  const session = of(`bgp:${one}/Mesh_10_12_22_152`);
  expect(oppositeSession(topology, { ...session, peerNodeId: null })).toBeUndefined();
  const back = of(`bgp:${two}/Mesh_10_12_22_151`);
  const bgp = { ...base.bgp, [back.id]: { ...back, peerAddress: '10.9.9.9' } };
  expect(oppositeSession({ ...topology, bgp }, session)).toBeUndefined();
});
