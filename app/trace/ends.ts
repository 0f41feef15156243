// Who sends and who is sent to: what a person types, and whose it is. A Pod by `namespace/name`, or by its name where that is one
// Pod's; a node; a Service by `svc/namespace/name`; an address. `pod/…` and `node/…` say which is meant where both are called so.
import type { ServiceFact } from '../probe/kube-facts.ts';
import { fail, ok, type Result } from '../result.ts';
import { addressText, parseAddress } from '../route/address.ts';
import { interfacesWithAddress, podsNamed, podWithAddress } from '../topology/lookups.ts';
import type { NodeEntity, PodEntity, Topology } from '../topology/model.ts';
import type { TraceKnown } from './known.ts';

export type TraceEnd =
  | {
      readonly kind: 'pod';
      readonly label: string;
      readonly pod: PodEntity;
      readonly addresses: readonly string[];
    }
  /** Its namespace, and so that of a Pod on its network. */
  | {
      readonly kind: 'node';
      readonly label: string;
      readonly node: NodeEntity;
      readonly addresses: readonly string[];
    }
  | {
      readonly kind: 'service';
      readonly label: string;
      readonly service: ServiceFact;
      readonly addresses: readonly string[];
    }
  /** Nobody's that is known. */
  | { readonly kind: 'outside'; readonly label: string; readonly addresses: readonly string[] };

/** Candidates said one by one. */
const MOST_NAMED = 12;

/** The failure is a sentence. */
export function endNamed(known: TraceKnown, asked: string): Result<TraceEnd, string> {
  const text = asked.trim();
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address !== null) return ok(endWithAddress(known, addressText(address)));
  const [, kind = '', name = text] = /^(svc|service|pod|node)\/(.+)$/.exec(text) ?? [];
  if (kind === 'svc' || kind === 'service') return serviceCalled(known, name, services(known, name));
  const pods = kind === 'node' ? [] : podsCalled(known, name);
  const nodes = kind === 'pod' ? [] : nodesCalled(known.topology, name);
  const [pod, secondPod] = pods;
  const [node] = nodes;
  if (pod !== undefined && node !== undefined)
    return fail(
      `${name} is the name of a Pod and of a node: say pod/${fullName(pod)} or node/${node.label}.`,
    );
  if (secondPod !== undefined)
    return fail(`${name} is the name of several Pods: say which of ${listed(pods.map(fullName))}.`);
  if (pod !== undefined) return podEnd(known.topology, pod);
  if (node !== undefined) return ok({ kind: 'node', label: node.label, node, addresses: node.addresses });
  if (kind === '') {
    const found = services(known, name);
    if (found.length > 0) return serviceCalled(known, name, found);
  }
  return fail(nobody(known, name));
}

/** Whose an address is now. */
function endWithAddress(known: TraceKnown, address: string): TraceEnd {
  const { topology } = known;
  const addresses = [address];
  const pod = podWithAddress(topology, address);
  if (pod !== null) return { kind: 'pod', label: fullName(pod), pod, addresses };
  const node = nodeWithAddress(topology, address);
  if (node !== null) return { kind: 'node', label: node.label, node, addresses };
  const service = serviceWithAddress(known, address);
  if (service !== null)
    return { kind: 'service', label: `${service.namespace}/${service.name}`, service, addresses };
  return { kind: 'outside', label: address, addresses };
}

/** The node whose own network has it, on any of its devices. */
export function nodeWithAddress(topology: Topology, address: string): NodeEntity | null {
  const nodes = livingNodes(topology);
  const main = nodes.filter(({ addresses }) => addresses.includes(address));
  // docker0 has the same address on every node: then it is nobody's alone.
  if (main.length > 0) return main.length === 1 ? (main[0] ?? null) : null;
  const others = interfacesWithAddress(topology, address).filter(({ netnsId }) =>
    nodes.some(({ rootNetns }) => rootNetns === netnsId),
  );
  const owners = new Set(others.map(({ nodeId }) => nodeId));
  return owners.size === 1 ? (nodes.find(({ id }) => owners.has(id)) ?? null) : null;
}

