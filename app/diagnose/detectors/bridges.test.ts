// What goes wrong at a bridge of Pods, and what of it is nobody's fault.
import { describe, expect, it } from 'vitest';
import { tracePath } from '../../trace/trace.ts';
import { diagnose } from '../diagnose.ts';
import {
  bridgedCluster,
  bridgeMac,
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
