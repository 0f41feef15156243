// What goes wrong at a bridge of Pods, and what of it is nobody's fault.
import { describe, expect, it } from 'vitest';
import type { Link } from '../../probe/facts.ts';
import { tracePath } from '../../trace/trace.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { diagnose } from '../diagnose.ts';
import { changed } from '../testing/case.ts';
import {
  bridgedCluster,
  bridgeMac,
  connected,
  entry,
  podMac,
  portMac,
  type BridgedChange,
} from '../testing/bridged-cluster.ts';

/** `ID node/device/Pod` of each finding. */
function found(change: BridgedChange): string[] {
  return diagnose(bridgedCluster({ a: change })).findings.map(
    ({ id, where: { node, interface: device, pod } }) =>
      `${id} ${node ?? ''}/${device ?? ''}/${pod?.replace('default/', '') ?? ''}`,
  );
}

describe('a MAC address that a Pod has entered', () => {
  const knows = (dst: string, mac: string, state = 'PERMANENT') =>
    found({ pods: { 'pod-a-1': { neighbours: [entry(dst, 'eth0', mac, state)] } } });

  it('for its gateway: the bridge’s or that of the Pod’s own port, and nobody else’s', () => {
    expect(knows('192.168.1.1', bridgeMac(0))).toEqual([]);
    expect(knows('192.168.1.1', portMac(0, 1))).toEqual([]);
    const wrong = ['wrong-neighbour a/eth0/pod-a-1'];
    expect(knows('192.168.1.1', portMac(0, 2))).toEqual(wrong);
    expect(knows('192.168.1.1', '02:00:00:00:00:99')).toEqual(wrong);
    expect(knows('192.168.1.1', '02:00:00:00:00:99', 'STALE')).toEqual(wrong);
    expect(knows('192.168.1.1', '02:00:00:00:00:99', 'FAILED')).toEqual([]);
  });

  it('for a Pod beside it; of who is elsewhere nobody knows', () => {
    expect(knows('192.168.1.3', podMac(0, 2))).toEqual([]);
    expect(knows('192.168.1.3', podMac(0, 1))).toEqual(['wrong-neighbour a/eth0/pod-a-1']);
    expect(knows('192.168.1.77', '02:00:00:00:00:99')).toEqual([]);
  });
});

it('a MAC address that the node has entered for a Pod behind its bridge', () => {
  const knows = (mac: string) => found({ neighbours: [entry('192.168.1.2', 'cni0', mac, 'PERMANENT')] });
  expect(knows(podMac(0, 1))).toEqual([]);
  expect(knows('02:00:00:00:00:99')).toEqual(['wrong-neighbour a/cni0/pod-a-1']);
});

it('a port takes what is for its own MAC address; of what is for another port’s, IP takes nothing', () => {
  const end = (mac: string): string => {
    const pod = { neighbours: [entry('192.168.1.1', 'eth0', mac, 'PERMANENT')] };
    const known = bridgedCluster({ a: { pods: { 'pod-a-1': pod } } });
    const asked = { from: 'pod/default/pod-a-1', to: '192.168.2.2', proto: 'icmp', port: null, size: null };
    const answer = tracePath(known, { ...asked, proto: 'icmp' });
    const [path] = answer.ok ? answer.paths : [];
    return path?.stopsAt?.reason ?? path?.verdict ?? '';
  };
  expect(end(bridgeMac(0))).toBe('delivered');
  expect(end(portMac(0, 1))).toBe('delivered');
  expect(end(portMac(0, 2))).toBe('wrong-neighbour');
});

describe('netmask-mismatch', () => {
  const nic = (prefixLength: number) => ({
    nic: { prefixLength, routes: connected('10.0.0.1', prefixLength, 'ens192') },
  });

  it('of a NIC: narrower than its neighbours’, wider, the same, and where nobody reaches it straight', () => {
    expect(found(nic(32))).toEqual(['netmask-mismatch a/ens192/']);
    expect(found(nic(31))).toEqual(['netmask-mismatch a/ens192/']);
    expect(found(nic(16))).toEqual(['netmask-mismatch a/ens192/']);
    expect(found(nic(24))).toEqual([]);
    const apart = ({ neighbours }: NodeSnapshot) => ({
      neighbours: changed(neighbours, (one) =>
        one.dst === '10.0.0.1' ? { ...one, mac: '02:00:00:00:00:fe' } : one,
      ),
    });
    const known = bridgedCluster({ a: nic(32), b: { facts: apart }, c: { facts: apart } });
    expect(diagnose(known).findings.map(({ id }) => id)).not.toContain('netmask-mismatch');
  });

  it('of all NICs alike it is as somebody wants it', () => {
    const all = Object.fromEntries(
      (['a', 'b', 'c'] as const).map((label, at) => [
        label,
        { nic: { prefixLength: 32, routes: connected(`10.0.0.${String(at + 1)}`, 32, 'ens192') } },
      ]),
    );
    expect(diagnose(bridgedCluster(all)).findings.map(({ id }) => id)).not.toContain('netmask-mismatch');
  });

  it('of a Pod that takes Pods of other nodes for near; of one whose gateway is near all the same it is none', () => {
    const pod = (prefixLength: number) => found({ pods: { 'pod-a-1': { prefixLength } } });
    expect(pod(16)).toEqual(['netmask-mismatch a/eth0/pod-a-1']);
    expect(pod(29)).toEqual([]);
  });

  it('of a bridge whose route does not reach its Pods any more', () => {
    expect(found({ bridge: { prefixLength: 32 } })).toEqual(['netmask-mismatch a/cni0/']);
  });
});

