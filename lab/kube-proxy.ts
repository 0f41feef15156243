import { createHash } from 'node:crypto';
import { HTTP_PORT, POD_POOL } from './addressing.ts';
import type { LabPlan } from './lab-plan.ts';

// The lab's Services, and the rules that kube-proxy 1.30 writes for them in iptables mode (pkg/proxy/iptables/proxier.go), IPv4.

export interface LabService {
  readonly namespace: string;
  readonly name: string;
  readonly clusterIp: string;
  /** Left out: TCP. */
  readonly protocol?: 'tcp' | 'udp';
  readonly portName: string;
  readonly port: number;
  readonly targetPort: number;
  readonly nodePort?: number;
  /** By which it finds its Pods, whether there are any or not. Left out: somebody else keeps its endpoints. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly endpoints: readonly {
    readonly address: string;
    readonly nodeName: string;
    /** Absent for an endpoint that is no Pod. */
    readonly pod?: string;
  }[];
}

export const SECURE_PORT = 6443;
/** The Pods `web-…` are one Deployment's; the others have no Service. */
export const isWeb = (pod: { readonly name: string }): boolean => /^web-\d/.test(pod.name);

/** A label of theirs, and of nobody else. */
export const WEB_SELECTOR = { service: 'web' } as const;

/** Of `lab traffic services on`, for tagged traffic: by the same Pods as `web`, at a port of their own. */
export const TRAFFIC_SERVICES = [
  { name: 'traffic-tcp', clusterIp: '10.96.7.8', protocol: 'tcp', port: 7000, nodePort: 30_700 },
  { name: 'traffic-udp', clusterIp: '10.96.7.9', protocol: 'udp', port: 7000, nodePort: 30_701 },
  { name: 'traffic-dns', clusterIp: '10.96.7.10', protocol: 'udp', port: 53, nodePort: 30_702 },
] as const;

export function labServices({ nodes, trafficServices }: LabPlan): LabService[] {
  const namespace = 'default';
  const webEndpoints = nodes.flatMap((node) =>
    node.pods.filter(isWeb).map((pod) => ({ address: pod.address, nodeName: node.name, pod: pod.name })),
  );
  return [
    {
      namespace,
      name: 'kubernetes',
      clusterIp: '10.96.0.1',
      portName: 'https',
      port: 443,
      targetPort: SECURE_PORT,
      endpoints: nodes.slice(0, 1).map(({ address, name }) => ({ address, nodeName: name })),
    },
    {
      namespace,
      name: 'web',
      clusterIp: '10.96.7.7',
      portName: 'http',
      port: 80,
      targetPort: HTTP_PORT,
      nodePort: 30_080,
      selector: WEB_SELECTOR,
      endpoints: webEndpoints,
    },
    ...(trafficServices === true ? TRAFFIC_SERVICES : []).map((service) => ({
      namespace,
      portName: service.protocol,
      targetPort: service.port,
      selector: WEB_SELECTOR,
      endpoints: webEndpoints,
      ...service,
    })),
  ];
}

interface Chains {
  readonly chains: readonly string[];
  readonly rules: readonly string[];
}

const OUTGOING = `-s ${POD_POOL} ! -d ${POD_POOL} -j MASQUERADE --random-fully`;
/** Felix asks sets of pools (felix/rules/nat.go); here there is one pool. Flannel's: pkg/trafficmngr/iptables. */
const NAT_OUTGOING: Readonly<Partial<Record<LabPlan['mode'], Chains>>> = {
  vxlan: {
    chains: ['cali-POSTROUTING', 'cali-nat-outgoing'],
    rules: [
      '-A POSTROUTING -j cali-POSTROUTING',
      '-A cali-POSTROUTING -j cali-nat-outgoing',
      `-A cali-nat-outgoing ${OUTGOING}`,
    ],
  },
  flannel: {
    chains: ['FLANNEL-POSTRTG'],
    rules: ['-A POSTROUTING -j FLANNEL-POSTRTG', `-A FLANNEL-POSTRTG ${OUTGOING}`],
  },
};

/**
 * The whole table `nat`, for `iptables-restore`. Beside kube-proxy Felix and flanneld have rules in it (natOutgoing, --ip-masq), as VXLAN needs: a
 * node that a Pod's own address comes to by its NIC would answer through the tunnel, and drops it for that (rp_filter).
 */
