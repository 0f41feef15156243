import { beforeEach, expect, it } from 'vitest';
import { diffTopology } from '../../app/topology/diff.ts';
import type { Topology } from '../../app/topology/model.ts';
import { buildTopology } from '../dev/fixture.ts';
import { classic } from '../dev/plans.ts';
import { plainPatch, plainTopology } from './plain-topology.ts';
import { takeMessages, useTopology } from './topology.ts';

const first = buildTopology(classic, 'lab');
const NIC = 'if:netns:k8s-master/4026531840@boot/2@1';
const HOSTILE = 'eth\u202e0xyz';

function renamed(topology: Topology): Topology {
  const nic = topology.interfaces[NIC];
  const links = topology.evidence['k8s-master:links'];
  if (nic === undefined || links === undefined) throw new Error('the fixture has no NIC');
  return {
    ...topology,
    revision: topology.revision + 1,
    interfaces: { ...topology.interfaces, [NIC]: { ...nic, name: HOSTILE } },
    evidence: { ...topology.evidence, [links.id]: { ...links, command: `ip link show ${HOSTILE}` } },
  };
}

beforeEach(() => {
  takeMessages([{ type: 'topology', topology: first }], 0);
});

it('a name that would turn the text around is drawn with its control characters replaced', () => {
  const drawn = (): string | undefined => useTopology.getState().topology?.interfaces[NIC]?.name;
  takeMessages([{ type: 'patch', patch: diffTopology(first, renamed(first)) }], 0);
  expect(drawn()).toBe('eth\ufffd0xyz');
  takeMessages([{ type: 'topology', topology: first }], 0);
  expect(drawn()).toBe('ens192');
  takeMessages([{ type: 'topology', topology: renamed(first) }], 0);
  expect(drawn()).toBe('eth\ufffd0xyz');
});

it('evidence stays as it was recorded', () => {
  takeMessages([{ type: 'topology', topology: renamed(first) }], 0);
  expect(useTopology.getState().held?.evidence['k8s-master:links']?.command).toBe(`ip link show ${HOSTILE}`);
});

it('ids that hold a name still lead to their thing, and go with it', () => {
  const [session] = Object.values(first.bgp);
  if (session === undefined) throw new Error('the fixture has no session');
  const id = `${session.id}\u202e`;
  const named: Topology = { ...first, revision: 2, bgp: { ...first.bgp, [id]: { ...session, id } } };
  takeMessages([{ type: 'patch', patch: diffTopology(first, named) }], 0);
  const table = useTopology.getState().topology?.bgp ?? {};
  const plainId = `${session.id}\ufffd`;
  expect(table[plainId]?.id).toBe(plainId);
  const gone: Topology = { ...first, revision: 3 };
  takeMessages([{ type: 'patch', patch: diffTopology(named, gone) }], 0);
  expect(useTopology.getState().topology?.bgp[plainId]).toBeUndefined();
});

it('what is plain already is the same object', () => {
  const plain = plainTopology(first);
  expect(plain.interfaces).toBe(first.interfaces);
  expect(plain.forwarding).toBe(first.forwarding);
  const patch = diffTopology(first, { ...renamed(first), interfaces: first.interfaces });
  expect(plainPatch(patch)).toEqual(patch);
  expect(plainPatch(patch).upsert.evidence).toBe(patch.upsert.evidence);
});
