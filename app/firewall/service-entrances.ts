// Where kube-proxy takes packets for Services: which address and port, and which chain decides. Each mode keeps it elsewhere:
// iptables in KUBE-SERVICES and KUBE-NODEPORTS, nftables in maps, IPVS in the kernel's own table.
import { nftMapEntries } from '../probe/nft-rule.ts';
import { ruleSpec } from '../probe/filter-rule.ts';
import type { FirewallReading, FirewallTable } from '../probe/firewall-facts.ts';
import type { RuleMatch, RuleSpec, Verdict } from '../probe/rule-spec.ts';

export interface Entrance {
  readonly kind: 'cluster-ip' | 'external-ip' | 'load-balancer' | 'node-port';
  readonly address: string | null;
  readonly port: number;
  readonly protocol: string;
  /** `namespace/name:port` by kube-proxy's own comments and names; null where it says nothing. */
  readonly service: string | null;
  readonly refused: 'reject' | 'drop' | null;
  readonly table: FirewallTable;
  /** The chain that decides; null when it is refused. */
  readonly chain: string | null;
  /** Of the rule that leads there; an entry of a map counts nothing. */
  readonly rule: { readonly chain: string; readonly index: number } | null;
}

export function serviceEntrances({ tables }: FirewallReading): Entrance[] {
  return tables.flatMap((table) => {
    if (table.name === 'kube-proxy') return fromMaps(table);
    if (table.backend === 'nft') return [];
    if (table.name === 'nat') return fromChains(table, ['KUBE-SERVICES', 'KUBE-NODEPORTS']);
    return table.name === 'filter' ? fromChains(table, ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES']) : [];
  });
}

function fromChains(table: FirewallTable, names: readonly string[]): Entrance[] {
  return table.chains
    .filter(({ name }) => names.includes(name))
    .flatMap((chain) =>
      chain.rules.flatMap((rule, index) => {
        const entrance = ofRule(table, chain.name, ruleSpec(rule));
        return entrance === null ? [] : [{ ...entrance, table, rule: { chain: chain.name, index } }];
      }),
    );
}

/** ` cluster IP` and its like, after the Service's name (pkg/proxy/iptables/proxier.go). */
const COMMENT =
  /^(\S+\/\S+?)(?: (cluster IP|external IP|loadbalancer IP|health check node port|has no endpoints|has no local endpoints))?$/;

function ofRule(
  table: FirewallTable,
  chain: string,
  spec: RuleSpec,
): Omit<Entrance, 'table' | 'rule'> | null {
  const port = only(spec, 'port');
  const protocol = only(spec, 'protocol')?.protocols[0];
  const { verdict } = spec;
  const number = Number(port?.ports[0]);
  if (port?.end !== 'dst' || protocol === undefined || verdict === null || !Number.isInteger(number))
    return null;
  const destination = spec.matches.find((match) => match.kind === 'address' && match.end === 'dst');
  const address =
    destination?.kind === 'address' ? (destination.addresses[0]?.replace(/\/(32|128)$/, '') ?? null) : null;
  const said = spec.comments.map((comment) => COMMENT.exec(comment)).find((match) => match !== null);
  const what = { address, port: number, protocol, service: said?.[1] ?? null };
  if (verdict.kind === 'reject' || verdict.kind === 'drop')
    return { ...what, kind: kindOf(address, said?.[2]), refused: verdict.kind, chain: null };
  if ((verdict.kind !== 'jump' && verdict.kind !== 'goto') || table.name !== 'nat') return null;
  // Before 1.24 a masquerade mark stood here beside the jump.
  if (!/^KUBE-(SVC|SVL|EXT|XLB|FW)-/.test(verdict.chain)) return null;
  const kind = chain === 'KUBE-NODEPORTS' ? 'node-port' : kindOf(address, said?.[2]);
  return { ...what, kind, refused: null, chain: verdict.chain };
}

function kindOf(address: string | null, words: string | undefined): Entrance['kind'] {
  if (words === 'external IP') return 'external-ip';
  if (words === 'loadbalancer IP') return 'load-balancer';
  return address === null ? 'node-port' : 'cluster-ip';
}

function only<K extends RuleMatch['kind']>(
  { matches }: RuleSpec,
  kind: K,
): Extract<RuleMatch, { kind: K }> | undefined {
  return matches.find(
    (match): match is Extract<RuleMatch, { kind: K }> => match.kind === kind && !match.negated,
  );
}

function fromMaps(table: FirewallTable): Entrance[] {
  return table.sets.flatMap((set) => {
    const ports = set.name === 'service-nodeports' || set.name === 'no-endpoint-nodeports';
    if (!ports && set.name !== 'service-ips' && set.name !== 'no-endpoint-services') return [];
    const clusterIps = new Set(
      table.sets
        .find(({ name }) => name === 'cluster-ips')
        ?.elements.flatMap((item) => (typeof item === 'string' ? [item] : [])),
    );
    return nftMapEntries(set.elements).flatMap(({ key, verdict }): Entrance[] => {
      const parts = key.split(' . ');
      const [port = '', protocol = '', address = null] = parts.toReversed();
      const chain = chainOf(verdict);
      if (parts.length !== (ports ? 2 : 3) || !/^\d{1,5}$/.test(port)) return [];
      const refused = chain === 'reject-chain' ? 'reject' : chain === null ? 'drop' : null;
      const external = clusterIps.has(address ?? '') ? 'cluster-ip' : 'external-ip';
      return [
        {
          kind: ports ? 'node-port' : chain?.startsWith('external-') === true ? 'external-ip' : external,
          address,
          port: Number(port),
          protocol,
          service: chain === null ? null : serviceOfChain(chain),
          refused,
          table,
          chain: refused === null ? chain : null,
          rule: null,
        },
      ];
    });
  });
}

function chainOf(verdict: Verdict): string | null {
  return verdict.kind === 'goto' || verdict.kind === 'jump' ? verdict.chain : null;
}

/** `service-LS5EWBY3-shop/web/tcp/http` is shop/web:http (pkg/proxy/nftables/proxier.go). */
export function serviceOfChain(chain: string): string | null {
  const match = /^(?:service|external|firewall|endpoint)-[A-Z0-9]{8}-([^/]+)\/([^/]+)\/[a-z]+\/([^_]*)/.exec(
    chain,
  );
  if (match === null) return null;
  const [, namespace = '', name = '', port = ''] = match;
  return `${namespace}/${name}${port === '' ? '' : `:${port}`}`;
}
