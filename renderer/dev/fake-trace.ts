// Made-up traces through the made-up cluster: one that arrives, and those that do not. Development only.
import type {
  SeenAs,
  TraceAnswer,
  TraceFlow,
  TraceHop,
  TracePath,
  TraceRule,
} from '../../app/trace/model.ts';
import { stepOf } from '../../app/trace/step.ts';
import type { ServicesNamed } from '../../app/trace/services-named.ts';

export type TracePlan = 'delivered' | 'dropped' | 'rejected' | 'service' | 'unknown' | 'refused' | 'tunnel';

export const fakeTraceServices: ServicesNamed = {
  services: [
    { end: 'svc/default/demo', addresses: ['10.96.7.7'], ports: [{ proto: 'tcp', port: 80 }] },
    { end: 'svc/kube-system/kube-dns', addresses: ['10.96.0.10'], ports: [{ proto: 'udp', port: 53 }] },
  ],
  more: 0,
};

const root = (node: string): string => `netns:${node}/4026531840@boot`;
const inner = (node: string): string => `netns:${node}/4026532200@4000`;
const [ONE, TWO] = ['k8s-worker-1', 'k8s-worker-2'];
const FLOW = 'tcp 192.168.1.2:40000 → 192.168.2.3:8080';
const SEEN: SeenAs = {
  protocol: 6,
  src: '192.168.1.2',
  dst: '192.168.2.3',
  sport: 40_000,
  dport: 8080,
  icmpType: null,
  carried: false,
};

function rule(chain: string, number: number, text: string, did: string, owner: string | null): TraceRule {
  return {
    table: 'filter',
    backend: 'nft-compat',
    family: 'ip',
    chain,
    number,
    text,
    did,
    owner,
    packets: 1_204,
  };
}

function route(dst: string, proto: string, text: string): NonNullable<TraceHop['route']> {
  const owner =
    proto === 'bird' ? 'BIRD: learned by BGP, or this node’s own block' : 'Felix (Calico): protocol 80';
  return { dst, table: 'main', proto, owner, text, rule: '32766: from all lookup main' };
}

const IFINDEXES: Readonly<Record<string, string>> = { ens192: '2', eth0: '3', 'vxlan.calico': '500' };

type HopSaid = Pick<TraceHop, 'node' | 'ingress' | 'egress' | 'action' | 'because'> & Partial<TraceHop>;

function hop(said: HopSaid): TraceHop {
  const { node, isPod = false } = said;
  const netnsId = isPod ? inner(node) : root(node);
  const idOf = (name: string | null): string | null => {
    if (name === null) return null;
    return `if:${netnsId}/${IFINDEXES[name] ?? '10'}@1`;
  };
  const seen = { ...SEEN, carried: said.packet?.startsWith('VXLAN') ?? false };
  return {
    nodeId: `node:${node}`,
    netnsId,
    place: node,
    isPod,
    ingressId: idOf(said.ingress),
    egressId: idOf(said.egress),
    nextHop: null,
    route: null,
    steps: [],
    packet: FLOW,
    came: said.ingress === null ? null : seen,
    left: said.egress === null ? null : seen,
    evidence: [],
    ...said,
  };
}

const toTwo = route('192.168.2.0/24', 'bird', '192.168.2.0/24 via 10.12.22.152 dev ens192 proto bird');
const toPod = route('192.168.2.3/32', '80', '192.168.2.3 dev calia4d5046802b proto 80 scope link');
const forwards = stepOf({
  stage: 'forward',
  sentence: 'FORWARD lets it pass: Calico accepts it for the policy default/allow-http.',
  rules: [
    rule(
      'FORWARD',
      1,
      '-A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
      'jumps to cali-FORWARD',
      'Calico',
    ),
    rule(
      'cali-FORWARD',
      3,
      '-A cali-FORWARD -i cali+ -j cali-from-wl-dispatch',
      'jumps to cali-from-wl-dispatch',
      'Calico',
    ),
    rule(
      'cali-fw-calid9d486e54a8',
      5,
      '-A cali-fw-calid9d486e54a8 -m mark --mark 0x10000/0x10000 -j ACCEPT',
      'accepted',
      'Calico',
    ),
  ],
  command: 'iptables-save -c -t filter',
});

