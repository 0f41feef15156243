// For tests: two nodes with a Pod each and a VXLAN between them, and a third one that has no Pods; what its ends counted at which second.
import type { DeviceCounters } from '../../probe/counter-facts.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import type { TcFilter } from '../../probe/tc-filters.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import type { KnownFacts } from '../detector.ts';
import { counters, known, link, neighbour, pods, section, type CaseNode } from './case.ts';

const device = (name: string, rxPackets: number, txPackets: number): DeviceCounters => ({
  name,
  rxPackets,
  txPackets,
  ...{
    rxErrors: 0,
    rxDropped: 0,
    rxFifo: 0,
    rxFrame: 0,
    rxMulticast: 0,
    txErrors: 0,
    txDropped: 0,
    txFifo: 0,
    txCarrier: 0,
  },
});

export interface Counted {
  /** Of the tunnel. */
  readonly sent: number;
  readonly received: number;
  readonly nic?: number;
  readonly udp?: number;
  /** Datagrams with a wrong checksum. */
  readonly damaged?: number;
  /** TCP segments, of the node and its Pods. */
  readonly resent?: number;
  /** Seconds by which its sample is earlier than the other's. */
  readonly early?: number;
  /** The route of its Pod is there. */
  readonly podRoute?: boolean;
  /** Filters of tc at its devices. */
  readonly filters?: readonly TcFilter[];
}

export const NOTHING: Counted = { sent: 0, received: 0, nic: 0 };

/** c: left out, there are two nodes. */
export type Sample = readonly [second: number, a: Counted, b: Counted, c?: Counted];

/** @param more what else was read of a node, and when. */
export function sampledFacts(
  samples: readonly Sample[],
  more: (label: string, second: number) => Partial<NodeSnapshot> = () => ({}),
): KnownFacts {
  const { nodes: two, inventory } = pods();
  const three = [...two, { label: 'c', at: 1000, address: '10.0.0.3', bootId: 'boot-3' }];
  const moment = ([now, ...counted]: Sample): CaseNode[] =>
    counted.flatMap((mine, at) => {
      const node = three[at];
      return node === undefined || mine === undefined
        ? []
        : [sampledNode(node, now, at + 1, mine, counted.length, more)];
    });
  return known(samples.map(moment), inventory);
}

function sampledNode(
  node: CaseNode,
  now: number,
  own: number,
  {
    sent,
    received,
    nic = 50,
    udp = received,
    damaged = 0,
    resent = 0,
    podRoute = true,
    early = 0,
    filters = [],
  }: Counted,
  count: number,
  more: (label: string, second: number) => Partial<NodeSnapshot>,
): CaseNode {
  const far = Array.from({ length: count }, (_, at) => at + 1).filter((one) => one !== own);
  const mac = (one: number): string => `66:00:00:00:00:0${String(one)}`;
  const second = 1000 + now - early;
  const local = (dst: string, dev: string) =>
    route(dst, { type: 'local', table: 'local', dev, proto: 'kernel', scope: 'host' });
  return {
    ...node,
    at: second,
    routes: far.map((one) =>
      route(`192.168.${String(one)}.0/24`, { dev: 'over', via: `192.168.${String(one)}.0` }),
    ),
    facts: ({ links, routes4 }: NodeSnapshot) => ({
      routes4: section('routes4', [
        ...(routes4?.value ?? []).filter(({ dst }) => podRoute || !dst.endsWith('.3/32')),
        local(`${node.address ?? ''}/32`, 'ens192'),
        local(`192.168.${String(own)}.0/32`, 'over'),
      ]),
      links: section('links', [
        ...(links?.value ?? []),
        link('over', {
          kind: 'vxlan',
          ifindex: 9,
          mac: mac(own),
          mtu: 1450,
          tunnel: { vni: 5, port: 5555, local: node.address ?? null, remote: null, lower: null },
        }),
      ]),
      neighbours: section(
        'neighbours',
        far.map((one) =>
          neighbour(`192.168.${String(one)}.0`, { dev: 'over', mac: mac(one), state: 'PERMANENT' }),
        ),
      ),
      fdb: section(
        'fdb',
        far.map((one) => ({
          ...{
            mac: mac(one),
            dev: 'over',
            dst: `10.0.0.${String(one)}`,
            master: null,
            vlan: null,
            permanent: true,
          },
        })),
      ),
      counters: {
        ...section('counters', {
          ...(counters({}).value as NonNullable<ReturnType<typeof counters>['value']>),
          tc: { filters, cut: false },
          namespaces: [
            {
              identity: null,
              pid: null,
              counters: new Map([
                ['UdpInDatagrams', udp],
                ['UdpInCsumErrors', damaged],
                ['TcpRetransSegs', resent],
              ]),
              devices: [device('over', received, sent), device('ens192', nic, nic)],
            },
          ],
        }),
        at: { s: second, ns: 0 },
      },
      ...more(node.label, second),
    }),
  };
}
