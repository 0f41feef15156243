// Small topologies of namespaces on the real kernel: each is made, read as one reads nodes and Pods (discovery), gets its packets, and
// tells where each was seen, what was said of it and which counters rose. Needs root.
import { spawnSync } from 'node:child_process';
import { parseDiscovery } from '../../probe/discovery.ts';
import { discoveryScript } from '../../probe/discovery-script.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { buildTopology, emptyTopology } from '../../topology/build.ts';
import type { NodeReading } from '../../topology/input.ts';
import type { TraceKnown } from '../known.ts';
import { namespaceOf, type KnownNamespace } from '../namespaces.ts';
import type { RandomPacket, RandomState } from './random-topology.ts';
import { DRIVER } from './real-driver.ts';

/** A frame that a device of a namespace showed, in the order of time. */
export interface Sighting {
  readonly space: string;
  readonly ifindex: number;
  readonly direction: 'in' | 'out';
  /** To a MAC address that is not the device's own. */
  readonly isForOther: boolean;
  readonly frame: Uint8Array;
}

export interface PacketTruth {
  readonly packet: RandomPacket;
  /** What the kernel told the sender's socket; 0: nothing. */
  readonly errno: number;
  /** A server received it (UDP). */
  readonly got: boolean;
  readonly seen: readonly Sighting[];
  /** By space and name. */
  readonly rose: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export interface StateTruth {
  readonly state: RandomState;
  /** What tools said while it was made. */
  readonly said: string;
  readonly known: TraceKnown;
  readonly spaces: ReadonlyMap<string, KnownNamespace>;
  readonly packets: readonly PacketTruth[];
  /** The machines' filters again, when all packets had gone. */
  readonly after: ReadonlyMap<string, NodeSnapshot>;
}

const NONCE = 'n0nce0n0nce0n0nce0';
const FIRST_POD = 2;

interface Told {
  readonly said: string;
  readonly inodes: Readonly<Record<string, number>>;
  readonly discovery: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
  readonly packets: readonly {
    readonly errno: number;
    readonly got: number;
    readonly before: Readonly<Record<string, string>>;
    readonly after: Readonly<Record<string, string>>;
    readonly seen: readonly {
      readonly space: string;
      readonly ifindex: number;
      readonly type: number;
      readonly at: string;
      readonly frame: string;
    }[];
  }[];
}

/** Names of namespaces that others make and delete meanwhile: ip looks each of them up, and complains of one that is gone. */
const ALONE = '[ ! -d /run/netns ] || mount -t tmpfs tmpfs /run/netns; exec taskset 1 perl -e "$0"';

/** @throws when this machine lets us make no namespaces. */
export function runStates(states: readonly RandomState[]): StateTruth[] {
  const lines = states.map((state) =>
    JSON.stringify({
      spaces: state.spaces.map(({ name, script }) => ({ name, script })),
      links: state.links,
      listens: state.listens,
      packets: state.packets,
      machines: state.machines.map(({ space, pods }) => ({
        space,
        pods,
        script: discoveryScript({
          nonce: NONCE,
          parts: ['links', 'routes', 'pods', 'firewall', 'settings', 'inside'],
          inside: pods.map((_, at) => FIRST_POD + at),
        }),
      })),
      after: state.filtered ? discoveryScript({ nonce: NONCE, parts: ['firewall'] }) : null,
    }),
  );
  const run = spawnSync('unshare', ['--mount', 'sh', '-c', ALONE, DRIVER], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
    timeout: 10_000 + 6000 * states.length,
  });
  const told = run.stdout.split('\n').filter((line) => line !== '');
  if (told.length !== states.length || run.stderr !== '')
    throw new Error(`${told.length} of ${states.length} states ran: ${run.stderr.slice(0, 1000)}`);
  return told.map((line, at) => {
    const state = states[at];
    if (state === undefined) throw new Error('no such state');
    return truthOf(state, JSON.parse(line) as Told);
  });
}

function truthOf(state: RandomState, told: Told): StateTruth {
  const readings: Record<string, NodeReading> = {};
  for (const [label, text] of Object.entries(told.discovery))
    readings[label] = { snapshot: snapshotOf(label, text), hostKeyFingerprint: `SHA256:${label}` };
  const topology = buildTopology(emptyTopology('random'), {
    cluster: 'random',
    readings,
    inventory: null,
    deletions: [],
    endedLabels: [],
    evidence: [],
    warnings: [],
  });
  const known: TraceKnown = { topology, readings: new Map(Object.entries(readings)), inventory: null };
  const spaces = new Map<string, KnownNamespace>();
  for (const [name, inode] of Object.entries(told.inodes)) {
    const machine = state.spaces.find((space) => space.name === name)?.machine;
    const netns = Object.values(topology.netns).find(
      (one) => one.inode === inode && topology.nodes[one.nodeId]?.label === machine,
    );
    const namespace = netns === undefined ? null : namespaceOf(known, netns.id);
    if (namespace === null) throw new Error(`seed ${state.seed}: ${name} was not found by discovery`);
    spaces.set(name, namespace);
  }
  return {
    state,
    said: told.said,
    known,
    spaces,
    packets: told.packets.map((one, at) => {
      const packet = state.packets[at];
      if (packet === undefined) throw new Error('no such packet');
      return {
        packet,
        errno: one.errno,
        got: one.got === 1,
        seen: one.seen
          .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
          .map(({ space, ifindex, type, frame }) => ({
            space,
            ifindex,
            direction: type === OUTGOING ? 'out' : 'in',
            isForOther: type === OTHER_HOST,
            frame: Buffer.from(frame, 'hex'),
          })),
        rose: new Map(
          Object.entries(one.after).map(([space, text]) => [space, risen(one.before[space] ?? '', text)]),
        ),
      };
    }),
    after: new Map(Object.entries(told.after ?? {}).map(([label, text]) => [label, snapshotOf(label, text)])),
  };
}

/** linux/if_packet.h. */
const OTHER_HOST = 3;
const OUTGOING = 4;

function snapshotOf(label: string, text: string): NodeSnapshot {
  const parsed = parseDiscovery(Buffer.from(text, 'latin1'), { nonce: NONCE, nodeLabel: label, seenAt: 1 });
  if (!parsed.ok)
    throw new Error(
      `[${String(text.length)} ${text.slice(0, 300)}] ${label}: ${parsed.failure.sentence} ${parsed.failure.detail}`,
    );
  return parsed.value;
}

function risen(before: string, after: string): ReadonlyMap<string, number> {
  const from = counters(before);
  return new Map(
    [...counters(after)].flatMap(([name, value]): [string, number][] => {
      const rise = value - (from.get(name) ?? 0);
      return rise > 0 ? [[name, rise]] : [];
    }),
  );
}

/** `Ip InAddrErrors` of snmp and netstat, `Ip6InNoRoutes` of snmp6. */
function counters(text: string): Map<string, number> {
  const found = new Map<string, number>();
  let names: readonly string[] = [];
  for (const line of text.split('\n')) {
    const words = line.split(/\s+/);
    const [head = '', second = ''] = words;
    if (!head.endsWith(':')) {
      if (head !== '') found.set(head, Number(second));
    } else if (/^-?\d/.test(second)) {
      words
        .slice(1)
        .forEach((value, at) => found.set(`${head.slice(0, -1)} ${names[at] ?? ''}`, Number(value)));
    } else names = words.slice(1);
  }
  return found;
}