const sends = hop({
  node: ONE,
  isPod: true,
  place: 'c2c-network-demo on k8s-worker-1',
  ingress: null,
  egress: 'eth0',
  action: 'send',
  nextHop: '169.254.1.1',
  route: route('0.0.0.0/0', 'boot', 'default via 169.254.1.1 dev eth0'),
  because: '192.168.2.3 goes by eth0 to 169.254.1.1: the default route leads there.',
  steps: [
    stepOf({
      stage: 'route',
      sentence: '192.168.2.3 goes by eth0 to 169.254.1.1: the default route leads there.',
      command: 'nsenter -t 4000 -n ip route get 192.168.2.3 from 192.168.1.2 ipproto tcp dport 8080',
    }),
    stepOf({
      stage: 'neighbour',
      device: 'eth0',
      sentence: '169.254.1.1 is at ee:ee:ee:ee:ee:ee, as the node’s end of the veth answers for it.',
    }),
  ],
});
const crosses = hop({
  node: ONE,
  ingress: 'calid9d486e54a8',
  egress: 'ens192',
  action: 'forward',
  nextHop: '10.12.22.152',
  route: toTwo,
  because: '192.168.2.3 goes by ens192 to 10.12.22.152: the route 192.168.2.0/24 leads there.',
  steps: [
    stepOf({ stage: 'receive', device: 'calid9d486e54a8', sentence: 'It comes in by calid9d486e54a8.' }),
    stepOf({
      stage: 'route',
      sentence: '192.168.2.3 goes by ens192 to 10.12.22.152: the route 192.168.2.0/24 leads there.',
      route: toTwo,
      command: 'ip route get 192.168.2.3 from 192.168.1.2 iif calid9d486e54a8 ipproto tcp dport 8080',
    }),
    forwards,
    stepOf({
      stage: 'wire',
      sentence: 'ens192 of k8s-worker-2 has 10.12.22.152 and takes the frame.',
      presumed: ['What lies between the nodes is not seen: that it passes all is presumed.'],
    }),
  ],
});
const arrives = hop({
  node: TWO,
  ingress: 'ens192',
  egress: 'calia4d5046802b',
  action: 'forward',
  nextHop: '192.168.2.3',
  route: toPod,
  because: '192.168.2.3 goes by calia4d5046802b: the route 192.168.2.3 leads there.',
  steps: [forwards],
});
const takes = hop({
  node: TWO,
  isPod: true,
  place: 'c2c-network-demo-w2 on k8s-worker-2',
  ingress: 'eth0',
  egress: null,
  action: 'deliver',
  because: 'A socket listens on 0.0.0.0:8080 and takes it.',
  steps: [
    stepOf({
      stage: 'deliver',
      sentence: 'A socket listens on 0.0.0.0:8080 and takes it.',
      command: 'nsenter -t 4000 -n ss -lntu',
    }),
  ],
});

const delivered: TracePath = {
  share: 1,
  endpoint: null,
  verdict: 'delivered',
  sentence: 'It arrives at c2c-network-demo-w2, port 8080.',
  hops: [sends, crosses, arrives, takes],
  stopsAt: null,
  mtu: 1_440,
};

const blackhole =
  '192.168.2.3 is dropped: the route blackhole 192.168.2.0/24 is the longest that fits, for the Pod’s own /32 is not there.';
