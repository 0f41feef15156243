import { meshProtocol, POD_POOL } from './addressing.ts';
import type { LabPlan, NodePlan } from './plan.ts';

// Calico's own BIRD configuration (confd/etc/calico/confd/templates/bird.cfg.template and bird_ipam.cfg.template),
// written for BIRD 2: a full mesh, block routes as blackholes, /32s behind them. Left as Calico sets it: graceful
// restart (peers keep a dead node's routes for 120 s), persist, hold time 240 s. Shorter than Calico's: only the
// delays before a session is tried (again).

export function birdConfig(plan: LabPlan, node: NodePlan): string {
  const peers = plan.nodes.filter((peer) => peer.index !== node.index);
  return `# Made by the lab after Calico's bird.cfg.
log "/var/log/bird.log" all;
router id ${node.address};

filter calico_export_to_bgp_peers {
  # Only whole blocks leave this node; its /32s stay behind them.
  if ( net = ${node.block} ) then accept;
  if ( net ~ ${node.block} ) then reject;
  if ( net ~ ${POD_POOL} ) then accept;
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
  ipv4 {
    import all;
    export filter calico_kernel_programming;
  };
}

protocol device {
  scan time 2;
}

protocol direct {
  interface -"cali*", -"kube-ipvs*", "*";
  ipv4;
}

# IP blocks of this node.
protocol static {
  ipv4;
  route ${node.block} blackhole;
}

template bgp bgp_template {
  description "Connection to BGP peer";
  local as 64512;
  multihop;
  graceful restart;
  connect delay time 1;
  connect retry time 2;
  error wait time 1, 4;
  ipv4 {
    import all;
    export filter calico_export_to_bgp_peers;
    gateway recursive;
  };
}
${peers.map((peer) => meshPeer(node, peer)).join('')}`;
}

function meshPeer(node: NodePlan, peer: NodePlan): string {
  return `
protocol bgp ${meshProtocol(peer.address)} from bgp_template {
  neighbor ${peer.address} as 64512;
  source address ${node.address};
}
`;
}
