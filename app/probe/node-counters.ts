// The part `counters` of a discovery (counters-script.ts) put together: files by namespace, and the tools' JSON beside them.
import { z } from 'zod';
import type { CountersReading, CpuCounters, LinkStatistics, NamespaceCounters } from './counter-facts.ts';
import {
  readCpuTable,
  readDevices,
  readNamedLines,
  readPairedLines,
  readSoftnet,
  type ColumnNames,
} from './counter-tables.ts';
import { parseDeviceHooks } from './device-hooks.ts';
import { parseNetnsProcesses } from './netns-processes.ts';
import { parseTcFilters } from './tc-filters.ts';
import { parseQdiscs } from './tc-queues.ts';
import { entriesOf } from './tool-json.ts';

export interface CountersText {
  /** Which process stands for which namespace. */
  readonly counted: string;
  /** What `head` printed of the files. */
  readonly files: string;
  /** `ip -s -s link` and `tc -s qdisc`; empty where there is no such tool. */
  readonly linkstats: string;
  readonly qdiscs: string;
  /** `tc -s filter`; null where it was not listed. */
  readonly tcfilters: string | null;
  /** `nft` of family netdev; null where it was refused or is not there. */
  readonly hooks: string | null;
}

export function parseCounters(texts: CountersText): CountersReading {
  const { counted, files, linkstats, qdiscs, tcfilters, hooks } = texts;
  const byPid = new Map<string, Map<string, string>>();
  const shared = new Map<string, string>();
  for (const [path, text] of filesOf(files)) {
    const match = /^(self|\d+)\/net\/(snmp|netstat|snmp6|dev)$/.exec(path);
    if (match === null) shared.set(path, text);
    else {
      const [, pid = '', file = ''] = match;
      const own = byPid.get(pid) ?? new Map<string, string>();
      own.set(file, text);
      byPid.set(pid, own);
    }
  }
  let unread = 0;
  const names: ColumnNames = new Map();
  const listed = new Map(
    (parseNetnsProcesses(counted)?.namespaces ?? []).map(({ inode, process }) => [
      String(process.pid),
      { inode, startTicks: process.startTicks },
    ]),
  );
  const namespaces: NamespaceCounters[] = [];
  for (const [pid, own] of byPid) {
    const identity = listed.get(pid) ?? null;
    if (pid !== 'self' && identity === null) continue;
    const counters = new Map<string, number>();
    unread += readPairedLines(own.get('snmp') ?? '', names, counters);
    unread += readPairedLines(own.get('netstat') ?? '', names, counters);
    unread += readNamedLines(own.get('snmp6') ?? '', counters);
    const { devices, unread: odd } = readDevices(own.get('dev') ?? '');
    unread += odd;
    namespaces.push({ identity, pid: pid === 'self' ? null : Number(pid), counters, devices });
  }
  const cpuTable = (file: string): CpuCounters => {
    const read = readCpuTable(shared.get(`self/net/stat/${file}`) ?? '');
    unread += read.unread;
    return read.table;
  };
  const softnet = readSoftnet(shared.get('self/net/softnet_stat') ?? '');
  const hooked = hooks === null ? null : parseDeviceHooks(hooks);
  return {
    namespaces: namespaces.toSorted((a, b) => Number(a.identity !== null) - Number(b.identity !== null)),
    softnetDropped: softnet.dropped,
    conntrack: cpuTable('nf_conntrack'),
    conntrackTable: tableOf(shared),
    // The kernel's own threads are seen from the machine itself alone.
    wholeMachine: shared.get('2/comm')?.trim() === 'kthreadd' && !/^unread /m.test(counted),
    routing: cpuTable('rt_cache'),
    arp: cpuTable('arp_cache'),
    ndisc: cpuTable('ndisc_cache'),
    links: parseLinkStatistics(linkstats),
    qdiscs: parseQdiscs(qdiscs),
    tc: tcfilters === null ? null : parseTcFilters(tcfilters),
    hooks: hooked?.rules ?? null,
    hooksCut: hooked?.cut ?? false,
    unread: unread + softnet.unread + (hooked?.unread ?? 0),
  };
}

/** As file-heads.ts, but for paths that begin with a name. */
function* filesOf(output: string): Generator<readonly [string, string]> {
  const parts = output.split(/^==> ((?:self|sys|\d+)\/[^\n]*) <==\n/m);
  for (let at = 1; at + 1 < parts.length; at += 2) yield [parts[at] ?? '', parts[at + 1] ?? ''];
}

function tableOf(shared: ReadonlyMap<string, string>): CountersReading['conntrackTable'] {
  const [count, max] = ['count', 'max'].map((name) =>
    shared.get(`sys/net/netfilter/nf_conntrack_${name}`)?.trim(),
  );
  if (count === undefined || max === undefined || !/^\d{1,10}$/.test(count) || !/^\d{1,10}$/.test(max))
    return null;
  return { count: Number(count), max: Number(max) };
}

const linkSchema = z.object({
  ifindex: z.number(),
  ifname: z.string(),
  stats64: z.object({ rx: z.object({ otherhost: z.number().optional() }) }),
});

/** `ip -j -s -s link`; its text form says no more than /proc/net/dev does, and is not read. */
function parseLinkStatistics(text: string): LinkStatistics[] {
  return entriesOf(text, linkSchema).map(({ ifindex, ifname, stats64 }) => ({
    ifindex,
    name: ifname,
    otherhost: stats64.rx.otherhost ?? null,
  }));
}
