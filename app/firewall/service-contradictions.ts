// Where a node's rules for Services and Kubernetes do not say the same: kube-proxy is behind there, or does not run. What
// kube-proxy leaves out on purpose is none (pkg/proxy/topology.go): endpoints elsewhere of a Service that is Local, or that has hints;
// and it goes on sending to endpoints that end while they serve, where no other is ready.
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { Inventory } from '../probe/inventory.ts';
import type { EndpointSliceFact, ServiceFact } from '../probe/kube-facts.ts';
import { isUnreadRule } from '../probe/whole-filters.ts';
import { MOST_ENTRANCES, type ServiceEntrance } from './firewall-model.ts';
import type { KnownFirewall } from './known-firewall.ts';

export type ServicesByAddress = ReadonlyMap<string, { readonly service: ServiceFact; readonly name: string }>;

/** By `address/protocol/port`, node ports with an address of ''. */
export function servicesByAddress(inventory: Inventory | null): ServicesByAddress {
  const found = new Map<string, { service: ServiceFact; name: string }>();
  for (const service of Object.values(inventory?.services ?? {})) {
    for (const { name, port, protocol, nodePort } of service.ports) {
      const full = `${service.namespace}/${service.name}${name === null ? '' : `:${name}`}`;
      const ends = [...service.clusterIps, ...service.externalIps, ...service.loadBalancerIps].filter(
        (ip) => ip !== 'None',
      );
      for (const address of ends)
        found.set(`${address}/${protocol.toLowerCase()}/${port}`, { service, name: full });
      if (nodePort !== null) found.set(`/${protocol.toLowerCase()}/${nodePort}`, { service, name: full });
    }
  }
  return found;
}

/** @param service `namespace/name:port`. */
export function slicesOf(inventory: Inventory | null, service: string | null): EndpointSliceFact[] {
  if (inventory === null || service === null) return [];
  const bare = service.replace(/:[^:/]*$/, '');
  return Object.values(inventory.endpointSlices).filter(
    (slice) => `${slice.namespace}/${slice.service ?? ''}` === bare,
  );
}

export interface Compared {
  readonly entrances: readonly ServiceEntrance[];
  readonly reading: FirewallReading;
  readonly head: KnownFirewall['head'];
  readonly kube: ServicesByAddress;
  readonly inventory: Inventory | null;
  /** What was asked for, in small letters; '' is all. */
  readonly wanted: string;
}

/** A sentence each. */
export function contradictions(compared: Compared): string[] {
  if (compared.inventory?.kinds.services.state !== 'listed') return [];
  const isRead = !hasGaps(compared.reading);
  return [
    ...endpointsApart(compared, compared.inventory, isRead),
    ...(isRead ? servicesWithoutRule(compared) : []),
  ];
}

/** What one of kube-proxy's rules that was not read does, or a map of it, may be what would seem to be missing. */
function hasGaps({ tables }: FirewallReading): boolean {
  return tables.some(({ name, chains, sets }) => {
    const isOwn = name === 'kube-proxy';
    return (
      (isOwn && !sets.some((one) => one.name === 'service-ips')) ||
      chains.some((chain) => (isOwn || chain.name.startsWith('KUBE-')) && chain.rules.some(isUnreadRule))
    );
  });
}

function endpointsApart(
  { entrances, kube, head: { node } }: Compared,
  inventory: Inventory,
  isRead: boolean,
): string[] {
  if (inventory.kinds.endpointSlices.state !== 'listed') return [];
  const sentences: string[] = [];
  for (const entrance of entrances) {
    const { kind, service: name, address, protocol, port } = entrance;
    if (kind !== 'cluster-ip' || name === null) continue;
    const known = kube.get(`${address ?? ''}/${protocol}/${port}`);
    const slices = slicesOf(inventory, name);
    // What a table leaves out contradicts nothing.
    if (slices.some(({ fromTable }) => fromTable !== undefined)) continue;
    const all = slices
      .filter(({ ports }) => ports.some((one) => isPort(one, name, protocol)))
      .flatMap(({ endpoints }) => endpoints);
    const ofFamily = (some: typeof all): Set<string> =>
      new Set(
        some
          .flatMap(({ addresses }) => addresses)
          .filter((one) => one.includes(':') === (address?.includes(':') === true)),
      );
    const ready = ofFamily(all.filter((one) => one.ready));
    const may = ready.size > 0 ? ready : ofFamily(all.filter((one) => one.serving));
    // Those without a share get no new connections.
    const has = new Set(entrance.endpoints.filter(({ share }) => share > 0).map((one) => one.address));
    const some = known?.service.internalTrafficPolicy === 'Local' || all.some(({ hinted }) => hinted);
    const missing = some || !isRead ? [] : [...ready].filter((one) => !has.has(one));
    const extra = [...has].filter((one) => !may.has(one));
    if (missing.length > 0)
      sentences.push(
        `${node} sends nothing of ${name} to ${missing.slice(0, 5).join(', ')}, which is ready: ${BEHIND}`,
      );
    if (extra.length > 0)
      sentences.push(
        `${node} still sends ${name} to ${extra.slice(0, 5).join(', ')}, which is not a ready endpoint: ${BEHIND}`,
      );
  }
  return sentences;
}

/** The rules are as old as their reading. */
const BEHIND = 'kube-proxy is behind or does not run there, unless that changed in the last seconds.';

/** Ports of a slice have the names of the Service's; its one port may have none. */
function isPort(one: EndpointSliceFact['ports'][number], service: string, protocol: string): boolean {
  const name = /:([^:/]*)$/.exec(service)?.[1] ?? null;
  return one.protocol.toLowerCase() === protocol && (name === null || (one.name ?? '') === name);
}

function servicesWithoutRule({ entrances, reading, head, kube, wanted }: Compared): string[] {
  // Only where all rules were read and all entrances are told may one be called missing.
  if (head.sentence !== null || entrances.length >= MOST_ENTRANCES) return [];
  const six =
    reading.tables.some(({ family, name }) => family === 'ip6' && /^(nat|kube-proxy)$/.test(name)) ||
    reading.virtualServers.some(({ address }) => address?.includes(':') === true);
  const caught = new Set(
    entrances.map(({ address, protocol, port }) => `${address ?? ''}/${protocol}/${port}`),
  );
  const sentences: string[] = [];
  for (const [key, { service, name }] of kube) {
    const ip = service.clusterIps.find((one) => key.startsWith(`${one}/`));
    if (caught.has(key) || ip === undefined || (ip.includes(':') && !six)) continue;
    if (wanted !== '' && !name.toLowerCase().includes(wanted) && !key.startsWith(`${wanted}/`)) continue;
    sentences.push(
      `${head.node} has no rule for ${name} (${key.replace(/^(.*)\/(\w+)\/(\d+)$/, '$1:$3/$2')}): nothing there takes its packets to an endpoint.`,
    );
  }
  return sentences;
}
