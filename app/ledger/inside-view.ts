// What is set inside a Pod and what listens there, as it was when somebody looked (app/probe/inside-script.ts).
import { insideOf } from '../route/namespace-facts.ts';
import { PASTED, type NodeReading } from '../topology/input.ts';
import type { NetnsEntity, Topology } from '../topology/model.ts';
import {
  bounded,
  LISTENING,
  listeningGroup,
  note,
  rows,
  type Get,
  type SettingsView,
} from './setting-rows.ts';

export interface InsideRequest {
  readonly netnsId: string;
}

export interface InsideKnown {
  readonly topology: Topology;
  readonly readings: ReadonlyMap<string, NodeReading>;
}

/** Devices whose settings are listed. */
const MOST_DEVICES = 100;

export function insideView({ topology, readings }: InsideKnown, { netnsId }: InsideRequest): SettingsView {
  const netns = topology.netns[netnsId];
  const reading = readings.get(topology.nodes[netns?.nodeId ?? '']?.label ?? '');
  const insides = reading?.snapshot.insides ?? null;
  const inside = insideOf(insides, netns);
  if (inside === null) {
    const pasted = reading?.hostKeyFingerprint === PASTED;
    const sentence = pasted ? 'Its inside was not pasted.' : whyNot(netns, insides?.value?.unread ?? []);
    return { at: null, sentence, groups: [] };
  }
  const get: Get = (path) => inside.sysctls.get(path) ?? null;
  const devices = [
    ...new Set([...inside.sysctls.keys()].flatMap((path) => DEVICE.exec(path)?.[1] ?? [])),
  ].filter((device) => device !== 'all' && device !== 'default' && device !== 'lo');
  const groups = [
    // That nothing listens is told, too.
    ...(inside.sockets === null ? [] : [listeningGroup(inside.sockets, inside.socketsCut)]),
    {
      title: 'Settings',
      rows: rows(get, [
        ['ip_forward', 'ipv4/ip_forward', () => null],
        ['local ports', 'ipv4/ip_local_port_range', () => null],
        ['somaxconn', 'core/somaxconn', () => null],
        ...devices.slice(0, MOST_DEVICES).flatMap((device): Parameters<typeof rows>[1] => [
          [`${device} rp_filter`, `ipv4/conf/${device}/rp_filter`, strictness],
          [`${device} IPv6 off`, `ipv6/conf/${device}/disable_ipv6`, () => null],
        ]),
      ]),
    },
  ];
  const told = groups.filter(({ title, rows: some }) => title === LISTENING || some.length > 0);
  return { at: inside.at, sentence: inside.sentence, groups: told.map(bounded) };
}

const DEVICE = /^ipv4\/conf\/(.+)\/rp_filter$/;

function strictness(value: string): ReturnType<typeof note> | null {
  return value === '1' ? note('strict: a source must be routed back through where it came in') : null;
}

function whyNot(
  netns: NetnsEntity | undefined,
  unread: readonly { readonly pid: number; readonly sentence: string }[],
): string {
  if (netns === undefined || netns.until !== null) return 'This namespace is there no more.';
  if (netns.process === null)
    return 'Its inside cannot be read: this login sees no process in its network namespace.';
  const told = unread.find(({ pid }) => pid === netns.process?.pid)?.sentence;
  return told ?? 'Its inside has not been read yet: it is while the Pod is selected.';
}
