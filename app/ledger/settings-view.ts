// What is set on a node or at one of its interfaces, in words, and what of it is odd: that packets of Pods depend on it and it is not
// as Calico or kube-proxy set it. Strict rp_filter is a note, since it is many systems' default (FIELD-NOTES §8).
import type { ForwardingEntry, Link } from '../probe/facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import type { SettingsReading } from '../probe/settings-facts.ts';
import type { InterfaceEntity, Topology } from '../topology/model.ts';
import { livingNode } from './living-node.ts';
import {
  bounded,
  listeningGroup,
  note,
  odd,
  rows,
  type Get,
  type Judgement,
  type SettingRow,
  type SettingsView,
  type WholeGroup,
} from './setting-rows.ts';

export interface SettingsRequest {
  readonly label: string;
  /** Name of an interface of the node's own namespace; null: the node. */
  readonly device: string | null;
}

export interface SettingsKnown {
  readonly topology: Topology;
  readonly readings: ReadonlyMap<string, { readonly snapshot: NodeSnapshot }>;
}

/** A table this full is about to refuse new connections (FIELD-NOTES §8). */
const FULL = 0.95;

export function settingsView(
  { topology, readings }: SettingsKnown,
  { label, device }: SettingsRequest,
): SettingsView {
  const snapshot = readings.get(label)?.snapshot;
  const section = snapshot?.settings ?? null;
  const reading = section?.value ?? null;
  if (section === null || reading === null) {
    const sentence = section?.sentence ?? `The settings of ${label} have not been read yet.`;
    return { at: null, sentence, groups: [] };
  }
  const groups =
    device === null
      ? nodeGroups(reading)
      : [
          linkGroup(snapshot?.links?.value ?? [], device),
          ...deviceGroups(reading, snapshot?.fdb?.value ?? [], device, interfaceOf(topology, label, device)),
        ];
  return {
    at: section.at,
    sentence: section.sentence,
    groups: groups.filter(({ rows }) => rows.length > 0).map(bounded),
  };
}

function linkGroup(links: readonly Link[], device: string): WholeGroup {
  const details = links.find(({ name }) => name === device)?.details ?? [];
  return { title: 'Device', rows: details.map(([name, value]) => ({ name, value, note: null, odd: false })) };
}

function nodeGroups(reading: SettingsReading): WholeGroup[] {
  const get: Get = (path) => reading.sysctls.get(path) ?? null;
  return [
    {
      title: 'Forwarding',
      rows: rows(get, [
        [
          'ip_forward',
          'ipv4/ip_forward',
          (value) => (value === '0' ? odd('no IPv4 packet is forwarded') : null),
        ],
        [
          'IPv6 forwarding',
          'ipv6/conf/all/forwarding',
          (value) => (value === '0' ? note('no IPv6 packet is forwarded') : null),
        ],
        ['rp_filter of all', 'ipv4/conf/all/rp_filter', strictness],
        [
          'bridge-nf-call-iptables',
          'bridge/bridge-nf-call-iptables',
          (value) => (value === '0' ? note('bridged packets pass no rule') : null),
        ],
        ['fib_multipath_hash_policy', 'ipv4/fib_multipath_hash_policy', () => null],
      ]),
    },
    { title: 'Connection tracking', rows: conntrackRows(get) },
    {
      title: 'Limits',
      rows: rows(get, [
        ['somaxconn', 'core/somaxconn', () => null],
        ['tcp_max_syn_backlog', 'ipv4/tcp_max_syn_backlog', () => null],
        ['netdev_max_backlog', 'core/netdev_max_backlog', () => null],
        ['rmem_max', 'core/rmem_max', () => null],
        ['wmem_max', 'core/wmem_max', () => null],
        ['neighbours (gc_thresh3)', 'ipv4/neigh/default/gc_thresh3', () => null],
        ['IPv6 neighbours (gc_thresh3)', 'ipv6/neigh/default/gc_thresh3', () => null],
        ['local ports', 'ipv4/ip_local_port_range', () => null],
        ['icmp_ratelimit', 'ipv4/icmp_ratelimit', () => null],
      ]),
    },
    {
      title: 'Felix',
      rows: [...reading.felix].map(([name, value]) => ({ name, value, note: null, odd: false })),
    },
    ...(reading.sockets === null
      ? []
      : [
          listeningGroup(
            reading.sockets.filter(({ pid }) => pid === null),
            reading.socketsCut.filter(({ pid }) => pid === null),
          ),
        ]),
  ];
}

