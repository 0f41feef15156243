// Why a line was not read; where another form of the same command would be, which.
import { LONGEST_LINE, LONGEST_RULE, MASKED } from './piece-kind.ts';

/** How outputs begin that are known and not read, and the command to paste in their stead. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  // Of which table it is was left out.
  [/^\s+(?:chain|set|map) \S{1,64} \{\s*$/, 'nft list ruleset'],
  [/^Chain \S{1,64} \((?:policy|\d+ references)/, 'iptables-save -c'],
  [
    /^(?:cpu=\d+\s+(?:found|searched)=|conntrack v\d|(?:tcp|udp|icmp|sctp)\s+\d{1,3} \d{1,8} .*\bsrc=)/,
    'sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max',
  ],
  [/^(?:Ip|Icmp|Tcp|Udp|TcpExt|IpExt):\s*$/, 'cat /proc/net/snmp /proc/net/netstat'],
  [
    /^Checking IPAM for inconsistencies|^\| GROUPING \|/,
    'kubectl get ipamblocks,blockaffinities,ippools -o yaml',
  ],
  // Its heading was cut to columns that leave no route: no mask, or no device.
  [
    /^Destination\s+(?:Gateway|Genmask|Iface|Flags)\b/,
    'ip route, or route -n with the columns Destination, Gateway, Genmask and Iface',
  ],
  [/^Name:\s{3,}\S/, 'the same objects with kubectl get … -o yaml'],
  [/^bridge name\s+bridge id/, 'ip -d addr'],
];

export const UNKNOWN = 'no command’s output that is known';
const OTHER = 'this form is not read; what is: ';

/** Whether it says what to paste in its stead. */
export function namesOther(why: string): boolean {
  return why.startsWith(OTHER);
}

export function whyUnread(text: string): string {
  if (text.length <= LONGEST_RULE && MASKED.test(text)) return 'an address is masked';
  if (text.length > LONGEST_LINE) return 'longer than any line of these commands';
  if (/^\s*(?:\.{2,}|…|\[\.\.\.\]|<snip>|-- ?more ?--)/i.test(text)) return 'something was left out here';
  const command = INSTEAD.find(([begins]) => begins.test(text))?.[1];
  return command === undefined ? UNKNOWN : `${OTHER}${command}`;
}

const BEGINS =
  /^\s{0,8}(?:default\b|(?:blackhole|unreachable|prohibit|throw|local|broadcast) |\d{1,3}\.(?:\d{1,3}|x{1,3}|\*)\.|(?:[\da-fA-F]{1,4}:){3}|[\da-fA-F]{1,4}::|-A |:\S{1,64} )/;

/** Whether an unread line looks as if it, or what it stands for, were a part of the output around it, and not what somebody wrote beside. */
export function isOfOutput(text: string, why: string): boolean {
  return (why !== UNKNOWN && !namesOther(why)) || BEGINS.test(text.slice(0, 100));
}
