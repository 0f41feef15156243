import type { HookName } from '../../../app/probe/firewall-facts.ts';
import type { ServiceEntrance, TableKey } from '../../../app/firewall/firewall-model.ts';

export const firewallStrings = {
  node: 'Node',
  looks: { filters: 'Filters', services: 'Services' } as const,
  look: 'What to look at',
  searchChains: 'Chain, Pod or policy',
  searchServices: 'Service, address or address:port',
  waiting: 'The packet filters are being read…',
  noNodes: 'No node has been read yet.',
  pace: (seconds: number | null): string =>
    seconds === null
      ? 'read every 10 s; rates come with the second reading'
      : `read every 10 s; rates of the last ${seconds.toFixed(0)} s`,
  pasted: 'as it was pasted; two pastes of the same counters give rates',
  nothing: 'No packet filter holds anything on this node.',
  both: 'Both backends of iptables hold rules: a packet passes through both, and which comes first is not said anywhere.',
  conntrack: (count: number, max: number): string =>
    `conntrack ${count.toLocaleString('en')} of ${max.toLocaleString('en')}`,

  way: 'The way of a packet',
  hooks: {
    ingress: 'device in',
    prerouting: 'comes in',
    input: 'for this node',
    forward: 'passed on',
    output: 'from this node',
    postrouting: 'goes out',
    egress: 'device out',
  } satisfies Record<HookName, string>,
  step: (rules: number): string => `${rules.toLocaleString('en')} ${rules === 1 ? 'rule' : 'rules'}`,
  else: { accept: 'else accept', drop: 'else drop' } as const,
  families: {
    ip: 'IPv4',
    ip6: 'IPv6',
    inet: 'IPv4+6',
    arp: 'ARP',
    bridge: 'bridge',
    netdev: 'device',
  } satisfies Record<TableKey['family'], string>,
  backends: { legacy: 'legacy iptables', 'nft-compat': 'iptables', nft: 'nftables' } satisfies Record<
    TableKey['backend'],
    string
  >,

  drops: 'Dropped or refused',
  dropColumns: {
    rate: 'Rate',
    packets: 'Packets',
    chain: 'Chain',
    about: 'About',
    which: 'Which packets',
  },
  noDrops: 'No rule has dropped or refused anything since the rules were written.',
  dropsQuiet: 'Nothing dropped between the last two readings; before that:',
  policy: 'whatever no rule decided (policy of the chain)',
  every: 'every packet that comes here',

  chains: 'Chains',
  chainColumns: {
    chain: 'Chain',
    about: 'About',
    purpose: 'What it is for',
    rules: 'Rules',
    busiest: 'Busiest',
    dropped: 'Dropped',
  },
  more: (count: number): string => `${count.toLocaleString('en')} more chains in this table: search for them`,
  noChain: (search: string): string => `No chain is about “${search}”.`,

  back: 'Back to the overview',
  gone: 'This chain is no longer there.',
  rules: (chain: string): string => `Rules of ${chain}`,
  ruleColumns: {
    number: '#',
    rate: 'Rate',
    packets: 'Packets',
    which: 'Which packets',
    fate: 'What becomes of them',
  },
  searchRules: 'Find in these rules',
  callers: 'Reached from',
  fromKernel: (hook: string, priority: number): string =>
    `called by the kernel at ${hook}, priority ${String(priority)}`,
  rulesLeft: (left: number): string => `${left.toLocaleString('en')} more rules: search for them`,
  noRules: 'It has no rules.',
  printed: 'What the node printed',
  evidenceGone: 'That output is no longer kept.',
  evidenceCut: 'Only its beginning is kept.',
  copyRule: 'Copy the rule as the node printed it',

  serviceNone: 'No kube-proxy has written rules here: Services are handled otherwise (eBPF), or not at all.',
  serviceNoMatch: 'No rule of kube-proxy is about that.',
  serviceMore: (count: number): string => `${count.toLocaleString('en')} more: search for one.`,
  kinds: {
    'cluster-ip': 'cluster IP',
    'external-ip': 'external IP',
    'load-balancer': 'load balancer',
    'node-port': 'node port',
  } satisfies Record<ServiceEntrance['kind'], string>,
  anyAddress: 'any address of the node',
  refused: 'refused: it has no endpoints',
  unnamed: 'a Service without a name here',
  endpoints: (service: string): string => `Endpoints of ${service}`,
  endpointColumns: {
    share: 'Share',
    endpoint: 'Endpoint',
    pod: 'Pod',
    rate: 'Rate',
    packets: 'Packets',
  },
  notReady: 'not ready',
  affinity: (seconds: number): string => `a client keeps its endpoint for ${seconds.toLocaleString('en')} s`,
  masquerade: (whom: readonly string[]): string =>
    `the endpoint sees the node’s address instead of the client’s for ${whom.join('; ')}`,
  chain: 'Its rules',
  mode: (mode: string): string => `kube-proxy in ${mode} mode`,
};