export function serviceRules(plan: LabPlan): string {
  const services = labServices(plan).filter(({ endpoints }) => endpoints.length > 0);
  const written = services.map(rulesOf);
  const chains = written.flatMap((one) => one.chains);
  const outgoing = NAT_OUTGOING[plan.mode] ?? { chains: [], rules: [] };
  return [
    '*nat',
    ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((name) => `:${name} ACCEPT [0:0]`),
    ...[
      'KUBE-KUBELET-CANARY',
      'KUBE-MARK-MASQ',
      'KUBE-NODEPORTS',
      'KUBE-POSTROUTING',
      'KUBE-PROXY-CANARY',
      'KUBE-SERVICES',
      ...chains,
      ...outgoing.chains,
    ].map((name) => `:${name} - [0:0]`),
    ...outgoing.rules,
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ...written.flatMap((one) => one.rules),
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    'COMMIT',
    '',
  ].join('\n');
}

/** What kube-proxy and kubelet add to `filter`, for `iptables-restore --noflush` after whoever owns the table. */
export function serviceFilters(plan: LabPlan): string {
  const refused = labServices(plan).filter(({ endpoints }) => endpoints.length === 0);
  const chains = [
    'EXTERNAL-SERVICES',
    'FIREWALL',
    'FORWARD',
    'NODEPORTS',
    'PROXY-FIREWALL',
    'SERVICES',
    'PROXY-CANARY',
    'KUBELET-CANARY',
  ];
  const fresh = '-m conntrack --ctstate NEW';
  return [
    '*filter',
    ...chains.map((name) => `:KUBE-${name} - [0:0]`),
    `-A INPUT ${fresh} -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL`,
    '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
    `-A INPUT ${fresh} -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES`,
    '-A INPUT -j KUBE-FIREWALL',
    `-A FORWARD ${fresh} -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL`,
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    `-A FORWARD ${fresh} -m comment --comment "kubernetes service portals" -j KUBE-SERVICES`,
    `-A OUTPUT ${fresh} -m comment --comment "kubernetes service portals" -j KUBE-SERVICES`,
    '-A OUTPUT -j KUBE-FIREWALL',
    '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...refused.map(
      (service) =>
        `-A KUBE-SERVICES -d ${service.clusterIp}/32 -p ${protocolOf(service)} -m comment --comment "${nameOf(service)} has no endpoints" -m ${protocolOf(service)} --dport ${service.port} -j REJECT --reject-with icmp-port-unreachable`,
    ),
    'COMMIT',
    '',
  ].join('\n');
}

function rulesOf(service: LabService): {
  readonly chains: readonly string[];
  readonly rules: readonly string[];
} {
  const name = nameOf(service);
  const protocol = protocolOf(service);
  const { clusterIp, port, targetPort, nodePort, endpoints } = service;
  const svc = `KUBE-SVC-${hash(`${name}${protocol}`)}`;
  const ext = `KUBE-EXT-${hash(`${name}${protocol}`)}`;
  const ends = endpoints.map(({ address }) => {
    const end = `${address}:${targetPort}`;
    return { address, end, chain: `KUBE-SEP-${hash(`${name}${protocol}${end}`)}` };
  });
  const to = `-d ${clusterIp}/32 -p ${protocol} -m comment --comment "${name} cluster IP" -m ${protocol} --dport ${port}`;
  return {
    chains: [svc, ...(nodePort === undefined ? [] : [ext]), ...ends.map(({ chain }) => chain)],
    rules: [
      `-A KUBE-SERVICES ${to} -j ${svc}`,
      `-A ${svc} ! -s ${POD_POOL} ${to} -j KUBE-MARK-MASQ`,
      ...(nodePort === undefined
        ? []
        : [
            `-A KUBE-NODEPORTS -p ${protocol} -m comment --comment "${name}" -m ${protocol} --dport ${nodePort} -j ${ext}`,
            `-A ${ext} -m comment --comment "masquerade traffic for ${name} external destinations" -j KUBE-MARK-MASQ`,
            `-A ${ext} -j ${svc}`,
          ]),
      ...ends.flatMap(({ address, end, chain }, at) => {
        const left = ends.length - at;
        const chance =
          left === 1 ? '' : ` -m statistic --mode random --probability ${(1 / left).toFixed(10)}`;
        return [
          `-A ${svc} -m comment --comment "${name} -> ${end}"${chance} -j ${chain}`,
          `-A ${chain} -s ${address}/32 -m comment --comment "${name}" -j KUBE-MARK-MASQ`,
          `-A ${chain} -p ${protocol} -m comment --comment "${name}" -m ${protocol} -j DNAT --to-destination ${end}`,
        ];
      }),
    ],
  };
}

function protocolOf({ protocol = 'tcp' }: LabService): 'tcp' | 'udp' {
  return protocol;
}

function nameOf({ namespace, name, portName }: LabService): string {
  return `${namespace}/${name}:${portName}`;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first 16 digits of the SHA-256 in base 32 (RFC 4648). */
function hash(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 10);
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return [...(bits.match(/.{5}/g) ?? [])].map((five) => DIGITS[Number.parseInt(five, 2)] ?? '').join('');
}