function deviceGroups(
  reading: SettingsReading,
  fdb: readonly ForwardingEntry[],
  device: string,
  entity: InterfaceEntity | null,
): WholeGroup[] {
  const get: Get = (path) => reading.sysctls.get(path) ?? null;
  const conf = `ipv4/conf/${device}`;
  const workload = entity?.role === 'workload';
  const forwards = get('ipv4/ip_forward') === '1';
  const proxies = get(`${conf}/proxy_arp`) === '1' || get('ipv4/conf/all/proxy_arp') === '1';
  // Only Calico's Pods have a gateway that nobody has.
  const calico = workload && device.startsWith('cali');
  return [
    {
      title: 'Settings',
      rows: rows(get, [
        [
          'forwarding',
          `${conf}/forwarding`,
          (value) =>
            value === '0' && forwards && device !== 'lo' ? odd('what comes in here is not forwarded') : null,
        ],
        [
          'rp_filter',
          `${conf}/rp_filter`,
          (value) => strictness(stricter(value, get('ipv4/conf/all/rp_filter'))),
        ],
        [
          'proxy_arp',
          `${conf}/proxy_arp`,
          (value) =>
            value === '0' && calico && !proxies
              ? odd('nobody answers for the Pod’s gateway 169.254.1.1')
              : null,
        ],
        [
          'proxy_delay',
          `ipv4/neigh/${device}/proxy_delay`,
          (value) => (value !== '0' && calico ? odd('answers for the Pod’s gateway come late') : null),
        ],
        ['accept_local', `${conf}/accept_local`, () => null],
        ['src_valid_mark', `${conf}/src_valid_mark`, () => null],
        ['arp_ignore', `${conf}/arp_ignore`, () => null],
        ['arp_announce', `${conf}/arp_announce`, () => null],
        ['send_redirects', `${conf}/send_redirects`, () => null],
        ['route_localnet', `${conf}/route_localnet`, () => null],
        ['IPv6 off', `ipv6/conf/${device}/disable_ipv6`, () => null],
        ['IPv6 forwarding', `ipv6/conf/${device}/forwarding`, () => null],
        ['proxy_ndp', `ipv6/conf/${device}/proxy_ndp`, () => null],
        ['accept_ra', `ipv6/conf/${device}/accept_ra`, () => null],
      ]),
    },
    {
      title: 'Offloads',
      rows: [...(reading.offloads.get(device) ?? [])].map(([name, value]) => ({
        name,
        value,
        note: null,
        odd: false,
      })),
    },
    {
      title: 'Forwarding entries',
      rows: fdb
        .filter((entry) => entry.dev === device && entry.dst !== null)
        .map(({ mac, dst, permanent }) => ({
          name: mac,
          value: dst ?? '',
          note: permanent ? 'fixed' : 'learned',
          odd: false,
        })),
    },
    {
      title: 'WireGuard peers',
      rows: (reading.wireguard ?? [])
        .filter((peer) => peer.device === device)
        .map((peer) => ({
          name: peer.endpoint ?? peer.key,
          value: peer.allowedIps.join(', '),
          note: peer.latestHandshake === null ? 'no handshake yet' : null,
          odd: peer.latestHandshake === null,
        })),
    },
  ];
}

/** The kernel takes the larger of `all` and the interface's own. */
function stricter(own: string, all: string | null): string {
  return all !== null && Number(all) > Number(own) ? all : own;
}

function strictness(value: string): Judgement | null {
  if (value === '1') return note('strict: a source must be routed back through where it came in');
  return value === '2' ? note('loose: a source must be routable') : null;
}

function conntrackRows(get: Get): SettingRow[] {
  const [count, max] = [get('netfilter/nf_conntrack_count'), get('netfilter/nf_conntrack_max')];
  if (count === null || max === null) return [];
  const share = Number(max) === 0 ? 0 : Number(count) / Number(max);
  const full = {
    note: `${String(Math.round(share * 100))} % full: new connections are refused soon`,
    odd: true,
  };
  return [
    {
      name: 'connections',
      value: `${count} of ${max}`,
      ...(share >= FULL ? full : { note: null, odd: false }),
    },
    ...rows(get, [
      ['buckets', 'netfilter/nf_conntrack_buckets', () => null],
      ['tcp_be_liberal', 'netfilter/nf_conntrack_tcp_be_liberal', () => null],
    ]),
  ];
}

function interfaceOf(topology: Topology, label: string, name: string): InterfaceEntity | null {
  const root = livingNode(topology, label)?.rootNetns;
  return (
    Object.values(topology.interfaces).find(
      (one) => one.netnsId === root && one.name === name && one.until === null,
    ) ?? null
  );
}