const dropped: TracePath = {
  share: 1,
  endpoint: null,
  verdict: 'dropped',
  sentence: `It is dropped on k8s-worker-2 after ens192: the block’s blackhole took it, for 192.168.2.3/32 is missing.`,
  hops: [
    sends,
    crosses,
    hop({
      node: TWO,
      ingress: 'ens192',
      egress: null,
      action: 'drop',
      route: route('192.168.2.0/24', 'bird', 'blackhole 192.168.2.0/24 proto bird'),
      because: blackhole,
      steps: [
        stepOf({ stage: 'receive', device: 'ens192', sentence: 'It comes in by ens192.' }),
        stepOf({
          stage: 'route',
          outcome: 'stops',
          sentence: blackhole,
          command: 'ip route get 192.168.2.3 from 192.168.1.2 iif ens192 ipproto tcp dport 8080',
        }),
      ],
    }),
  ],
  stopsAt: {
    node: TWO,
    netnsId: root(TWO),
    interface: 'ens192',
    interfaceId: `if:${root(TWO)}/2@1`,
    reason: 'blackhole',
  },
  mtu: null,
};

const denies = 'cali-tw-calia4d5046802b rejects it with icmp-port-unreachable: no policy allows it.';
const rejected: TracePath = {
  ...dropped,
  verdict: 'rejected',
  sentence: 'It is rejected on k8s-worker-2: no policy lets it in to c2c-network-demo-w2.',
  hops: [
    sends,
    crosses,
    {
      ...arrives,
      egress: null,
      egressId: null,
      action: 'reject',
      because: denies,
      steps: [
        stepOf({
          stage: 'forward',
          outcome: 'stops',
          sentence: denies,
          rules: [
            rule('FORWARD', 1, '-A FORWARD -j cali-FORWARD', 'jumps to cali-FORWARD', 'Calico'),
            rule(
              'cali-tw-calia4d5046802b',
              9,
              '-A cali-tw-calia4d5046802b -m comment --comment "Drop if no profiles matched" -j REJECT',
              'rejected',
              'Calico',
            ),
          ],
          command: 'iptables-save -c -t filter',
        }),
      ],
    },
  ],
  stopsAt: {
    node: TWO,
    netnsId: root(TWO),
    interface: 'calia4d5046802b',
    interfaceId: `if:${root(TWO)}/10@1`,
    reason: 'filter-reject',
  },
};

const unknown: TracePath = {
  ...dropped,
  verdict: 'unknown',
  sentence:
    'On k8s-worker-2 it is not known: a rule asks a program (NFQUEUE), and nobody knows what that says.',
  hops: [
    sends,
    crosses,
    {
      ...arrives,
      egress: null,
      egressId: null,
      action: 'unknown',
      because:
        'A rule of FORWARD hands it to a program by queue 0 (NFQUEUE): what that decides is not known.',
    },
  ],
  stopsAt: { node: TWO, netnsId: root(TWO), interface: null, interfaceId: null, reason: 'unknown' },
};

const back: TracePath = {
  ...delivered,
  sentence: 'The answer arrives at c2c-network-demo.',
  hops: [
    {
      ...takes,
      ingress: null,
      ingressId: null,
      egress: 'eth0',
      egressId: `if:${inner(TWO)}/3@1`,
      action: 'send',
    },
    {
      ...arrives,
      ingress: arrives.egress,
      ingressId: arrives.egressId,
      egress: 'ens192',
      egressId: arrives.ingressId,
      nextHop: '10.12.22.151',
      route: route('192.168.1.0/24', 'bird', '192.168.1.0/24 via 10.12.22.151 dev ens192 proto bird'),
    },
    {
      ...crosses,
      ingress: 'ens192',
      ingressId: crosses.egressId,
      egress: crosses.ingress,
      egressId: crosses.ingressId,
      nextHop: '192.168.1.2',
      route: route('192.168.1.2/32', '80', '192.168.1.2 dev calid9d486e54a8 proto 80 scope link'),
    },
    { ...sends, ingress: 'eth0', ingressId: sends.egressId, egress: null, egressId: null, action: 'deliver' },
  ],
};

