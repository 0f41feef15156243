// Two Pods and what lies between them, for tests that know the truth: where packets pass, with which TTL, under which addresses.

export interface Hop {
  readonly place: number;
  readonly ifindex: number;
  readonly way: 'in' | 'out';
  /** Routers before it. */
  readonly routers: number;
  /** 0: addresses as the client knows them; 1: as the server does. */
  readonly side: 0 | 1;
  /** There it is in a tunnel. */
  readonly carried: boolean;
}

export const shapes = ['routed', 'vxlan', 'bridged', 'sameNode', 'sameBridge'] as const;
export type Shape = (typeof shapes)[number];
export const translations = ['none', 'dnat', 'snat', 'both'] as const;
export type Translation = (typeof translations)[number];

export interface Network {
  /** Of the client's packets, then of the server's. */
  readonly paths: readonly [readonly Hop[], readonly Hop[]];
  /** By place, its node. */
  readonly nodes: ReadonlyMap<number, number>;
  /** Of each side, the ends: client first. */
  readonly ends: readonly [Ends, Ends];
}

export interface Ends {
  readonly client: string;
  readonly server: string;
  /** Added to the client's ports. */
  readonly clientShift: number;
  /** Added to the server's. */
  readonly serverShift: number;
}

/** The node of the client, its Pod; the server's. */
export const CLIENT_POD = 1;
export const CLIENT_NODE = 2;
export const SERVER_NODE = 3;
export const SERVER_POD = 4;

const NIC = 2;
const TUNNEL = 9;
const BRIDGE = 11;
const CLIENT_VETH = 5;
const SERVER_VETH = 7;

type Step = readonly [place: number, ifindex: number, way: 'in' | 'out', carried?: boolean];

/** A router lies between the steps before and behind `null`. */
function stepsOf(shape: Shape): readonly (Step | null)[] {
  const out: readonly Step[] = [
    [CLIENT_POD, NIC, 'out'],
    [CLIENT_NODE, CLIENT_VETH, 'in'],
  ];
  const wire: readonly Step[] = [
    [CLIENT_NODE, NIC, 'out'],
    [SERVER_NODE, NIC, 'in'],
  ];
  const into: readonly Step[] = [
    [SERVER_NODE, SERVER_VETH, 'out'],
    [SERVER_POD, NIC, 'in'],
  ];
  switch (shape) {
    case 'routed':
      return [...out, null, ...wire, null, ...into];
    case 'vxlan':
      return [
        ...out,
        null,
        [CLIENT_NODE, TUNNEL, 'out'],
        [CLIENT_NODE, NIC, 'out', true],
        [SERVER_NODE, NIC, 'in', true],
        [SERVER_NODE, TUNNEL, 'in'],
        null,
        ...into,
      ];
    case 'bridged':
      return [
        ...out,
        [CLIENT_NODE, BRIDGE, 'in'],
        null,
        ...wire,
        null,
        [SERVER_NODE, BRIDGE, 'out'],
        ...into,
      ];
    case 'sameNode':
      return [...out, null, [CLIENT_NODE, SERVER_VETH, 'out'], [SERVER_POD, NIC, 'in']];
    case 'sameBridge':
      return [...out, [CLIENT_NODE, SERVER_VETH, 'out'], [SERVER_POD, NIC, 'in']];
  }
}

function pathOf(steps: readonly (Step | null)[], sideOf: (routers: number) => 0 | 1): readonly Hop[] {
  const hops: Hop[] = [];
  let routers = 0;
  for (const step of steps) {
    if (step === null) {
      routers += 1;
      continue;
    }
    const [place, ifindex, way, carried = false] = step;
    hops.push({ place, ifindex, way, routers, side: sideOf(routers), carried });
  }
  return hops;
}

export function networkOf(shape: Shape, translation: Translation): Network {
  const steps = stepsOf(shape);
  const back = [...steps].reverse().map((step): Step | null => {
    if (step === null) return null;
    const [place, ifindex, way, carried = false] = step;
    return [place, ifindex, way === 'in' ? 'out' : 'in', carried];
  });
  const routers = steps.filter((step) => step === null).length;
  // What is only bridged is not translated.
  const translated = routers === 0 ? 'none' : translation;
  const isOneNode = shape === 'sameNode' || shape === 'sameBridge';
  const dnat = translated === 'dnat' || translated === 'both';
  const snat = translated === 'snat' || translated === 'both';
  const [client, server] = ['10.0.0.1', '10.0.0.2'];
  return {
    // The client's node translates, where it routes.
    paths: [
      pathOf(steps, (passed) => (passed > 0 ? 1 : 0)),
      pathOf(back, (passed) => (passed >= routers && routers > 0 ? 0 : 1)),
    ],
    nodes: new Map([
      [CLIENT_POD, 1],
      [CLIENT_NODE, 1],
      [SERVER_NODE, isOneNode ? 1 : 2],
      [SERVER_POD, isOneNode ? 1 : 2],
    ]),
    ends: [
      { client, server: dnat ? '10.96.0.1' : server, clientShift: 0, serverShift: dnat ? 1000 : 0 },
      { client: snat ? '10.1.0.1' : client, server, clientShift: snat ? 7 : 0, serverShift: 0 },
    ],
  };
}
