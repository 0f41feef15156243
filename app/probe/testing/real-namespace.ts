// Network namespaces that tests make by name. A test that is killed cannot remove them, so the next one that makes some does: a name
// says who made it, by pid namespace, pid and start time (proc(5), field 22 of stat), since a number alone is soon somebody else's.
// Needs root.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** More than a day of killed tests leaves; the next sweep takes the rest. */
const MOST_SWEPT = 200;
const MADE = /^hopscope-[a-z0-9-]{1,40}@(\d{1,20})\.(\d{1,10})\.(\d{1,20})(?:-|$)/;

export interface Maker {
  /** Inode of its pid namespace: another one's numbers mean nothing here. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTime: string;
}

/** Null where there is no such process, or only its remains (a zombie). */
export function makerOf(pid: number): Maker | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces and brackets; the fields start after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTime = fields[19];
    if (startTime === undefined || fields[0] === 'Z' || fields[0] === 'X') return null;
    return { pidNamespace: /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0', pid, startTime };
  } catch {
    return null;
  }
}

/** What names of this test's namespaces begin with. @param purpose lower-case letters, digits, dashes */
export function ownPrefix(purpose: string, maker = makerOf(process.pid)): string {
  if (maker === null) throw new Error('a process that is not there makes no namespace');
  return `hopscope-${purpose}@${maker.pidNamespace}.${maker.pid}.${maker.startTime}`;
}

let swept = false;

/** @param name as `ownPrefix` begins it: another name would stay for good where the test is killed. */
export function addNamespace(name: string): void {
  if (!MADE.test(name)) throw new Error(`${name} does not say who made it`);
  if (!swept) sweepNamespaces();
  swept = true;
  execFileSync('ip', ['netns', 'add', name]);
}

/** Removes the names of those whose maker has ended. What still runs inside ends by itself, and the namespace with it. */
export function sweepNamespaces(): void {
  let names: string[] = [];
  try {
    names = readdirSync('/run/netns');
  } catch {
    // None was ever made since the machine started.
  }
  for (const name of names.filter(isOrphaned).slice(0, MOST_SWEPT)) {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore', timeout: 5_000 });
    } catch {
      // Another test sweeps as well, and was first.
    }
  }
}

function isOrphaned(name: string): boolean {
  const [, pidNamespace, pid, startTime] = MADE.exec(name) ?? [];
  if (pid === undefined || pidNamespace !== makerOf(process.pid)?.pidNamespace) return false;
  return makerOf(Number(pid))?.startTime !== startTime;
}
