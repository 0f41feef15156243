// Which namespace the kernel means by a link-netnsid: `lsns -t net -n -r -o NS,NETNSID,PID` (util-linux sys-utils/lsns.c)
// gives inodes, `ip netns list-id` (iproute2 ip/ipnetns.c) names under /run/netns.
import type { NamespaceIds } from './facts.ts';

export function parseNamespaceIds(output: string): NamespaceIds {
  const byInode: { nsid: number; inode: number }[] = [];
  const byName: { nsid: number; name: string }[] = [];
  const lines = output.split('\n');
  for (const line of lines) {
    const numbered = /^(\d+) (\d+)(?: \d+)?$/.exec(line);
    if (numbered) byInode.push({ inode: Number(numbered[1]), nsid: Number(numbered[2]) });
    const named = /^nsid (\d+) .*\(iproute2 netns name: (.*)\)$/.exec(line);
    if (named) byName.push({ nsid: Number(named[1]), name: named[2] ?? '' });
  }
  return { byInode, byName, lsnsFailed: lines.includes('lsns failed') };
}
