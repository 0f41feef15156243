// Services as a node's kernel has them: each address and port that is caught, the endpoints that its packets go to, and where
// that is not what Kubernetes says.
import type {
  FirewallChain,
  FirewallReading,
  FirewallTable,
  VirtualServer,
} from '../probe/firewall-facts.ts';
import type { Inventory } from '../probe/inventory.ts';
import { keyOf } from './firewall-view.ts';
import {
  MOST_ENTRANCES,
  type NodeServices,
  type ServiceEndpoint,
  type ServiceEntrance,
} from './firewall-model.ts';
import { podName, type FirewallNames } from './firewall-names.ts';
import type { KnownFirewall } from './known-firewall.ts';
import { chainRates, type ChainRates, type TimedFirewall } from './rates.ts';
import {
  contradictions,
  servicesByAddress,
  slicesOf,
  type ServicesByAddress,
} from './service-contradictions.ts';
import { serviceEntrances, type Entrance } from './service-entrances.ts';
import { chainsByName, walkService, type RateOf } from './service-walk.ts';

/** `namespace/name`, `namespace/name:port`, an address, `address:port`, part of a name, or '' for all. */
export function nodeServices(
  known: KnownFirewall,
  names: FirewallNames,
  inventory: Inventory | null,
  asked: string,
): NodeServices {
  const { now, before, head } = known;
  const kube = servicesByAddress(inventory);
  if (now === null) return { ...head, mode: 'none', found: 0, entrances: [], contradictions: [] };
  const wanted = asked.trim().toLowerCase();
  const fits = (entrance: Pick<Entrance, 'address' | 'port' | 'service'>): boolean =>
    wanted === '' ||
    (entrance.service ?? '').toLowerCase().includes(wanted) ||
    entrance.address === wanted ||
    `${entrance.address?.includes(':') === true ? `[${entrance.address}]` : (entrance.address ?? '')}:${entrance.port}` ===
      wanted;
  const named = <E extends Entrance | IpvsEntrance>(entrance: E): E => ({
    ...entrance,
    service: entrance.service ?? serviceName(kube, entrance),
  });
  const ofRules = serviceEntrances(now.reading).map(named).filter(fits).sort(byService);
  const ofIpvs = now.reading.virtualServers.flatMap(ipvsEntrance).map(named).filter(fits);
  const walks = new Walks(now, before);
  const entrances = [
    ...ofRules.slice(0, MOST_ENTRANCES).map((entrance) => describe(entrance, walks, names, inventory)),
    ...ofIpvs.slice(0, MOST_ENTRANCES).map((entrance) => describeIpvs(entrance, names, inventory)),
  ].slice(0, MOST_ENTRANCES);
  const mode = modeOf(now.reading);
  return {
    ...head,
    mode,
    found: ofRules.length + ofIpvs.length,
    entrances,
    // Without kube-proxy somebody else takes Services to their endpoints (eBPF), who cannot be asked here.
    contradictions:
      mode === 'none'
        ? []
        : contradictions({ entrances, reading: now.reading, head, kube, inventory, wanted }).slice(0, 50),
  };
}

const KINDS = ['cluster-ip', 'external-ip', 'load-balancer', 'node-port'];

function byService(a: Entrance, b: Entrance): number {
  const names = [a.service ?? '~', b.service ?? '~'] as const;
  if (names[0] !== names[1]) return names[0] < names[1] ? -1 : 1;
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
}

function modeOf({ tables, virtualServers }: FirewallReading): NodeServices['mode'] {
  if (tables.some(({ name, backend }) => name === 'kube-proxy' && backend === 'nft')) return 'nftables';
  const has = (chain: RegExp): boolean =>
    tables.some(({ name, chains }) => name === 'nat' && chains.some((one) => chain.test(one.name)));
  // Others than kube-proxy use IPVS too (keepalived).
  if (virtualServers.length > 0 && !has(/^KUBE-SVC-/)) return 'ipvs';
  return has(/^KUBE-SERVICES$/) ? 'iptables' : 'none';
}

