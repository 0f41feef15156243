// Tables of counters as the kernel prints them: /proc/net/snmp and netstat (pairs of lines, net/ipv4/proc.c), snmp6
// (net/ipv6/proc.c), dev (net/core/net-procfs.c), the files of /proc/net/stat and softnet_stat (hexadecimal, a line for each CPU).
import type { CpuCounters, DeviceCounters } from './counter-facts.ts';

/** Most columns and lines that are looked at: real ones have fewer. */
const MOST_COLUMNS = 400;
const MOST_LINES = 5000;

/** A column's names, printed before its numbers, once for all files of a kind. */
export type ColumnNames = Map<string, readonly string[]>;

/** snmp or netstat. `names` is what files before this one told, and learns. Returns how many lines meant nothing. */
export function readPairedLines(text: string, names: ColumnNames, into: Map<string, number>): number {
  let unread = 0;
  for (const line of linesOf(text)) {
    const match = /^([A-Za-z0-9]+): (.*)$/.exec(line);
    const [, group = '', rest = ''] = match ?? [];
    const words = rest.trim().split(/\s+/, MOST_COLUMNS);
    if (match === null) unread += 1;
    else if (words.every((word) => /^-?\d+$/.test(word))) {
      const columns = names.get(group);
      if (columns === undefined || columns.length !== words.length) unread += 1;
      else columns.forEach((column, at) => into.set(`${group}${column}`, Number(words[at])));
    } else if (words.every((word) => /^[A-Za-z]\w*$/.test(word))) names.set(group, words);
    else unread += 1;
  }
  return unread;
}

/** snmp6: a name and a number a line. */
export function readNamedLines(text: string, into: Map<string, number>): number {
  let unread = 0;
  for (const line of linesOf(text)) {
    const match = /^(\w+)\s+(\d+)\s*$/.exec(line);
    if (match === null) unread += 1;
    else into.set(match[1] ?? '', Number(match[2]));
  }
  return unread;
}

export function readDevices(text: string): { readonly devices: DeviceCounters[]; readonly unread: number } {
  const devices: DeviceCounters[] = [];
  let unread = 0;
  for (const line of linesOf(text)) {
    // Two lines of heading hold a bar.
    if (line.includes('|')) continue;
    const match = /^\s*(\S+):\s*((?:\d+\s+){15}\d+)\s*$/.exec(line);
    if (match === null) {
      unread += 1;
      continue;
    }
    const numbers = (match[2] ?? '').split(/\s+/).map(Number);
    const at = (column: number): number => numbers[column] ?? 0;
    devices.push({
      name: match[1] ?? '',
      rxPackets: at(1),
      rxErrors: at(2),
      rxDropped: at(3),
      rxFifo: at(4),
      rxFrame: at(5),
      rxMulticast: at(7),
      txPackets: at(9),
      txErrors: at(10),
      txDropped: at(11),
      txFifo: at(12),
      txCarrier: at(14),
    });
  }
  return { devices, unread };
}

/** A line of names, then one of hexadecimal numbers for each CPU. */
export function readCpuTable(text: string): { readonly table: CpuCounters; readonly unread: number } {
  const [head, ...rows] = linesOf(text);
  const names = head?.trim().split(/\s+/, MOST_COLUMNS) ?? [];
  const table = new Map<string, number[]>(names.map((name) => [name, []]));
  let unread = 0;
  for (const row of rows) {
    const numbers = hexadecimals(row);
    if (numbers === null || numbers.length !== names.length) unread += 1;
    else names.forEach((name, at) => table.get(name)?.push(numbers[at] ?? 0));
  }
  return { table, unread };
}

/** The second column: dropped since the backlog was full (net.core.netdev_max_backlog). */
export function readSoftnet(text: string): { readonly dropped: number[]; readonly unread: number } {
  const rows = linesOf(text).map(hexadecimals);
  return {
    dropped: rows.flatMap((row) => row?.[1] ?? []),
    unread: rows.filter((row) => row?.[1] === undefined).length,
  };
}

function hexadecimals(line: string): number[] | null {
  const words = line.trim().split(/\s+/, MOST_COLUMNS);
  return words.every((word) => /^[0-9a-f]{1,8}$/.test(word)) ? words.map((word) => parseInt(word, 16)) : null;
}

function linesOf(text: string): string[] {
  return text.split('\n', MOST_LINES).filter((line) => line.trim() !== '');
}
