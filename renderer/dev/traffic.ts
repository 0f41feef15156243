// Plausible packets of the classic cluster: the demo Pod asks the other worker's for a page over and over, and what
// each vantage point on the way sees of it. Development only.
import type { PacketEndpoint, PacketRow, VantagePointView } from '../../app/contract/watch.ts';
import type { Topology } from '../../app/topology/model.ts';

export interface Way {
  readonly points: readonly VantagePointView[];
  /** By vantage point, whether a request goes in or out there. */
  readonly forth: readonly ('in' | 'out')[];
}

export type Traffic = 'healthy' | 'refused' | 'heavy';

export const demoPod = 'pod:k8s-worker-1-c2c-network-demo';
const peerPod = 'pod:k8s-worker-2-c2c-network-demo-w2';

/** The six places that a packet of the demo passes. */
export function wayOf(topology: Topology): Way {
  const from = topology.pods[demoPod];
  const to = topology.pods[peerPod];
  const nic = (label: string): string =>
    Object.values(topology.interfaces).find((each) => each.nodeId === `node:${label}` && each.role === 'nic')
      ?.id ?? '';
  const point = (
    id: number,
    captureId: number,
    nodeLabel: string,
    podName: string | null,
    interfaceId: string,
  ): VantagePointView => {
    const interfaceName = topology.interfaces[interfaceId]?.name ?? '?';
    const label = [nodeLabel, ...(podName === null ? [] : [podName]), interfaceName].join('/');
    return { id, captureId, label, nodeLabel, podName, interfaceName, interfaceId, packets: 0 };
  };
  return {
    points: [
      point(1, 4, 'k8s-worker-1', 'c2c-network-demo', from?.podInterfaceId ?? ''),
      point(2, 2, 'k8s-worker-1', null, from?.hostInterfaceId ?? ''),
      point(3, 2, 'k8s-worker-1', null, nic('k8s-worker-1')),
      point(4, 3, 'k8s-worker-2', null, nic('k8s-worker-2')),
      point(5, 3, 'k8s-worker-2', null, to?.hostInterfaceId ?? ''),
      point(6, 5, 'k8s-worker-2', 'c2c-network-demo-w2', to?.podInterfaceId ?? ''),
    ],
    forth: ['out', 'in', 'out', 'in', 'out', 'in'],
  };
}

interface Step {
  readonly back: boolean;
  readonly summary: string;
  readonly protocol: string;
  readonly length: number;
  readonly tone: PacketRow['tone'];
}

const step = (back: boolean, summary: string, rest: Partial<Step> = {}): Step => ({
  back,
  summary,
  protocol: 'TCP',
  length: 66,
  tone: 'plain',
  ...rest,
});

const exchange: readonly Step[] = [
  step(false, 'SYN seq 1842210553 win 64800 mss 1400', { length: 74, tone: 'opening' }),
  step(true, 'SYN, ACK seq 901274412 ack 1842210554 win 64236', { length: 74, tone: 'opening' }),
  step(false, 'ACK ack 901274413'),
  step(false, 'GET / HTTP/1.1', { protocol: 'HTTP', length: 146 }),
  step(true, 'ACK ack 1842210634'),
  step(true, 'HTTP/1.1 200 OK', { protocol: 'HTTP', length: 287 }),
  step(false, 'ACK ack 901274634'),
  step(false, 'FIN, ACK seq 1842210634', { tone: 'closing' }),
  step(true, 'FIN, ACK seq 901274634', { tone: 'closing' }),
  step(false, 'ACK ack 901274635'),
];

const refusal: readonly Step[] = [
  step(false, 'SYN seq 77120043 win 64800 mss 1400', { length: 74, tone: 'opening' }),
  step(true, 'RST, ACK ack 77120044', { length: 54, tone: 'refused' }),
];

/** µs from one vantage point to the next. */
const HOP_US = [4, 7, 128, 6, 5];

/** One exchange that begins at a time (ms since the epoch), as all vantage points see it, in order of time. */
export function exchangeAt(way: Way, ms: number, order: number, kind: Traffic): Omit<PacketRow, 'number'>[] {
  const refused = kind === 'refused' && order % 2 === 1;
  const port = 44_728 + (order % 800);
  const client: PacketEndpoint = { address: '192.168.1.2', port, name: 'c2c-network-demo' };
  const server: PacketEndpoint = {
    address: '192.168.2.3',
    port: refused ? 8081 : 8080,
    name: 'c2c-network-demo-w2',
  };
  return (refused ? refusal : exchange).flatMap((each, index) => {
    const places = each.back ? [5, 4, 3, 2, 1, 0] : [0, 1, 2, 3, 4, 5];
    let micros = index * 430;
    return places.flatMap((place, nth) => {
      const point = way.points[place];
      const forth = way.forth[place];
      if (point === undefined || forth === undefined) return [];
      if (nth > 0) micros += HOP_US[Math.min(place, places[nth - 1] ?? 0)] ?? 0;
      const back = forth === 'in' ? 'out' : 'in';
      const row: Omit<PacketRow, 'number'> = {
        at: { s: Math.floor(ms / 1000), ns: (ms % 1000) * 1_000_000 + micros * 1000 },
        vantagePoint: point.id,
        direction: each.back ? back : forth,
        source: each.back ? server : client,
        destination: each.back ? client : server,
        transport: 'tcp',
        protocol: each.protocol,
        length: each.length,
        captured: Math.min(each.length, 128),
        summary: each.summary,
        tunnel: null,
        tone: each.tone,
      };
      return [row];
    });
  });
}