const staleFlow: TraceFlow = {
  packet: 'udp 192.168.1.2:40112 → 10.96.7.7:80',
  count: 3,
  differs: true,
  sentence:
    '3 connections that conntrack has go another way than a new one: each is dropped as udp 192.168.1.2:40112 → 192.168.2.7:8080. The route 192.168.2.0/26 is a blackhole: 192.168.2.7 goes nowhere, and nobody is told. A new one goes by today’s rules: It arrives at c2c-network-demo-w2.',
  path: dropped,
  reverse: null,
};

const carried = `VXLAN 4096 10.12.22.151 → 10.12.22.152 · ${FLOW}`;
const tunnelled: TracePath = {
  ...delivered,
  mtu: 1_450,
  hops: [
    sends,
    hop({
      node: ONE,
      ingress: 'calid9d486e54a8',
      egress: 'vxlan.calico',
      action: 'forward',
      nextHop: '192.168.2.0',
      route: route('192.168.2.0/24', '80', '192.168.2.0/24 via 192.168.2.0 dev vxlan.calico proto 80 onlink'),
      because: '192.168.2.3 goes by vxlan.calico to 192.168.2.0: the route 192.168.2.0/24 leads there.',
      steps: [forwards],
    }),
    hop({
      node: ONE,
      ingress: null,
      egress: 'ens192',
      action: 'send',
      nextHop: '10.12.22.152',
      route: route('10.12.0.0/16', 'kernel', '10.12.0.0/16 dev ens192 proto kernel src 10.12.22.151'),
      because: '10.12.22.152 goes straight out of ens192: the route 10.12.0.0/16 leads there.',
      packet: carried,
    }),
    hop({
      node: TWO,
      ingress: 'ens192',
      egress: null,
      action: 'deliver',
      route: route('10.12.22.152/32', 'kernel', 'local 10.12.22.152/32 dev ens192 table local proto kernel'),
      because: '10.12.22.152 is an address of k8s-worker-2 itself.',
      packet: carried,
    }),
    { ...arrives, ingress: 'vxlan.calico', ingressId: `if:${root(TWO)}/500@1` },
    takes,
  ],
};

export function fakeTrace(plan: TracePlan): TraceAnswer {
  if (plan === 'refused')
    return {
      ok: false,
      sentence:
        'There is no Pod, node or Service nobody; there are default/c2c-network-demo, default/c2c-network-demo-w2, k8s-master, k8s-worker-1, k8s-worker-2.',
    };
  const paths: Record<Exclude<TracePlan, 'refused'>, TracePath[]> = {
    delivered: [delivered],
    dropped: [dropped],
    rejected: [rejected],
    unknown: [unknown],
    tunnel: [tunnelled],
    service: [
      { ...dropped, share: 0.5, endpoint: '192.168.2.9:8080 (shop/web-5d9f)' },
      { ...delivered, share: 0.5, endpoint: '192.168.2.3:8080 (default/c2c-network-demo-w2)' },
    ],
  };
  return {
    ok: true,
    from: 'default/c2c-network-demo (192.168.1.2)',
    to: plan === 'service' ? 'svc/default/demo (10.96.7.7)' : 'default/c2c-network-demo-w2 (192.168.2.3)',
    paths: paths[plan],
    reverse: plan === 'delivered' ? back : null,
    kernel:
      plan === 'unknown'
        ? {
            asked: 4,
            agrees: false,
            disagreements: [
              'k8s-worker-1 says that 192.168.2.3 goes by ens224, and we that it goes by ens192.',
            ],
          }
        : plan === 'rejected'
          ? { asked: 0, agrees: null, disagreements: [] }
          : { asked: 6, agrees: true, disagreements: [] },
    lookups: [],
    tracked: [],
    flows: plan === 'service' ? [staleFlow] : [],
    missing: [
      'Packet filters inside Pods were not all read: that there are none is presumed.',
      ...(plan === 'unknown' ? ['What a program at queue 0 of k8s-worker-2 decides is not known.'] : []),
    ],
  };
}
