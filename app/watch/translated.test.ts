// Sightings of one identity under two tuples: one packet before and behind a translation, or two that are alike.
import { expect, it } from 'vitest';
import { Connections } from './connections.ts';
import { FlowTable } from './flow-table.ts';
import { Sightings } from './sightings.ts';
import { noticeTranslations } from './translated.ts';
import { Visits } from './visits.ts';

const POD = '10.0.0.1';
const SERVICE = '10.96.0.10';
const SERVER = '10.0.0.2';
const UDP = 17;

interface Seen {
  /** Places 1 and 2 are of node 1, others of node 2. */
  readonly place: number;
  readonly ifindex: number;
  readonly way: 'in' | 'out';
  readonly ttl: number;
}

const pod: Seen = { place: 1, ifindex: 2, way: 'out', ttl: 64 };
const veth: Seen = { place: 2, ifindex: 5, way: 'in', ttl: 64 };
const bridge: Seen = { place: 2, ifindex: 11, way: 'in', ttl: 64 };
const nic: Seen = { place: 2, ifindex: 3, way: 'out', ttl: 63 };
const far: Seen = { place: 3, ifindex: 3, way: 'in', ttl: 63 };

/** Whether one packet, seen by the client's addresses and by others, tells that both are one connection. */
function isOne(before: readonly Seen[], behind: readonly Seen[], source = POD, sourcePort = 40_000): boolean {
  const sightings = new Sightings(100);
  const visits = new Visits();
  const flows = new FlowTable();
  const connections = new Connections(flows, () => undefined);
  const tuple = (from: string, port: number, to: string) =>
    flows.ofTuple({
      ...{ family: 4, protocol: UDP, source: from, sourcePort: port, destination: to, destinationPort: 53 },
    });
  const [asked, translated] = [tuple(POD, 40_000, SERVICE), tuple(source, sourcePort, SERVER)];
  const rowsOf = (seen: readonly Seen[], flow: number): number[] =>
    seen.map(({ place, ifindex, way, ttl }) => {
      const row = sightings.add();
      sightings.at[row] = row * 1000;
      sightings.visit[row] = visits.of(place, ifindex, way);
      sightings.flow[row] = flow;
      sightings.ttl[row] = ttl;
      return row;
    });
  const nodeOf = (visit: number): number => ((visits.at(visit)?.place ?? 0) <= 2 ? 1 : 2);
  const context = { sightings, visits, nodeOf, plusMinus: () => 0, clocksNs: () => 0 };
  noticeTranslations(context, connections, flows, [rowsOf(before, asked), rowsOf(behind, translated)]);
  return connections.of(asked) === connections.of(translated);
}

it('one datagram of a socket tells what a router made of it', () => {
  expect(isOne([pod, veth], [nic, far])).toBe(true);
});

it('so it does where a bridge translates, which takes nothing of its time to live', () => {
  expect(isOne([pod, veth], [bridge, nic, far])).toBe(true);
});

it('what one socket was seen to send to both is two', () => {
  expect(isOne([pod, veth], [pod, veth, nic])).toBe(false);
});

it('one datagram of another socket or sender may be another that is alike', () => {
  expect(isOne([pod, veth], [nic, far], POD, 40_001)).toBe(false);
  expect(isOne([pod, veth], [nic, far], '10.0.0.9')).toBe(false);
  expect(isOne([pod, veth], [bridge, nic], '10.0.0.9')).toBe(false);
});

it('no node has seen both', () => {
  expect(isOne([pod, veth], [far])).toBe(false);
});
