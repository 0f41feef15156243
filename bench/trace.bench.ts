// What a trace costs, in CPU time: a packet from Pod to Pod and its answer back, over two nodes of 10,000 routes each.
import { buildTopology, emptyTopology } from '../app/topology/build.ts';
import { inputOf, route, type SyntheticNode } from '../app/topology/testing/synthetic-node.ts';
import { tracePath } from '../app/trace/trace.ts';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';

const ROUTES = 10_000;
const TRACES = 200;
const TRACE_MS = 5;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The block of the other node, and as many blocks of nodes that are not read as make up the number. */
function node(label: string, own: number, other: number): SyntheticNode {
  const pod = {
    inode: 100 + own,
    nsid: 1,
    pid: 50,
    startTicks: 7,
    ip: `192.168.${String(own)}.2`,
    ifindex: 3,
    hostIfindex: 4,
    hostName: 'cali1',
    mac: `02:00:00:00:00:0${String(own)}`,
  };
  const others = Array.from({ length: ROUTES }, (_, at) =>
    route(`172.${String(16 + (at >> 12))}.${String((at >> 4) & 255)}.${String((at & 15) * 16)}/28`, {
      dev: 'ens192',
      via: '10.0.0.77',
      proto: 'bird',
    }),
  );
  const block = route(`192.168.${String(other)}.0/24`, {
    dev: 'ens192',
    via: `10.0.0.${String(other)}`,
    proto: 'bird',
  });
  return { label, at: 1000, address: `10.0.0.${String(own)}`, pods: [pod], routes: [...others, block] };
}

const input = inputOf([node('a', 1, 2), node('b', 2, 1)]);
const topology = buildTopology(emptyTopology('bench'), input);
const known = { topology, readings: new Map(Object.entries(input.readings)), inventory: null };
const request = { from: '192.168.1.2', to: '192.168.2.2', proto: 'tcp', port: 8080, size: null } as const;

tellLoad('at the start');
const trace = async (): Promise<number> => {
  const from = cpuMs();
  for (let turn = 0; turn < TRACES; turn += 1) {
    const answer = tracePath(known, request);
    if (!answer.ok || answer.paths[0]?.verdict !== 'delivered' || answer.reverse?.verdict !== 'delivered')
      throw new Error(`the bench measures another way: ${JSON.stringify(answer).slice(0, 400)}`);
  }
  return Promise.resolve((cpuMs() - from) / TRACES);
};
/** The routes have just changed: their tables are built anew. */
const first = async (): Promise<number> => {
  const forwarding = Object.fromEntries(
    Object.entries(topology.forwarding).map(([id, state]) => [id, { ...state }]),
  );
  const from = cpuMs();
  tracePath({ ...known, topology: { ...topology, forwarding } }, request);
  return Promise.resolve(cpuMs() - from);
};
for (let warm = 0; warm < 3; warm += 1) for (const run of [trace, first]) await run();
const values = await rounds(Math.max(ROUNDS, 11), { trace, first });
report({
  name: `a trace and its way back over two nodes of ${String(ROUTES)} routes`,
  measured: values.trace,
  unit: 'ms',
  reference: { name: 'the first after all routes of both have changed', values: values.first },
  budget: { of: 'value', atMost: TRACE_MS },
});
tellLoad('at the end');
