// `ip monitor` as a doorbell: it says when and in which namespace something changed; the state itself is read again.
// Text, since iproute2 6.1 prints no JSON here (ip/ipmonitor.c, lib/libnetlink.c rtnl_listen):
//   [2026-11-24T03:12:34.086540] [nsid current][LINK]Deleted 4: calid9d486e54a8@NONE: <BROADCAST,MULTICAST> mtu 1440 …
// With all-nsid, names of devices in other namespaces are the host's and wrong: only ifindexes of links are believed.
import type { NodeTime } from './facts.ts';

export type DoorbellTopic =
  | 'link'
  | 'address'
  | 'route'
  | 'neighbour'
  | 'rule'
  | 'nsid'
  | 'netconf'
  /** The kernel dropped messages: everything has to be read again. */
  | 'overrun'
  /** This login may not listen to other namespaces: start again without. */
  | 'not-permitted'
  | 'unknown';

export interface DoorbellRing {
  readonly at: NodeTime | null;
  /** Null: the namespace the command runs in. */
  readonly nsid: number | null;
  readonly topic: DoorbellTopic;
  readonly deleted: boolean;
  /** Of links and addresses. */
  readonly ifindex: number | null;
}

export interface DoorbellOptions {
  /** Also what happens inside Pods: needs CAP_NET_BROADCAST. */
  readonly allNamespaces: boolean;
  /** Neighbours ring all the time while traffic flows. */
  readonly neighbours?: boolean;
}

/** A followed command; its errors come in the same stream, since an overrun is told on stderr. */
export function doorbellCommand({ allNamespaces, neighbours = false }: DoorbellOptions): string {
  const scope = allNamespaces ? 'all-nsid ' : '';
  return `TZ=UTC ip -ts -o monitor ${scope}label link address route ${neighbours ? 'neigh ' : ''}rule nsid 2>&1`;
}

const TOPICS: Readonly<Record<string, DoorbellTopic>> = {
  LINK: 'link',
  ADDR: 'address',
  ROUTE: 'route',
  MROUTE: 'route',
  NEXTHOP: 'route',
  NEIGH: 'neighbour',
  RULE: 'rule',
  NSID: 'nsid',
  NETCONF: 'netconf',
};

const LINE =
  /^(?:\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})\] ?)?(?:\[nsid (current|-?\d+)\])?(?:\[([A-Z]+)\])?(Deleted )?(.*)$/;

/** One line, without its newline; never throws. Null for an empty line. */
export function parseDoorbellLine(line: string): DoorbellRing | null {
  if (line.trim() === '') return null;
  const nothing = { at: null, nsid: null, deleted: false, ifindex: null };
  if (/No buffer space available|receive buffer overrun|netlink receive error/i.test(line)) {
    return { ...nothing, topic: 'overrun' };
  }
  if (/Operation not permitted|Permission denied/.test(line)) return { ...nothing, topic: 'not-permitted' };
  // Interface names can hold anything but white space and slashes: the beginning alone is looked at.
  const match = LINE.exec(line.slice(0, 512));
  if (!match) return { ...nothing, topic: 'unknown' };
  const [, time, nsid, label = '', deleted, rest = ''] = match;
  const topic = (Object.hasOwn(TOPICS, label) ? TOPICS[label] : undefined) ?? guessTopic(rest);
  const index = topic === 'link' || topic === 'address' ? /^(\d{1,10}): /.exec(rest)?.[1] : undefined;
  return {
    at: time === undefined ? null : monitorTime(time),
    nsid: nsid === undefined || nsid === 'current' ? null : Number(nsid),
    topic,
    deleted: deleted !== undefined,
    ifindex: index === undefined ? null : Number(index),
  };
}

/** For an iproute2 that knows no labels. */
function guessTopic(rest: string): DoorbellTopic {
  if (/^nsid \d+/.test(rest)) return 'nsid';
  if (/^\d+: \S+: </.test(rest)) return 'link';
  if (/^\d+: \S+ +inet6? /.test(rest)) return 'address';
  if (/^\d+:\s+(not )?from /.test(rest)) return 'rule';
  if (/ lladdr | (REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|NOARP|PERMANENT)\s*$/.test(rest))
    return 'neighbour';
  if (/^(default|[a-z]+ )?[0-9a-f.:/]* ?(dev|via|proto|nexthop|table) /.test(rest)) return 'route';
  return 'unknown';
}

/** `-ts` prints local time, which TZ=UTC makes UTC, in microseconds. */
function monitorTime(text: string): NodeTime | null {
  const ms = Date.parse(`${text.slice(0, 19)}Z`);
  return Number.isNaN(ms) ? null : { s: ms / 1000, ns: Number(text.slice(20)) * 1000 };
}