/** Chains and rates of each table, worked out once an answer. */
class Walks {
  readonly #now: TimedFirewall;
  readonly #before: TimedFirewall | null;
  readonly #rates = new Map<FirewallChain, ChainRates>();
  readonly #chains = new Map<FirewallTable, ReturnType<typeof chainsByName>>();

  constructor(now: TimedFirewall, before: TimedFirewall | null) {
    this.#now = now;
    this.#before = before;
  }

  chains(table: FirewallTable): ReturnType<typeof chainsByName> {
    const known = this.#chains.get(table) ?? chainsByName(table);
    this.#chains.set(table, known);
    return known;
  }

  rateOf(table: FirewallTable): RateOf {
    return (chain, index) => {
      const known = this.#rates.get(chain) ?? chainRates(this.#before, this.#now, table, chain);
      this.#rates.set(chain, known);
      return known.rules[index] ?? null;
    };
  }
}

function describe(
  entrance: Entrance,
  walks: Walks,
  names: FirewallNames,
  inventory: Inventory | null,
): ServiceEntrance {
  const { table, chain, rule, ...what } = entrance;
  const chains = walks.chains(table);
  const walk = chain === null ? null : walkService(table, chains, chain, walks.rateOf(table));
  const from = rule === null ? undefined : chains.get(rule.chain);
  return {
    ...what,
    chain,
    table: keyOf(table),
    packets: (rule === null ? null : from?.rules[rule.index]?.packets) ?? null,
    rate: rule === null || from === undefined ? null : walks.rateOf(table)(from, rule.index),
    masquerade: [...(walk?.masquerade ?? [])],
    affinity: walk?.affinity ?? null,
    endpoints: (walk?.endpoints ?? []).map((endpoint) => ({
      ...endpoint,
      ...whose(endpoint.address, entrance.service, names, inventory),
    })),
  };
}

interface IpvsEntrance extends Pick<ServiceEntrance, 'kind' | 'address' | 'port' | 'protocol' | 'service'> {
  readonly server: VirtualServer;
}

function ipvsEntrance(server: VirtualServer): IpvsEntrance[] {
  const { address, port, protocol } = server;
  return address === null || port === null
    ? []
    : [{ kind: 'cluster-ip', address, port, protocol: protocol.toLowerCase(), service: null, server }];
}

function describeIpvs(
  { server, ...what }: IpvsEntrance,
  names: FirewallNames,
  inventory: Inventory | null,
): ServiceEntrance {
  const weight = server.servers.reduce((sum, real) => sum + real.weight, 0);
  const persistent = /persistent (\d{1,9})/.exec(server.flags)?.[1];
  return {
    ...what,
    refused: server.servers.length === 0 ? 'reject' : null,
    chain: null,
    table: null,
    packets: null,
    rate: null,
    masquerade: [],
    affinity: persistent === undefined ? null : Number(persistent),
    endpoints: server.servers.map(({ address, port, weight: own }) => ({
      address,
      port,
      share: weight === 0 ? 0 : own / weight,
      chain: null,
      packets: null,
      rate: null,
      ...whose(address, what.service, names, inventory),
    })),
  };
}

function whose(
  address: string,
  service: string | null,
  { podByAddress }: FirewallNames,
  inventory: Inventory | null,
): Pick<ServiceEndpoint, 'pod' | 'podId' | 'ready'> {
  const pod = podByAddress.get(address);
  const said = slicesOf(inventory, service)
    .filter(({ fromTable }) => fromTable === undefined)
    .flatMap(({ endpoints }) => endpoints)
    .find(({ addresses }) => addresses.includes(address));
  return { pod: pod === undefined ? null : podName(pod), podId: pod?.id ?? null, ready: said?.ready ?? null };
}

function serviceName(
  kube: ServicesByAddress,
  { address, protocol, port }: Pick<Entrance, 'address' | 'protocol' | 'port'>,
): string | null {
  return kube.get(`${address ?? ''}/${protocol}/${port}`)?.name ?? null;
}
