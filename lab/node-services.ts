import { readdir, readFile } from 'node:fs/promises';
import type { ActiveFault } from './fault-record.ts';
import { hostPath } from './node-namespace.ts';
import type { LabPlan, NodePlan } from './lab-plan.ts';
import { NETWORKS } from './network/networks.ts';
import type { ProcessIdentity } from './processes.ts';

// What runs on a node besides its PID 1. No file of numbers is kept on the host: the node's own /proc shows it.

interface Service {
  readonly name: string;
  /** The faults that end it: while one is in force its absence is no damage. */
  readonly endedBy: readonly string[];
  readonly runsOn: (node: NodePlan, plan: LabPlan) => boolean;
  readonly isOne: (process: NodeProcess) => boolean;
}

interface NodeProcess {
  /** As the node numbers it. */
  readonly pid: number;
  /** The name it shows; at most 15 bytes. */
  readonly name: string;
  readonly title: string;
}

const SERVICES: readonly Service[] = [
  {
    name: 'BIRD',
    endedBy: ['bird-kill', 'bird-term'],
    runsOn: (_, { mode }) => NETWORKS[mode].transport.routing === 'bird',
    isOne: ({ name }) => name === 'bird',
  },
  {
    name: 'etcd',
    endedBy: [],
    runsOn: ({ index }) => index === 0,
    isOne: ({ name }) => name === 'etcd',
  },
  {
    name: 'sshd',
    endedBy: ['sshd-kill'],
    runsOn: () => true,
    // The daemon of port 22, not a login's; while it reads its files anew (SIGHUP) its title is its path alone.
    isOne: ({ name, title }) =>
      name === 'sshd' && (title.includes('[listener]') || title === '/usr/sbin/sshd'),
  },
];

/** What should run on a node and does not, by what it is: its services and its Pods. */
export async function findEnded(
  init: ProcessIdentity,
  plan: LabPlan,
  node: NodePlan,
  faults: readonly ActiveFault[],
): Promise<string[]> {
  const processes = await nodeProcesses(init);
  const isMeant = ({ endedBy }: Service): boolean =>
    faults.some((fault) => fault.node === node.name && endedBy.includes(fault.name));
  const services = SERVICES.filter(
    (service) => service.runsOn(node, plan) && !isMeant(service) && !processes.some(service.isOne),
  );
  const pids = new Set(processes.map(({ pid }) => pid));
  const firsts = await Promise.all(node.pods.map(({ name }) => podInit(init, name)));
  const pods = node.pods.filter((_, index) => !pids.has(firsts[index] ?? 0));
  return [
    ...services.map(({ name }) => `${name} on ${node.name}`),
    ...pods.map(({ name }) => `Pod ${name} on ${node.name}`),
  ];
}

/** The node's number of a Pod's PID 1; 0 when it has none. */
async function podInit(init: ProcessIdentity, pod: string): Promise<number> {
  return Number(await readFile(hostPath(init, `/run/lab/pods/${pod}`), 'utf8').catch(() => '0'));
}

async function nodeProcesses(init: ProcessIdentity): Promise<NodeProcess[]> {
  const entries = await readdir(hostPath(init, '/proc')).catch(() => []);
  const processes = await Promise.all(
    entries.filter((entry) => /^\d+$/.test(entry)).map((entry) => nodeProcess(init, entry)),
  );
  return processes.filter((process) => process !== null);
}

/** Null for one that has just ended, and for a zombie, which has no title. */
async function nodeProcess(init: ProcessIdentity, pid: string): Promise<NodeProcess | null> {
  const read = (file: string): Promise<string> =>
    readFile(hostPath(init, `/proc/${pid}/${file}`), 'utf8').catch(() => '');
  const [name, title] = await Promise.all([read('comm'), read('cmdline')]);
  return title === ''
    ? null
    : { pid: Number(pid), name: name.trimEnd(), title: title.replaceAll('\0', ' ').trimEnd() };
}
