import { describe, expect, it } from 'vitest';
import { parseSettings } from '../probe/node-settings.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { topologyOf } from '../topology/testing/real-node.ts';
import { snapshotOf } from '../topology/testing/synthetic-node.ts';
import { settingsView } from './settings-view.ts';

const pod = {
  ip: '192.168.1.2',
  hostName: 'cali0',
  hostIfindex: 10,
  ifindex: 3,
  nsid: 1,
  inode: 4_026_532_500,
  pid: 500,
  startTicks: 77,
  mac: '02:00:00:00:00:09',
};

function oddities(sysctls: Readonly<Record<string, string>>, device: string | null): string[] {
  const text = Object.entries(sysctls)
    .map(([path, value]) => `sys/net/${path}:${value}\n`)
    .join('');
  const value = parseSettings({
    sysctls: text,
    offloads: '',
    wireguard: '',
    felix: '',
    sockets: '',
  });
  const base = snapshotOf({ label: 'w', at: 100, pods: [pod] });
  const at = { s: 100, ns: 0 };
  const snapshot: NodeSnapshot = {
    ...base,
    settings: { state: 'ok', evidence: [], at, value, sentence: null },
  };
  const known = { topology: topologyOf(snapshot), readings: new Map([['w', { snapshot }]]) };
  return settingsView(known, { label: 'w', device })
    .groups.flatMap(({ rows }) => rows)
    .flatMap(({ name, note, odd }) => (note === null ? [] : `${odd ? 'odd' : 'note'} ${name}: ${note}`));
}

describe('settings of a node', () => {
  it('that forward nothing, or are nearly full, are odd; healthy ones say nothing', () => {
    const healthy = {
      'ipv4/ip_forward': '1',
      'netfilter/nf_conntrack_count': '100',
      'netfilter/nf_conntrack_max': '262144',
    };
    expect(oddities(healthy, null)).toEqual([]);
    expect(
      oddities({ ...healthy, 'ipv4/ip_forward': '0', 'netfilter/nf_conntrack_count': '260000' }, null),
    ).toEqual([
      'odd ip_forward: no IPv4 packet is forwarded',
      'odd connections: 99 % full: new connections are refused soon',
    ]);
  });
});

describe('settings of a Pod’s host end', () => {
  const calico = {
    'ipv4/ip_forward': '1',
    'ipv4/conf/all/rp_filter': '0',
    'ipv4/conf/cali0/forwarding': '1',
    'ipv4/conf/cali0/proxy_arp': '1',
    'ipv4/conf/cali0/rp_filter': '0',
    'ipv4/neigh/cali0/proxy_delay': '0',
  };

  it('as Calico makes them say nothing', () => {
    expect(oddities(calico, 'cali0')).toEqual([]);
  });

  it.each([
    [{ 'ipv4/conf/cali0/forwarding': '0' }, 'odd forwarding: what comes in here is not forwarded'],
    [{ 'ipv4/conf/cali0/proxy_arp': '0' }, 'odd proxy_arp: nobody answers for the Pod’s gateway 169.254.1.1'],
    [{ 'ipv4/neigh/cali0/proxy_delay': '80' }, 'odd proxy_delay: answers for the Pod’s gateway come late'],
    [
      { 'ipv4/conf/all/rp_filter': '1' },
      'note rp_filter: strict: a source must be routed back through where it came in',
    ],
  ])('%j is marked', (change, expected) => {
    expect(oddities({ ...calico, ...change }, 'cali0')).toEqual([expected]);
  });

  it('whose forwarding is off because the node’s is are not told twice', () => {
    expect(
      oddities({ ...calico, 'ipv4/ip_forward': '0', 'ipv4/conf/cali0/forwarding': '0' }, 'cali0'),
    ).toEqual([]);
  });
});
