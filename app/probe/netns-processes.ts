// The discovery script's own lists: "ns INODE PID STARTTICKS COMM" and "hidden COUNT" (from /proc/PID/ns/net and
// /proc/PID/stat, proc(5)), and `ls -1iL` of the folders where tools pin namespaces ("dir PATH", "INODE NAME").
import type { NetnsListing } from './facts.ts';

/** Null when the list does not end as the script ends it: without awk there is none. */
export function parseNetnsProcesses(
  output: string,
): Pick<NetnsListing, 'namespaces' | 'hiddenProcesses'> | null {
  const namespaces: NetnsListing['namespaces'][number][] = [];
  let hiddenProcesses: number | null = null;
  for (const line of output.split('\n')) {
    const match = /^ns (\d+) (\d+) (\d+) (.*)$/.exec(line);
    if (match) {
      const [, inode, pid, startTicks, comm = ''] = match;
      namespaces.push({
        inode: Number(inode),
        process: { pid: Number(pid), comm, startTicks: Number(startTicks) },
      });
    }
    const hidden = /^hidden (\d+)$/.exec(line);
    if (hidden) hiddenProcesses = Number(hidden[1]);
  }
  return hiddenProcesses === null ? null : { namespaces, hiddenProcesses };
}

export function parseNetnsFiles(output: string): NetnsListing['named'] {
  return output.split('\n').flatMap((line) => {
    const match = /^\s*(\d+) (.+)$/.exec(line);
    return match ? [{ inode: Number(match[1]), name: match[2] ?? '' }] : [];
  });
}
