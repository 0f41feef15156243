// What `ip -j -d` tells of a device beyond what all have (iproute2 ip/iplink_bond.c, iplink_vlan.c, iplink_bridge.c,
// iplink_bridge_slave.c, iplink_netkit.c, iplink_macvlan.c, iplink_ipvlan.c, iplink_vxlan.c, iplink_vrf.c): its own words and values, as they stand.
import { z } from 'zod';

/** Of up to sixty values a kind, those that decide over packets. */
const WANTED: ReadonlySet<string> = new Set([
  ...['mode', 'active_slave', 'primary', 'miimon', 'xmit_hash_policy', 'ad_select'], // bond
  ...['protocol', 'id'], // vlan, vxlan
  'table', // vrf
  ...['stp_state', 'vlan_filtering', 'vlan_protocol', 'ageing_time', 'group_fwd_mask', 'mcast_snooping'], // bridge
  ...['nf_call_iptables', 'nf_call_ip6tables'],
  ...['state', 'hairpin', 'guard', 'learning', 'flood', 'isolated', 'neigh_suppress', 'vlan_tunnel'], // bridge port
  ...['policy', 'peer_policy', 'type'], // netkit
  ...[
    'local',
    'local6',
    'remote',
    'remote6',
    'group',
    'group6',
    'link',
    'port',
    'fwmark',
    'ttl',
    'ageing',
    'proxy',
    'rsc',
  ], // tunnels
  ...['udp_csum', 'udp_zero_csum6_tx', 'udp_zero_csum6_rx', 'pmtudisc', 'vni_filter', 'external'],
]);

const words = z.record(z.string(), z.unknown()).optional().catch(undefined);

export const linkDetailSchema = z.object({
  flags: z.array(z.string()).optional().catch(undefined),
  txqlen: z.number().optional().catch(undefined),
  gso_max_size: z.number().optional().catch(undefined),
  gro_max_size: z.number().optional().catch(undefined),
  qdisc: z.string().optional().catch(undefined),
  linkinfo: z
    .object({
      info_slave_kind: z.string().optional().catch(undefined),
      info_data: words,
      info_slave_data: words,
    })
    .optional()
    .catch(undefined),
});

/** A word of ip's and its value, e.g. `vlan_filtering` and `1`; those of a bridge's or bond's port begin with its kind. */
export type LinkDetail = readonly [name: string, value: string];

export function linkDetails(link: z.infer<typeof linkDetailSchema>): LinkDetail[] {
  const { txqlen, gso_max_size, gro_max_size, qdisc, linkinfo, flags = [] } = link;
  const port = linkinfo?.info_slave_kind ?? 'port';
  return [
    ...chosen(linkinfo?.info_data, ''),
    ...chosen(linkinfo?.info_slave_data, `${port} `),
    // As `ip link set … arp off` calls it.
    ...(flags.includes('NOARP') ? [['arp', 'off'] as const] : []),
    ...chosen({ qdisc, txqlen, gso_max_size, gro_max_size }, '', null),
  ];
}

function chosen(
  values: Readonly<Record<string, unknown>> | undefined,
  prefix: string,
  wanted: ReadonlySet<string> | null = WANTED,
): LinkDetail[] {
  return Object.entries(values ?? {}).flatMap(([name, value]): LinkDetail[] => {
    if (wanted !== null && !wanted.has(name)) return [];
    // A word without a value is printed as null: it is set.
    if (value === null) return [[`${prefix}${name}`, 'on']];
    if (typeof value === 'boolean') return [[`${prefix}${name}`, value ? 'on' : 'off']];
    return typeof value === 'string' || typeof value === 'number'
      ? [[`${prefix}${name}`, String(value)]]
      : [];
  });
}
