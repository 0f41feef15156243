// Plausible packets of the classic cluster: the demo Pod asks the other worker's for a page over and over, with what goes on
// beside it, and what each vantage point on the way sees of it. Development only.
import type { VantagePointView } from '../../app/contract/watch.ts';
import type { Topology } from '../../app/topology/model.ts';
import {
  arp,
  bgpKeepalive,
  type Bytes,
  dns,
  icmp,
  ip,
  sll2,
  TCP,
  tcp,
  text,
  u16,
  udp,
  vxlan,
} from './packet-bytes.ts';

export interface Way {
  readonly points: readonly VantagePointView[];
  /** By vantage point, whether a request goes in or out there. */
  readonly forth: readonly ('in' | 'out')[];
}

export type Traffic = 'healthy' | 'refused' | 'heavy' | 'tunnel' | 'cut';

export const demoPod = 'pod:k8s-worker-1-c2c-network-demo';
const peerPod = 'pod:k8s-worker-2-c2c-network-demo-w2';

/** The six places that a packet of the demo passes; each one's id is its ifindex as well. */
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

/** A packet at one vantage point. */
export interface Passing {
  readonly captureId: number;
  readonly vantagePoint: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly packet: Uint8Array;
}

const client = '192.168.1.2';
const server = '192.168.2.3';
const resolver = '192.168.1.7';
const nodes = ['10.12.22.151', '10.12.22.152'] as const;

interface Step {
  readonly back: boolean;
  /** IP's payload, and its protocol. */
  readonly payload: Bytes;
  readonly protocol: number;
  /** Indices of the points that see it; default: all. */
  readonly places?: readonly number[];
  readonly peer?: string;
}

const ask = text(
  'GET / HTTP/1.1\r\nHost: c2c-network-demo-w2:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n',
);
const answer = text(
  `HTTP/1.1 200 OK\r\nServer: nginx/1.25.3\r\nContent-Type: text/html\r\nContent-Length: 101\r\n\r\n<!doctype html><title>demo</title>${'.'.repeat(67)}`,
);

function exchange(port: number): Step[] {
  const [from, to] = [1_842_210_553, 901_274_412];
  const step = (
    back: boolean,
    flags: number,
    sequence: number,
    acknowledgement: number,
    payload: Bytes = [],
  ): Step => ({
    back,
    protocol: 6,
    payload: tcp({ ports: back ? [8080, port] : [port, 8080], flags, sequence, acknowledgement, payload }),
  });
  const { syn, ack, psh, fin } = TCP;
  const asked = from + 1 + ask.length;
  const answered = to + 1 + answer.length;
  return [
    step(false, syn, from, 0),
    step(true, syn | ack, to, from + 1),
    step(false, ack, from + 1, to + 1),
    step(false, psh | ack, from + 1, to + 1, ask),
    step(true, ack, to + 1, asked),
    step(true, psh | ack, to + 1, asked, answer),
    step(false, ack, asked, answered),
    step(false, fin | ack, asked, answered),
    step(true, fin | ack, answered, asked + 1),
    step(false, ack, asked + 1, answered + 1),
  ];
}

const refusal = (port: number): Step[] => [
  {
    back: false,
    protocol: 6,
    payload: tcp({ ports: [port, 8081], flags: TCP.syn, sequence: 77_120_043, acknowledgement: 0 }),
  },
  {
    back: true,
    protocol: 6,
    payload: tcp({ ports: [8081, port], flags: TCP.rst | TCP.ack, sequence: 0, acknowledgement: 77_120_044 }),
  },
];

const question = (order: number): Step[] => {
  const name = 'c2c-network-demo-w2.default.svc.cluster.local';
  const places = [0, 1];
  const of = (back: boolean, found: string | null): Step => ({
    back,
    protocol: 17,
    payload: udp(back ? [53, 40_123] : [40_123, 53], dns(order & 0xffff, name, found)),
    places,
    peer: resolver,
  });
  return [of(false, null), of(true, server)];
};

const ping = (order: number): Step[] =>
  [false, true].map((back) => ({
    back,
    protocol: 1,
    payload: icmp(back ? 0 : 8, 0, [
      ...u16(77),
      ...u16(order & 0xffff),
      ...text('abcdefghijklmnopqrstuvwxyz'),
    ]),
  }));

/** What is sent once the wire is cut: seen on the sender's own node alone. */
const unanswered = (port: number): Step[] =>
  exchange(port)
    .slice(0, 1)
    .map((step) => ({ ...step, places: [0, 1, 2] }));
/** Exchanges before the wire is cut: some seconds. */
const CUT_AFTER = 20;

/** µs from one vantage point to the next. */
const HOP_US = [4, 7, 128, 6, 5];
const NICS = [2, 3];

/** What begins at a time (ms since the epoch), as all vantage points see it, in order of time. */
export function passingAt(way: Way, ms: number, order: number, kind: Traffic): Passing[] {
  const port = 44_728 + (order % 800);
  const refused = kind === 'refused' && order % 2 === 1;
  const steps = [
    ...(order % 4 === 1 ? question(order) : []),
    ...(order % 6 === 2 ? ping(order) : []),
    ...(refused ? refusal(port) : kind === 'cut' && order > CUT_AFTER ? unanswered(port) : exchange(port)),
  ];
  const found: Passing[] = [];
  let micros = 0;
  const pass = (place: number, out: boolean, etherType: number, payload: Bytes): void => {
    const point = way.points[place];
    if (point === undefined) return;
    found.push({
      captureId: point.captureId,
      vantagePoint: point.id,
      seconds: Math.floor(ms / 1000),
      nanoseconds: ((ms % 1000) * 1_000_000 + micros * 1000) % 1_000_000_000,
      packet: sll2(point.id, out, etherType, payload),
    });
  };
  if (order % 5 === 3)
    for (const reply of [false, true]) pass(1, reply, 0x0806, arp(reply ? 2 : 1, client, '169.254.1.1'));
  if (order % 5 === 4)
    for (const place of NICS) {
      const keepalive = tcp({
        ports: [179, 41_033],
        flags: 24,
        sequence: order * 19,
        acknowledgement: 7,
        payload: bgpKeepalive,
      });
      pass(place, place === 2, 0x0800, ip(nodes[0], nodes[1], 6, keepalive, 1));
    }
  for (const { back, payload, protocol, places = [0, 1, 2, 3, 4, 5], peer = server } of steps) {
    const order = back ? [...places].reverse() : places;
    order.forEach((place, nth) => {
      if (nth > 0) micros += HOP_US[Math.min(place, order[nth - 1] ?? 0)] ?? 0;
      const inner = back ? ip(peer, client, protocol, payload, 63) : ip(client, peer, protocol, payload, 63);
      const [from, to] = back ? [nodes[1], nodes[0]] : nodes;
      const packet = kind === 'tunnel' && NICS.includes(place) ? vxlan(from, to, 4096, inner) : inner;
      pass(place, (way.forth[place] === 'out') !== back, 0x0800, packet);
    });
    micros += 410;
  }
  return found;
}
