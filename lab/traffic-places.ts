import { isIP } from 'node:net';
import { fail, ok, type Result } from '../app/result.ts';
import { type LabService, labServices } from './kube-proxy.ts';
import type { LabPlan, NodePlan, PodPlan } from './lab-plan.ts';
import type { RunningFailure } from './running.ts';

// Whose network traffic starts in, where it goes, and who would hear it there.

export const TRAFFIC_PROTOCOLS = ['udp', 'tcp', 'icmp', 'dns'] as const;
export type TrafficProtocol = (typeof TRAFFIC_PROTOCOLS)[number];

/** The network of a Pod, or of a node itself. */
export interface Place {
  readonly node: NodePlan;
  readonly pod: PodPlan | null;
}

export interface Hearer extends Place {
  readonly port: number;
}

export interface Destination {
  readonly address: string;
  /** 0 for ICMP. */
  readonly port: number;
  /** Nobody where the kernel answers by itself, and where the address is none of the lab's. */
  readonly hearers: readonly Hearer[];
}

/** Of `lab traffic send`: nobody else's here. */
const TRAFFIC_PORT = 7000;
const DNS_PORT = 53;
/** By lo, and so heard where it comes from. */
const LOOPBACK = ['127.0.0.1', '::1'];

export function findPlace(plan: LabPlan, name: string): Result<Place, RunningFailure> {
  for (const node of plan.nodes) {
    if (node.name === name) return ok({ node, pod: null });
    const pod = node.pods.find((candidate) => candidate.name === name);
    if (pod !== undefined) return ok({ node, pod });
  }
  return unknown(plan, name, 'Pod or node');
}

/** @param to a Pod, a node, a Service, an address or localhost; each with or without `:PORT` (`[ADDRESS]:PORT` in IPv6). */
export function findDestination(
  plan: LabPlan,
  from: Place,
  to: string,
  protocol: TrafficProtocol,
  ipv6: boolean,
): Result<Destination, RunningFailure> {
  const parts = /^(?:\[(?<six>[^\]]+)\]|(?<plain>[^:]+|[0-9a-f:]+))(?::(?<port>\d{1,5}))?$/.exec(to)?.groups;
  const name = parts?.['six'] ?? parts?.['plain'] ?? to;
  const asked = parts?.['port'] === undefined ? undefined : Number(parts['port']);
  if (asked !== undefined && (asked < 1 || asked > 65_535))
    return fail({ kind: 'bad-argument', sentence: `${asked} is not a port.` });
  const service = labServices(plan).find((candidate) => candidate.name === name);
  const place = findPlace(plan, name);
  const loopback = name === 'localhost' ? LOOPBACK[ipv6 ? 1 : 0] : undefined;
  const address = isIP(name) === 0 ? (loopback ?? service?.clusterIp ?? addressOf(place, ipv6)) : name;
  if (address === undefined) return unknown(plan, name, 'Pod, node or Service');
  if (protocol === 'icmp') return ok({ address, port: 0, hearers: [] });
  const port = asked ?? service?.port ?? ownPort(protocol);
  if (LOOPBACK.includes(address)) return ok({ address, port, hearers: [{ ...from, port }] });
  return ok({ address, port, hearers: hearersAt(plan, address, port, protocol) });
}

function ownPort(protocol: TrafficProtocol): number {
  return protocol === 'dns' ? DNS_PORT : TRAFFIC_PORT;
}

function addressOf(place: Result<Place, RunningFailure>, ipv6: boolean): string | undefined {
  if (!place.ok) return undefined;
  const { address, address6 } = place.value.pod ?? place.value.node;
  return ipv6 ? address6 : address;
}

function hearersAt(plan: LabPlan, address: string, port: number, protocol: TrafficProtocol): Hearer[] {
  const has = (one: { readonly address: string; readonly address6?: string }): boolean =>
    one.address === address || one.address6 === address;
  const node = plan.nodes.find(has);
  const transport = protocol === 'tcp' ? 'tcp' : 'udp';
  const service = labServices(plan).find(
    (one) =>
      (one.protocol ?? 'tcp') === transport &&
      (node === undefined ? one.clusterIp === address && one.port === port : one.nodePort === port),
  );
  if (service !== undefined) return endpointsOf(plan, service);
  if (node !== undefined) return [{ node, pod: null, port }];
  return plan.nodes.flatMap((host) => host.pods.filter(has).map((pod) => ({ node: host, pod, port })));
}

function endpointsOf(plan: LabPlan, { endpoints, targetPort }: LabService): Hearer[] {
  return endpoints.flatMap(({ pod }) => {
    const place = pod === undefined ? null : findPlace(plan, pod);
    return place?.ok === true ? [{ ...place.value, port: targetPort }] : [];
  });
}

function unknown(
  plan: LabPlan,
  name: string,
  what: string,
): { readonly ok: false; readonly failure: RunningFailure } {
  return fail({
    kind: 'bad-argument',
    sentence: `There is no ${what} "${name}" in lab "${plan.name}"; lab status lists them.`,
  });
}
