// A bridge lets nothing pass by one of its ports: the port is in a state of the spanning tree that passes nothing (blocking, listening,
// disabled), whoever set it, or it is isolated from the other port of the way (net/bridge/br_private.h br_skb_isolated).
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import type { InterfaceEntity } from '../../topology/model.ts';

export const bridgePortBlocked: Detector = {
  id: 'bridge-port-blocked',
  concludes:
    'a port of a bridge passes nothing on: by its state (STP), or as it is isolated from another port',
  explainedBy: ['link-down', 'duplicate-pod-ip'],
  detect: (cluster) =>
    everywhere(
      ofOneBridge(cluster, stopsClaimedAs(cluster, 'bridge-port-blocked')).flatMap((stop) =>
        closed(cluster, stop),
      ),
    ),
};

/** Two ports that are isolated from each other stop packets in both directions, each at the other one. */
function ofOneBridge(cluster: Cluster, stops: readonly Stop[]): Stop[] {
  const found = new Map<string, Stop>();
  for (const stop of stops) {
    const node = cluster.node(stop.hop.node);
    const port = node?.devices.get(stop.device ?? '');
    const isOpen = node === null || port === undefined || passes(node, port.name);
    const key = `${stop.hop.node} ${isOpen ? `bridge ${String(port?.masterIfindex ?? '')}` : port.name}`;
    const before = found.get(key);
    found.set(key, before === undefined ? stop : { ...before, paths: [...before.paths, ...stop.paths] });
  }
  return [...found.values()];
}

/** Then it is isolated. */
function passes(node: DiagnosedNode, port: string): boolean {
  return /^(forwarding|3)$/.test(detailOf(node, port, 'bridge state') ?? 'forwarding');
}

function closed(cluster: Cluster, stop: Stop): Draft[] {
  const { hop, device, step, paths } = stop;
  const node = hop.isPod ? null : cluster.node(hop.node);
  const port = node?.devices.get(device ?? '');
  if (node === null || port === undefined) return [];
  const { name } = port;
  const state = detailOf(node, name, 'bridge state');
  const isolated = passes(node, name);
  const bridge = [...node.devices.values()].find(({ ifindex }) => ifindex === port.masterIfindex);
  // STP opens a port that was just plugged in after a while, and nobody else may set its states then.
  const stp = bridge === undefined ? null : detailOf(node, bridge.name, 'stp_state');
  if (!isolated && stp === '1' && /listening|learning|^[12]$/.test(state ?? '')) return [];
  const meant = isolated && bridge !== undefined && areAllIsolated(cluster, node, bridge);
  const where = `${name} on ${node.label}`;
  return [
    pathDraft(cluster, stop, {
      severity: meant ? 'warning' : 'error',
      confidence: 'certain',
      surer: null,
      title: isolated
        ? `${where} is isolated from other ports of ${bridge?.name ?? 'its bridge'}: ${pathNames(paths)} ${paths.length === 1 ? 'stops' : 'stop'}`
        : `${where}, a port of ${bridge?.name ?? 'a bridge'}, passes nothing on: ${pathNames(paths)} ${paths.length === 1 ? 'stops' : 'stop'}`,
      because: `${step.sentence} ${
        isolated
          ? meant
            ? 'All Pods’ ports of that bridge are so: the CNI plugin may be told to (portIsolation). If that is meant, Pods of one node cannot talk to each other, and all is as it is wanted.'
            : 'Other Pods’ ports of that bridge are not isolated.'
          : stp === '1'
            ? 'STP closes a port where it finds a second way to the same bridge.'
            : 'STP is off at that bridge, so that nothing opens the port again by itself.'
      }`,
      mend: isolated
        ? [
            'Find who isolates the ports (the CNI plugin’s portIsolation, a script), and let them talk to each other.',
            `bridge -d link show dev ${shellWord(name)}   # on ${node.label}`,
            `bridge link set dev ${shellWord(name)} isolated off`,
          ]
        : [
            stp === '1'
              ? 'Find the second way between the bridges and take it away.'
              : 'Find who closed the port, and open it.',
            `bridge -d link show dev ${shellWord(name)}   # on ${node.label}`,
            `bridge link set dev ${shellWord(name)} state 3   # forwarding; only where STP is off`,
          ],
      shows: [name],
    }),
  ];
}

function detailOf({ snapshot }: DiagnosedNode, device: string, word: string): string | null {
  const link = snapshot.links?.value?.find(({ name }) => name === device);
  return link?.details?.find(([name]) => name === word)?.[1] ?? null;
}

function areAllIsolated({ topology }: Cluster, node: DiagnosedNode, { ifindex }: InterfaceEntity): boolean {
  const hosts = node.pods.map(({ hostInterfaceId }) => topology.interfaces[hostInterfaceId ?? '']);
  const ports = hosts.filter((one) => one?.masterIfindex === ifindex);
  return (
    ports.length > 0 && ports.every((one) => detailOf(node, one?.name ?? '', 'bridge isolated') === 'on')
  );
}
