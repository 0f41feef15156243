// readme.txt of a case file: for whoever unpacks it without Hopscope.
import type { CaseManifest } from './manifest.ts';

export function caseReadme({
  program,
  created,
  redactions,
}: Pick<CaseManifest, 'program' | 'created' | 'redactions'>): string {
  return `A case file of ${program}, written ${created}.

manifest.json    what is here, with SHA-256 sums; what was lost and what was left out
packets.pcapng   the packets, an interface a vantage point: Wireshark, tshark, capinfos
topology.json    nodes, interfaces, Pods, BGP sessions and what changed: any JSON viewer
routes.json      routes, rules and neighbours of each network namespace: any JSON viewer

Packets stand in the order in which they were decoded; each has its own node's time.
${
  redactions.includes('payload')
    ? 'Of each packet only the headers are here; its length on the wire is kept.'
    : 'Packets are here with what was captured of their payload: it may hold secrets.'
}
`;
}