function podEnd({ nodes }: Topology, pod: PodEntity): Result<TraceEnd, string> {
  const node = nodes[pod.nodeId ?? ''];
  const label = fullName(pod);
  if (pod.hostNetwork && node !== undefined)
    return ok({
      kind: 'node',
      label: `${label} (on the network of ${node.label})`,
      node,
      addresses: pod.ips,
    });
  if (pod.ips.length === 0)
    return fail(
      `${label} has no address${pod.phase === null ? '' : ` (${pod.phase})`}: nothing can be sent from or to it yet.`,
    );
  if (node === undefined)
    return fail(
      `${label} is on ${pod.nodeName ?? 'no node'}, which was not read: there is nothing to trace through.`,
    );
  return ok({ kind: 'pod', label, pod, addresses: pod.ips });
}

function serviceCalled(
  known: TraceKnown,
  name: string,
  [service, second]: readonly ServiceFact[],
): Result<TraceEnd, string> {
  if (service === undefined) {
    const reading = known.inventory?.kinds.services;
    if (reading?.state !== 'listed')
      return fail(
        `Whether there is a Service ${name} is not known: ${reading?.sentence ?? 'Kubernetes was not read.'}`,
      );
    return fail(
      `There is no Service ${name}; there are ${listed(Object.values(known.inventory?.services ?? {}).map(serviceName))}.`,
    );
  }
  if (second !== undefined)
    return fail(`${name} is the name of several Services: say svc/NAMESPACE/${service.name}.`);
  const label = serviceName(service);
  if (service.type === 'ExternalName')
    return fail(
      `${label} is another name for ${service.externalName ?? 'something outside'}: ask for an address of that.`,
    );
  const addresses = service.clusterIps.filter((ip) => ip !== 'None');
  if (addresses.length > 0) return ok({ kind: 'service', label, service, addresses });
  const ends = endpointsOf(known, service);
  return fail(
    ends.length === 0
      ? `${label} is headless and has no endpoint: its name has no address.`
      : `${label} is headless: its name stands for the addresses of its endpoints. Ask for one of ${listed(ends)}.`,
  );
}

function endpointsOf({ inventory }: TraceKnown, { namespace, name }: ServiceFact): string[] {
  return Object.values(inventory?.endpointSlices ?? {})
    .filter((slice) => slice.namespace === namespace && slice.service === name)
    .flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses));
}

function services({ inventory }: TraceKnown, name: string): ServiceFact[] {
  return Object.values(inventory?.services ?? {}).filter(
    (service) => service.name === name || serviceName(service) === name,
  );
}

/** Of a cluster IP, an external address or a load balancer's. */
function serviceWithAddress({ inventory }: TraceKnown, address: string): ServiceFact | null {
  const found = Object.values(inventory?.services ?? {}).find(
    ({ clusterIps, externalIps, loadBalancerIps }) =>
      [clusterIps, externalIps, loadBalancerIps].some((ips) => ips.includes(address)),
  );
  return found ?? null;
}

function podsCalled({ topology }: TraceKnown, name: string): readonly PodEntity[] {
  const called = podsNamed(topology, name);
  const full = called.filter((pod) => fullName(pod) === name);
  return full.length > 0 ? full : called;
}

function nodesCalled(topology: Topology, name: string): NodeEntity[] {
  const called = (node: NodeEntity): boolean =>
    node.label === name || node.hostname === name || node.kubernetesName === name;
  return livingNodes(topology).filter(called);
}

function livingNodes({ nodes }: Topology): NodeEntity[] {
  return Object.values(nodes).filter(({ until }) => until === null);
}

function nobody({ topology }: TraceKnown, name: string): string {
  const pods = Object.values(topology.pods).filter(({ until }) => until === null);
  const nodes = livingNodes(topology);
  const known = [...pods.map(fullName).sort(), ...nodes.map(({ label }) => label).sort()];
  return known.length === 0
    ? `There is no Pod, node or Service ${name}: nothing was read yet.`
    : `There is no Pod, node or Service ${name}; there are ${listed(known)}.`;
}

export function fullName({ namespace, name }: PodEntity): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

function serviceName({ namespace, name }: ServiceFact): string {
  return `${namespace}/${name}`;
}

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${String(names.length - MOST_NAMED)} more` : '';
  return names.length === 0 ? 'none' : `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
