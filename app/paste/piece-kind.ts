// By what its lines look like each command's output is known, without being told which command it was.
import { grammars } from './grammars.ts';
import type { PieceKind } from './known-commands.ts';

const byKind = new Map(grammars.map((grammar) => [grammar.kind, grammar]));

/** Longer lines are no command's that is read here; a pattern is never run over megabytes. */
export const LONGEST_LINE = 4000;

/** Many times what kube-proxy writes for 60 endpoints. */
export const LONGEST_RULE = 200_000;

/** `10.12.x.x`, `***.22.151`: of such a line nothing is sure. */
export const MASKED =
  /\d\.(?:x{1,3}|\*{1,3}|[nyz]{1,3})(?=[./\s:,]|$)|(?:^|[\s(])(?:x{1,3}|\*{1,3})\.(?:\d|[x*])/i;

/**
 * @param current of the line before, if it was understood.
 * @param first of the piece that the line before is in.
 */
export function kindOf(line: string, current: PieceKind | null, first = ''): PieceKind | null {
  if (line.length > LONGEST_LINE) return isLongRule(line, current) ? current : null;
  if (MASKED.test(line)) return null;
  const going = current === null ? undefined : byKind.get(current);
  if (going !== undefined && (going.own(line) || going.follows(line, first))) return going.kind;
  // Most lines of a text that is no output begin like none: the first letter tells.
  const begins = BEGINNINGS.exec(line);
  if (begins === null) return null;
  for (const { kind, own } of grammars) if (own(line)) return kind;
  return null;
}

/** A map in a rule of nft's stands on one line, be it of hundreds of endpoints. */
function isLongRule(line: string, current: PieceKind | null): boolean {
  return (
    current === 'nft-list' &&
    line.length <= LONGEST_RULE &&
    /^\s+\S/.test(line.slice(0, 100)) &&
    !MASKED.test(line)
  );
}

/** How every line begins that is some command's own. */
const BEGINNINGS =
  /^(?:\d|[0-9a-f]{0,4}:|[0-9a-fA-F]{2}:|\s+inet|[*:|#+-]|\[\d|default\s|unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole|anycast|nat\s|Kernel|Destination|(?:Gateway|Genmask|Iface)\s|.{0,60}Genmask|Address\s|\S+\s+(?:Link encap|\()|\S{1,40}: flags|NAME|\S{1,40}\s+(?:UP|DOWN|UNKNOWN|LOWER|DORMANT|NOTPRESENT|TESTING)|[a-z0-9][a-z0-9./-]*(?:\s+[a-z0-9./-]+){0,2}\s+(?:\d|[0-9a-f]{0,4}:|\[|\(|(?:Not)?Ready|ClusterIP|NodePort|LoadBalancer|ExternalName|IPv[46]|host:|Info|Warn)|[A-Z]{2,}[A-Z0-9()/.-]*\s+[A-Z]|Calico|None of|IPv|No IPv|Table|table\s|BIRD|Router ID|Current server|Last re|Daemon is|[Nn]ame\s|\S{1,80}\s+(?:BGP|Device|Kernel|Direct|Static|Pipe|BFD|RAdv)\s|net[./]|kernel[./]|\/proc\/|Netid|State\s|LISTEN|UNCONN|tcp|udp|Active Internet|Proto\s|Features|Offload|interface:|peer:|Name:|TCP\s|UDP\s|SCTP\s|FWM\s|IP Virtual|Prot\s|Ip|Icmp|Tcp|Udp|MPTcp|listening|tcpdump:|inet)/;