describe('a Pod’s way out by its bridge', () => {
  const routed = (via: string | null, prefixLength = 24) =>
    found({
      pods: {
        'pod-a-1': {
          prefixLength,
          routes: [
            ...(via === null ? [] : [route('0.0.0.0/0', { dev: 'eth0', via })]),
            ...connected('192.168.1.2', prefixLength, 'eth0'),
          ],
        },
      },
    });

  it('pod-default-route-missing: none, or one that leads to nobody', () => {
    const missing = ['pod-default-route-missing a/eth0/pod-a-1'];
    expect(routed(null)).toEqual(missing);
    expect(routed('192.168.1.77')).toEqual(missing);
    expect(routed('192.168.1.1')).toEqual([]);
  });

  it('silent where routes of its own lead to the others', () => {
    const routes = [
      route('192.168.0.0/16', { dev: 'eth0', via: '192.168.1.1' }),
      route('10.0.0.0/8', { dev: 'eth0', via: '192.168.1.1' }),
      ...connected('192.168.1.2', 24, 'eth0'),
    ];
    expect(found({ pods: { 'pod-a-1': { routes } } })).toEqual([]);
  });
});

describe('an address that two behind a bridge have', () => {
  const also = (address: string) => found({ pods: { 'pod-a-2': { addresses: [address] } } });

  it('duplicate-pod-ip: another Pod’s, or the bridge’s', () => {
    expect(also('192.168.1.2')).toEqual(['duplicate-pod-ip a/eth0/pod-a-2']);
    expect(also('192.168.1.1')).toEqual(['duplicate-pod-ip a/eth0/pod-a-2']);
  });

  it('silent for one that nobody else there has', () => {
    expect(also('192.168.1.200')).toEqual([]);
  });

  it('duplicate-pod-ip: one of that link which Kubernetes gave to neither; silent where nobody asks that link for it', () => {
    const both = (address: string) =>
      found({ pods: { 'pod-a-1': { addresses: [address] }, 'pod-a-2': { addresses: [address] } } });
    expect(both('192.168.1.200')).toEqual([
      'duplicate-pod-ip a/eth0/pod-a-1',
      'duplicate-pod-ip a/eth0/pod-a-2',
    ]);
    // What a kernel has on lo of each is not told apart from what it has on eth0.
    expect(both('10.55.0.1')).toEqual([]);
  });
});

describe('bridge-port-blocked', () => {
  const ports = (details: NonNullable<Link['details']>, ...names: string[]) => ({
    links: (one: Link) => (names.includes(one.name) ? { ...one, details } : one),
  });
  const blocked = ['bridge-port-blocked a/vetha1/pod-a-1'];

  it('a port in a state that passes nothing', () => {
    expect(found(ports([['bridge state', 'blocking']], 'vetha1'))).toEqual(blocked);
    // As ip wrote it before 4.20.
    expect(found(ports([['bridge state', '4']], 'vetha1'))).toEqual(blocked);
    expect(found(ports([['bridge state', 'forwarding']], 'vetha1', 'vetha2'))).toEqual([]);
  });

  it('two isolated ports, told at one of them; one alone hinders nobody', () => {
    const isolated = (...names: string[]) =>
      diagnose(bridgedCluster({ a: ports([['bridge isolated', 'on']], ...names) }));
    expect(isolated('vetha1').findings).toEqual([]);
    const { findings } = isolated('vetha1', 'vetha2');
    expect(findings.map(({ id, where, severity }) => [id, where.node, where.interface, severity])).toEqual([
      // All Pods' ports are so: it may be meant.
      ['bridge-port-blocked', 'a', expect.stringMatching(/^vetha[12]$/), 'warning'],
    ]);
  });

  it('silent while STP still listens at a port', () => {
    const listening = (stp: string) =>
      found({
        links: (one) =>
          one.name === 'vetha1'
            ? { ...one, details: [['bridge state', 'listening']] }
            : one.name === 'cni0'
              ? { ...one, details: [['stp_state', stp]] }
              : one,
      });
    expect(listening('1')).toEqual([]);
    expect(listening('0')).toEqual(blocked);
  });
});
