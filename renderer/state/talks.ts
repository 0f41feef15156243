// Who talks with whom: a flow and its answers are a connection, connections of the same two ends and port a talk. Pure.
import type { FlowEnd, FlowView } from '../../app/contract/trails.ts';
import { grouped } from '../../app/grouped.ts';
import { packetsOf } from './flow-rates.ts';

export interface Talk {
  readonly key: string;
  readonly protocol: string;
  /** Who opened it, under the address that was seen first. */
  readonly client: FlowEnd;
  readonly server: FlowEnd;
  readonly connections: number;
  /** Ids of FlowViews, of both ways, those seen last first. */
  readonly flows: readonly number[];
  /** Of these, those from the client to the server. */
  readonly forth: ReadonlySet<number>;
  readonly packets: number;
}

/** What the ladder shows: all connections of two ends, or one. */
export type TalkChoice =
  { readonly kind: 'talk'; readonly key: string } | { readonly kind: 'flow'; readonly id: number };

interface Connection {
  readonly forth: FlowView;
  readonly back: FlowView | null;
}

/** A talk gives way to a busier one only when that has so many times its packets: what one looks at does not change every moment. */
const BUSIER = 2;

export function talksOf(flows: readonly FlowView[]): Talk[] {
  const byKey = grouped(connectionsOf(flows), ({ forth: { protocol, source, destination } }) =>
    [protocol, source.address, endText(destination)].join(' '),
  );
  return [...byKey].flatMap(([key, connections]) => talk(key, connections) ?? []);
}

/** What is chosen, else the busiest of these addresses, else of all. @param before the key of the one shown so far @param isHeld it is paused */
export function shownTalk(
  flows: readonly FlowView[],
  choice: TalkChoice | null,
  {
    addresses,
    before,
    isHeld,
  }: {
    readonly addresses: readonly string[];
    readonly before: string | null;
    readonly isHeld: boolean;
  },
): Talk | null {
  if (choice?.kind === 'flow') {
    const found = connectionsOf(flows).find(({ forth, back }) => [forth.id, back?.id].includes(choice.id));
    if (found !== undefined) return talk(`flow ${String(found.forth.id)}`, [found]);
  }
  const talks = talksOf(flows);
  const chosen = choice?.kind === 'talk' ? talks.find(({ key }) => key === choice.key) : undefined;
  if (chosen !== undefined) return chosen;
  const own = talks.filter(({ client, server }) =>
    [client, server].some(({ address }) => addresses.includes(address)),
  );
  const [busiest] = (own.length > 0 ? own : talks).toSorted((a, b) => b.packets - a.packets);
  const shown = talks.find(({ key }) => key === before);
  const stays = shown !== undefined && (isHeld || (busiest?.packets ?? 0) < BUSIER * shown.packets);
  return stays ? shown : (busiest ?? null);
}

function talk(key: string, connections: readonly Connection[]): Talk | null {
  const [first] = connections;
  if (first === undefined) return null;
  const flows = connections
    .flatMap(({ forth, back }) => (back === null ? [forth] : [forth, back]))
    .toSorted((a, b) => b.last - a.last);
  const { protocol, source, destination } = first.forth;
  return {
    ...{ key, protocol, client: source, server: destination, connections: connections.length },
    flows: flows.map(({ id }) => id),
    forth: new Set(connections.map(({ forth }) => forth.id)),
    packets: flows.reduce((sum, flow) => sum + packetsOf(flow), 0),
  };
}

/** Each flow once: with its answers where it is known which they are. */
export function connectionsOf(flows: readonly FlowView[]): Connection[] {
  const answers = pairs(flows);
  const taken = new Set<number>();
  return flows.flatMap((flow): Connection[] => {
    if (taken.has(flow.id)) return [];
    const other = answers.get(flow.id) ?? null;
    taken.add(flow.id);
    if (other === null) return [{ forth: flow, back: null }];
    taken.add(other.id);
    return [isForth(flow, other) ? { forth: flow, back: other } : { forth: other, back: flow }];
  });
}

/** Servers have the lower port; where that does not tell, who was first asked. */
function isForth(flow: FlowView, other: FlowView): boolean {
  const [from, to] = [flow.source.port, flow.destination.port];
  if (from !== null && to !== null && from !== to) return to < from;
  return flow.first <= other.first;
}

/** What a flow is known by to who answers it, and as whose answer it is known. */
type Rule = (flow: FlowView) => { readonly asks: string; readonly answers: string };

const rules: readonly Rule[] = [
  ({ source, destination }) => ({
    asks: `${endText(source)} ${endText(destination)}`,
    answers: `${endText(destination)} ${endText(source)}`,
  }),
  // A Service was translated: who asks is the same.
  ({ source, destination }) => ({ asks: endText(source), answers: endText(destination) }),
  // Behind a masquerade: who is asked is the same, and the port that is asked from.
  ({ source, destination }) => ({
    asks: `${endText(destination)} ${String(source.port)}`,
    answers: `${endText(source)} ${String(destination.port)}`,
  }),
];

/** Flows that answer each other. By one end only where it is the only one on either side, and the end of a connection. */
function pairs(flows: readonly FlowView[]): Map<number, FlowView> {
  const found = new Map<number, FlowView>();
  for (const [at, rule] of rules.entries()) {
    const left = flows.filter(
      ({ id, source, destination }) =>
        !found.has(id) && (at === 0 || (source.port !== null && destination.port !== null)),
    );
    const asking = grouped(left, (flow) => `${flow.protocol} ${rule(flow).asks}`);
    const answering = grouped(left, (flow) => `${flow.protocol} ${rule(flow).answers}`);
    for (const [key, [flow, another]] of asking) {
      const [answer, second] = answering.get(key) ?? [];
      if (flow === undefined || answer === undefined || another !== undefined || second !== undefined)
        continue;
      if (flow.id === answer.id || found.has(flow.id) || found.has(answer.id)) continue;
      found.set(flow.id, answer);
      found.set(answer.id, flow);
    }
  }
  return found;
}

/** `192.168.1.2:40000`, `[fd00::2]:53`. */
export function endText({ address, port }: FlowEnd): string {
  const host = address.includes(':') && port !== null ? `[${address}]` : address;
  return port === null ? host : `${host}:${String(port)}`;
}
