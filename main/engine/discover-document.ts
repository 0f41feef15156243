// The topology as `hopscope discover --json` prints it: what lives now, in the field's order.
import type { DiscoverDocument } from '../../app/contract/discover-document.ts';
import { routeOwner } from '../../app/route/owner.ts';
import type { InterfaceEntity, NodeEntity, Topology, Tunnel } from '../../app/topology/model.ts';

type NodeDocument = DiscoverDocument['nodes'][number];
type PodDocument = DiscoverDocument['pods'][number];

const living = <T extends { readonly until: unknown }>(table: Readonly<Record<string, T>>): T[] =>
  Object.values(table).filter(({ until }) => until === null);

/** `warnings` of the session (unreachable nodes, missing rights) come before the topology's own. */
export function discoverDocument(topology: Topology, warnings: readonly string[] = []): DiscoverDocument {
  const nodes = living(topology.nodes);
  return {
    schema: 1,
    nodes: nodes.map((node) => nodeDocument(node, topology)).sort((a, b) => compare(a.name, b.name)),
    pods: living(topology.pods)
      .map((pod): PodDocument => {
        const own = pod.podInterfaceId === null ? undefined : topology.interfaces[pod.podInterfaceId];
        const host = pod.hostInterfaceId === null ? undefined : topology.interfaces[pod.hostInterfaceId];
        return {
          namespace: pod.namespace,
          name: pod.name,
          // As nodes[].name; Kubernetes' own name where that node is not in the cluster file.
          node: topology.nodes[pod.nodeId ?? '']?.label ?? pod.nodeName,
          ips: [...pod.ips],
          hostInterface: host?.name ?? null,
          podInterface: own?.name ?? null,
          mtu: own?.mtu ?? host?.mtu ?? null,
          labels: { ...pod.labels },
        };
      })
      .sort((a, b) => compare(`${a.namespace ?? ''}/${a.name}`, `${b.namespace ?? ''}/${b.name}`)),
    warnings: [
      ...warnings,
      ...nodes.flatMap((n) => n.unknowns.map((u) => `${n.label}: ${u}`)),
      ...topology.warnings,
      ...nodes.flatMap((n) => n.contradictions),
      ...living(topology.pods).flatMap((pod) => pod.contradictions),
    ],
  };
}

function nodeDocument(node: NodeEntity, topology: Topology): NodeDocument {
  return {
    name: node.label,
    addresses: [...node.addresses],
    kernel: node.kernel,
    cni: { ...node.cni, evidence: [...node.cni.evidence] },
    interfaces: living(topology.interfaces)
      .filter((i) => i.netnsId === node.rootNetns)
      .sort((a, b) => a.ifindex - b.ifindex)
      .map((i) => ({
        name: i.name,
        ifindex: i.ifindex < 0 ? null : i.ifindex,
        kind: i.kernelKind ?? i.kind,
        mtu: i.mtu,
        mac: i.mac,
        state: i.operstate,
        addresses: i.addresses.map((a) => `${a.address}/${a.prefixLength}`),
        tunnel: i.tunnel === undefined ? null : endsOfTunnel(i.tunnel),
        peer: peerOf(i, topology),
      })),
    routes: (topology.forwarding[node.rootNetns]?.routes ?? []).map((route) => ({
      dst: route.dst,
      type: route.type,
      dev: route.dev,
      via: route.via,
      proto: route.proto,
      owner: routeOwner(route),
      table: route.table,
      metric: route.metric,
    })),
    bgp: living(topology.bgp)
      .filter((session) => session.nodeId === node.id)
      .map(({ name, peerAddress, protocolState, info, changed, imported, exported }) => ({
        name,
        peer: peerAddress,
        state: protocolState,
        info,
        since: changed,
        imported,
        exported,
      })),
  };
}

function endsOfTunnel({ vni, port, local, remote }: Tunnel): NodeDocument['interfaces'][number]['tunnel'] {
  return { vni, port, local, remote };
}

function peerOf(own: InterfaceEntity, topology: Topology): NodeDocument['interfaces'][number]['peer'] {
  const other = topology.interfaces[own.peer?.interfaceId ?? ''];
  if (other === undefined) return null;
  const pod = topology.pods[own.peer?.podId ?? ''];
  return {
    pod: pod === undefined ? null : pod.namespace === null ? pod.name : `${pod.namespace}/${pod.name}`,
    namespace: other.netnsId,
    interface: other.name,
  };
}

/** Byte order, so that the document does not depend on the machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
