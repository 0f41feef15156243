import { expect, it } from 'vitest';
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import { Coverage } from './coverage.ts';
import { FlowTable, type FlowTuple } from './flow-table.ts';
import type { Way } from './model.ts';
import { Strays, type Beginning } from './strays.ts';
import { Visits } from './visits.ts';

it('where more begins than can be remembered, what was cut is not known, but of TCP, which is followed by its bytes', () => {
  const flows = new FlowTable();
  const visits = new Visits();
  const strays = new Strays({ flows, visits, coverage: new Coverage(), clocksNs: () => 0 });
  const visit = visits.of(1, 2, 'out');
  const way: Way = { visits: [{ visit, ends: null, carried: false }], end: 'unknown', takes: {} };
  const begins = (protocol: number, port: number, at: number): Beginning => {
    const [source, destination] = [
      '10.0.0.1',
      `10.${String(port >> 16)}.${String((port >> 8) & 255)}.${String(port & 255)}`,
    ];
    const tuple: FlowTuple = {
      family: 4,
      protocol,
      source,
      destination,
      sourcePort: 4000,
      destinationPort: 53,
    };
    const flow = flows.ofTuple(tuple);
    return { connection: flow, flow, visit, at, size: 60 };
  };
  const lost = [IpProtocol.udp, IpProtocol.tcp].map((protocol) => begins(protocol, 1, 5e9));
  const doubts = (): readonly (string | null)[] => lost.map((one) => strays.doubtOf(one, 5e9, way));
  expect(doubts()).toEqual([null, null]);
  const began = performance.now();
  for (let port = 2; port < 40_000; port += 1) strays.note(begins(IpProtocol.udp, port, 5e9 + port));
  const tookMs = performance.now() - began;
  expect(doubts()).toEqual([expect.stringContaining('than can be remembered'), null]);
  // Each as cheap as the one before: forgetting one by one took most of a minute.
  expect(tookMs).toBeLessThan(5_000);
});
