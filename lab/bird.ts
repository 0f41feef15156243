import { POD_POOL, POD_POOL6 } from './addressing.ts';
import { type BgpPeer, bgpPeersOf } from './bgp-peers.ts';
import type { LabPlan, NodePlan } from './lab-plan.ts';

// Calico's own BIRD configuration (confd/etc/calico/confd/templates/bird.cfg.template and bird_ipam.cfg.template),
// written for BIRD 2: a full mesh or route reflectors, block routes as blackholes, /32s behind them. Left as Calico sets it: graceful
// restart (peers keep a dead node's routes for 120 s), persist, hold time 240 s. Shorter than Calico's: only the
// delays before a session is tried (again).

export function birdConfig(plan: LabPlan, node: NodePlan): string {
  return config(node, {
    channel: 'ipv4',
    log: 'bird',
    pool: POD_POOL,
    block: node.block,
    address: node.address,
    peers: bgpPeersOf(plan, node),
  });
}

/** In a lab with IPv6. */
export function bird6Config(plan: LabPlan, node: NodePlan): string {
  const { block6 = '', address6 = '' } = node;
  const peers = bgpPeersOf(plan, node, ({ address6: other }) => other);
  return config(node, {
    channel: 'ipv6',
    log: 'bird6',
    pool: POD_POOL6,
    block: block6,
    address: address6,
    peers,
  });
}

interface Family {
  readonly channel: 'ipv4' | 'ipv6';
  readonly log: string;
  readonly pool: string;
  readonly block: string;
  readonly address: string;
  readonly peers: readonly BgpPeer[];
}

function config(node: NodePlan, { channel, log, pool, block, address, peers }: Family): string {
  return `# Made by the lab after Calico's bird.cfg.
log "/var/log/${log}.log" all;
router id ${node.address};

filter calico_export_to_bgp_peers {
  # Only whole blocks leave this node; its /32s stay behind them.
  if ( net = ${block} ) then accept;
  if ( net ~ ${block} ) then reject;
  if ( net ~ ${pool} ) then accept;
  reject;
}

filter calico_kernel_programming {
  # BIRD 2 would install connected networks a second time, and fail at metric 0.
  if ( source = RTS_DEVICE ) then reject;
  accept;
}

protocol kernel {
  learn;
  persist;
  scan time 2;
  metric 0;
  graceful restart;
  ${channel} {
    import all;
    export filter calico_kernel_programming;
  };
}

protocol device {
  scan time 2;
}

protocol direct {
  interface -"cali*", -"kube-ipvs*", "*";
  ${channel};
}

# IP blocks of this node.
protocol static {
  ${channel};
  route ${block} blackhole;
}

template bgp bgp_template {
  description "Connection to BGP peer";
  local as 64512;
  multihop;
  graceful restart;
  connect delay time 1;
  connect retry time 2;
  error wait time 1, 4;
  ${channel} {
    import all;
    export filter calico_export_to_bgp_peers;
    gateway recursive;
  };
}
${peers.map((peer) => peerProtocol(address, peer)).join('')}`;
}

function peerProtocol(address: string, { protocol, neighbour, clusterId }: BgpPeer): string {
  return `
protocol bgp ${protocol} from bgp_template {
  neighbor ${neighbour} as 64512;
  source address ${address};${clusterId === null ? '' : `\n  rr client;\n  rr cluster id ${clusterId};`}
}
`;
}
