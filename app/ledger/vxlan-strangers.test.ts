// By both ends' settings; that the kernel drops such frames, and no others, is in drops-of-the-kernel.test.ts.
import { expect, it } from 'vitest';
import type { ForwardingEntry, Tunnel } from '../probe/facts.ts';
import { buildTopology, emptyTopology } from '../topology/build.ts';
import { inputOf } from '../topology/testing/synthetic-node.ts';
import { vxlanStrangers } from './vxlan-strangers.ts';

interface End {
  readonly vni: number | null;
  readonly mac: string;
  readonly port?: number;
  readonly remote?: string;
}

const OWN: End = { vni: 4096, mac: '66:00:00:00:00:01' };
const TO_US: ForwardingEntry = {
  mac: '66:00:00:00:00:03',
  dev: 'vxlan.calico',
  dst: '10.0.0.1',
  master: null,
  vlan: null,
  permanent: true,
};

/** What node `a` (10.0.0.1) has to say of what `b` (10.0.0.2) sends. */
function told(own: End | null, theirs: End, fdb: readonly ForwardingEntry[] = [TO_US]): string[] {
  const ends = { a: own, b: theirs };
  const input = inputOf([
    { label: 'a', at: 100, address: '10.0.0.1' },
    { label: 'b', at: 100, address: '10.0.0.2' },
  ]);
  const readings = new Map(
    Object.entries(input.readings).map(([label, reading]) => {
      const { snapshot } = reading;
      const end = label === 'a' ? ends.a : ends.b;
      const [first] = snapshot.links?.value ?? [];
      if (snapshot.links === null || snapshot.fdb === null || first === undefined)
        throw new Error('no links');
      const tunnel: Tunnel = {
        vni: end?.vni ?? null,
        port: end?.port ?? 4789,
        local: null,
        remote: end?.remote ?? null,
        lower: null,
      };
      const device = {
        ...first,
        ifindex: 9,
        name: 'vxlan.calico',
        kind: 'vxlan' as const,
        peerIfindex: null,
        peerNsid: null,
        mac: end?.mac ?? '',
        tunnel,
      };
      const links = { ...snapshot.links, value: end === null ? [first] : [first, device] };
      return [
        label,
        {
          ...reading,
          snapshot: { ...snapshot, links, fdb: { ...snapshot.fdb, value: label === 'b' ? fdb : [] } },
        },
      ];
    }),
  );
  const topology = buildTopology(emptyTopology('test'), { ...input, readings: Object.fromEntries(readings) });
  return vxlanStrangers(topology, readings, 'a').map(({ why }) => why);
}

it('names who sends VXLAN of a number that no device here has, or from the MAC of the one that has it', () => {
  expect(told(OWN, { vni: 4097, mac: '66:00:00:00:00:02' })).toEqual([
    'b sends VXLAN with VNI 4097; here is only VNI 4096 (vxlan.calico)',
  ]);
  expect(told(OWN, { ...OWN })).toEqual([
    'b sends VXLAN with VNI 4096 from 66:00:00:00:00:01, the MAC of vxlan.calico here, too',
  ]);
  expect(told(OWN, { vni: 4097, mac: '66:00:00:00:00:02', remote: '10.0.0.1' }, [])).toHaveLength(1);
});

it('names nobody whose frames are taken, counted elsewhere, or sent to others', () => {
  expect(told(OWN, { vni: 4096, mac: '66:00:00:00:00:02' })).toEqual([]);
  expect(told({ ...OWN, vni: null }, { vni: 4097, mac: '66:00:00:00:00:02' })).toEqual([]);
  expect(told(null, { vni: 4097, mac: '66:00:00:00:00:02' })).toEqual([]);
  expect(told(OWN, { vni: 4097, mac: '66:00:00:00:00:02', port: 8472 })).toEqual([]);
  expect(told(OWN, { vni: 4097, mac: '66:00:00:00:00:02' }, [])).toEqual([]);
  expect(told(OWN, { vni: 4097, mac: '66:00:00:00:00:02' }, [{ ...TO_US, dst: '10.0.0.9' }])).toEqual([]);
});
