// What lines of each command's output look like. Formats: iproute2, net-tools, BusyBox, kubectl's table printer, calicoctl node status,
// BIRD's client, iptables-save(8), tcpdump(8).
import { IFCONFIG_HEADS } from '../probe/ifconfig.ts';
import { arpLine, routeLine } from '../probe/net-tools.ts';
import { isDescribedLine, isDescribedName } from './described-pods.ts';
import { heads, isRowOf, OBJECT_TABLE_KINDS, OBJECT_TABLES } from './object-tables.ts';
import { isRouteColumns, routeColumns } from './route-columns.ts';
import { isBriefLink } from './tools/brief-links.ts';
import { isFeature, isFeaturesHead } from './tools/ethtool-features.ts';
import { isIpsetHead, isIpsetMember } from './tools/ipset-list.ts';
import { isIpvsLine, isRealServer } from './tools/ipvsadm.ts';
import { isNetstatLine } from './tools/netstat-listeners.ts';
import { isSsLine } from './tools/ss-listeners.ts';
import { isWgHead, isWgLine } from './tools/wg-show.ts';
import type { PieceKind } from './known-commands.ts';

export interface Grammar {
  readonly kind: PieceKind;
  /** One such line alone is this command's. */
  readonly own: (line: string) => boolean;
  /** Such a line is this command's after another of its lines, the first of which may be a heading. */
  readonly follows: (line: string, first: string) => boolean;
}

const any =
  (...patterns: readonly RegExp[]) =>
  (line: string): boolean =>
    patterns.some((pattern) => pattern.test(line));
const never = (): boolean => false;

const A4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;
const A6 = String.raw`(?=[0-9a-f.]{0,15}:)[0-9a-f:.]{2,45}`;
const ADDRESS = `(?:${A4}|${A6})`;
const MAC = String.raw`[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}`;
const TYPE = '(?:unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole|anycast|nat)';
const STATE = '(?:PERMANENT|NOARP|REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|NONE)';
const POD_STATUS =
  '(?:Running|Pending|Completed|Succeeded|Failed|Error|Terminating|Unknown|ContainerCreating|CrashLoopBackOff|ImagePullBackOff|ErrImagePull|OOMKilled|Evicted|NotReady|PodInitializing|Init:\\S+)';
const OPERSTATE = '(?:UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|NOTPRESENT|TESTING)';
const BGP_STATE = '(?:up|start|down|wait|stop|flush|feed)';
const COUNTER_GROUP = '(?:Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|MPTcpExt|Ip6|Icmp6|Udp6)';

const BIRD_ROUTE = new RegExp(
  `^(?:${A4}|${A6})/\\d{1,3}\\s+(?:via|dev|unicast|blackhole|unreachable|prohibit|multipath)\\b[^[]{0,200}\\[\\S`,
);
// Looked for first: of 100,000 of the kernel's routes none has a bracket.
const bracketed = (line: string): boolean => line.includes('[') && BIRD_ROUTE.test(line);

export const grammars: readonly Grammar[] = [
  {
    kind: 'ip-addr',
    own: any(/^\d{1,9}: \S{1,48}: <[A-Z0-9_,-]*>/),
    follows: any(
      /^\s+(?:link\/\S|inet6? \S|valid_lft |altname |alias |promiscuity |RX:|TX:|RX errors|TX errors|vf \d)/,
      /^\s+(?:veth|bridge|bridge_slave|vxlan|ipip|wireguard|netkit|bond|bond_slave|vlan|dummy|macvlan|ipvlan|tun|geneve|gre|sit|vti|ip6tnl|openvswitch|ifb)\b/,
      /^\s+\d[\d\s]*$/,
    ),
  },
  {
    // `ip a | grep inet`
    kind: 'address-lines',
    own: any(
      new RegExp(
        `^\\s*inet6? ${ADDRESS}(?: peer ${ADDRESS})?(?:/\\d{1,3})?(?: brd ${ADDRESS})? scope \\w+ (?:[a-z-]+ )*\\S{1,15}\\s*$`,
      ),
    ),
    follows: never,
  },
  {
    // `ip -br addr`, `ip -o addr`: a device, or an address, a line.
    kind: 'address-rows',
    own: any(
      new RegExp(`^\\S{1,40}\\s+${OPERSTATE}\\s+${ADDRESS}(?: peer ${ADDRESS})?/\\d{1,3}(?:\\s|$)`),
      new RegExp(`^\\d{1,9}: \\S{1,40}\\s+inet6? ${ADDRESS}(?:/\\d{1,3})? .{0,300}\\bscope \\w+ `),
    ),
    follows: any(new RegExp(`^\\S{1,40}\\s+${OPERSTATE}\\s*$`)),
  },
  { kind: 'brief-links', own: isBriefLink, follows: never },
  {
    kind: 'ifconfig',
    own: any(...IFCONFIG_HEADS),
    follows: any(
      /^\s+(?:inet6? |ether |loop |tunnel |unspec |UP |RX |TX |collisions|Interrupt|device |options|[RT]X bytes|Base address)/,
      /^\s+.{0,60}\bMTU:\d/,
    ),
  },
  // Before those of IPv6 addresses, which a MAC could be the beginning of.
  { kind: 'bridge-fdb', own: any(new RegExp(`^${MAC} (?:dev|vlan) \\S`)), follows: never },
  {
    kind: 'ip-neigh',
    own: any(
      new RegExp(
        `^${ADDRESS} dev \\S{1,15}(?: lladdr \\S{2,60})?(?: \\S{1,40}){0,12} ${STATE}(?: proxy)?\\s*$`,
      ),
      new RegExp(`^${ADDRESS} dev \\S{1,15} {1,2}${STATE}\\s*$`),
    ),
    follows: never,
  },
  {
    kind: 'ip-route-get',
    own: any(
      new RegExp(
        `^(?:${TYPE} )?${ADDRESS} (?:from ${ADDRESS} )?(?:via \\S+ )?dev \\S+.{0,200}\\buid \\d+\\s*$`,
      ),
    ),
    follows: any(/^\s+cache\b/),
  },
  // Before the kernel's, whose lines begin the same; BIRD's name a protocol in brackets.
  {
    kind: 'bird-routes',
    own: (line) => bracketed(line) || /^Table \S+:\s*$/.test(line),
    follows: any(
      /^\s+(?:via|dev) \S/,
      // Each attribute on a line of its own: `BGP.as_path: 64512`, `preference: 100`.
      /^\s+[A-Za-z][\w.]{0,40}:(?:\s|$)/,
      /^\s+\S[^[]{0,200}\[\S{1,80} .*\]/,
    ),
  },
  {
    kind: 'ip-route',
    own: any(
      new RegExp(
        `^(?:${TYPE}\\s+)?(?:default|${A4}(?:/\\d{1,2})?|${A6}(?:/\\d{1,3})?)\\s+(?:via|dev|nhid|proto|scope|tos|encap|table|src) \\S.*$`,
      ),
      new RegExp(`^${TYPE}\\s+(?:default|${A4}(?:/\\d{1,2})?|${A6}(?:/\\d{1,3})?)(?:\\s.*)?$`),
      // Its next hops follow.
      new RegExp(`^(?:default|${A4}/\\d{1,2}|${A6}/\\d{1,3})\\s*(?:proto \\S+.*)?$`),
    ),
    follows: any(/^\s+nexthop (?:via|dev) \S/),
  },
  // Before the whole table, whose heading begins the same.
  { kind: 'route-columns', own: (line) => routeColumns(line) !== null, follows: isRouteColumns },
  {
    kind: 'route-n',
    own: (line) =>
      routeLine(line) !== null ||
      /^Kernel IP routing table\s*$|^Destination\s+Gateway\s+Genmask\b|\bGenmask\b.*\bIface\s*$/.test(line),
    follows: never,
  },
  { kind: 'ip-rule', own: any(/^\d{1,10}:\s+(?:not )?from \S/), follows: never },
  {
    kind: 'arp',
    own: (line) => arpLine(line) !== null || /^Address\s+HWtype\s+HWaddress\b/.test(line),
    follows: never,
  },
  {
    kind: 'kubectl-pods',
    own: any(
      /^(?:NAMESPACE\s+)?NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\b/,
      new RegExp(
        `^(?:[a-z0-9][a-z0-9-]{0,62}\\s+)?[a-z0-9][a-z0-9.-]{0,252}\\s+\\d{1,4}/\\d{1,4}\\s+${POD_STATUS}\\s+\\d{1,7}\\s`,
      ),
    ),
    follows: any(/^(?:\S{1,63}\s+)?[a-z0-9][a-z0-9.-]{0,252}\s+\d{1,4}\/\d{1,4}\s+\S+\s+\d{1,7}\s/),
  },
  { kind: 'kubectl-describe', own: isDescribedName, follows: isDescribedLine },
  {
    kind: 'kubectl-nodes',
    own: any(
      /^NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION\b/,
      /^[a-z0-9][a-z0-9.-]{0,252}\s+(?:Not)?Ready(?:,\S+)?\s+\S+\s+\d+\w*\s+v\d\S*(?:\s|$)/,
    ),
    follows: never,
  },
  ...OBJECT_TABLE_KINDS.map((kind): Grammar => {
    const table = OBJECT_TABLES[kind];
    return {
      kind,
      own: (line) => table.row.test(line) || heads(table, line),
      follows: (line, first) => isRowOf(table, line, first),
    };
  }),
  {
    kind: 'calicoctl-status',
    own: any(
      /^Calico process is /,
      /^None of the BGP backend processes/,
      /^IPv[46] BGP status\s*$/,
      /^No IPv[46] peers found/,
      /^\|\s*PEER ADDRESS\s*\|/,
      // Peer, type, state, and since; what follows may have been cut.
      new RegExp(`^\\|\\s*${ADDRESS}\\s*\\|[^|]{3,40}\\|\\s*${BGP_STATE}\\s*\\|`),
    ),
    follows: any(/^\+[-+]+\s*$/),
  },
  {
    kind: 'bird-status',
    own: any(
      /^BIRD \d[\d.]*\s*$/,
      /^Router ID is [0-9.]{7,15}\s*$/,
      /^Current server time is \d/,
      /^Last (?:reboot|reconfiguration) on \d/,
      /^Daemon is (?:up and running|shutting down)/,
    ),
    follows: any(/^Hostname is \S/),
  },
  {
    kind: 'bird-protocols',
    own: any(
      /^BIRD \S+ ready\.?\s*$/,
      /^[Nn]ame\s+[Pp]roto\s+[Tt]able\s+[Ss]tate\s/,
      new RegExp(
        `^\\S{1,80}\\s+(?:BGP|Device|Kernel|Direct|Static|Pipe|BFD|RAdv)\\s+\\S+\\s+${BGP_STATE}\\b`,
      ),
    ),
    follows: any(/^\s{2,}\S/),
  },
  {
    kind: 'iptables-save',
    own: any(
      /^\*(?:filter|nat|mangle|raw|security)\s*$/,
      /^:\S{1,64} (?:ACCEPT|DROP|REJECT|RETURN|QUEUE|-)(?: \[\d+:\d+\])?\s*$/,
      /^(?:\[\d+:\d+\] )?-A \S{1,64}(?: |$)/,
      /^# (?:Generated by|Completed on|Warning: ip6?tables)/,
    ),
    follows: any(/^COMMIT\s*$/),
  },
  {
    kind: 'nft-list',
    own: any(/^table (?:ip6?|inet|arp|bridge|netdev) \S{1,66} \{/),
    follows: any(/^\s+\S/, /^\}\s*$/, /^# Warning: table /),
  },
  { kind: 'ipset-list', own: isIpsetHead, follows: isIpsetMember },
  { kind: 'ipvsadm', own: isIpvsLine, follows: isRealServer },
  { kind: 'ss-listeners', own: isSsLine, follows: never },
  { kind: 'netstat-listeners', own: isNetstatLine, follows: never },
  { kind: 'ethtool-features', own: isFeaturesHead, follows: isFeature },
  { kind: 'wg-show', own: isWgHead, follows: isWgLine },
  {
    kind: 'sysctl',
    own: any(/^(?:net|kernel)[./][\w./-]{1,200} ?= ?\S/, /^\/proc\/sys\/\S{1,200}[: ]\S/),
    follows: never,
  },
  {
    kind: 'counters',
    own: any(
      new RegExp(`^${COUNTER_GROUP}:(?: -?\\w+)+\\s*$`),
      /^#\d{0,20}\s?kernel\s*$/,
      new RegExp(`^${COUNTER_GROUP}[A-Z]\\w{1,60}\\s+\\d+\\s+[\\d.]+\\s*$`),
    ),
    follows: never,
  },
  {
    kind: 'tcpdump',
    own: any(
      /^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{6,9} (?:\S{1,15} {1,3}(?:In|Out|P|B|M) {1,3})?(?:IP6?|ARP|[\w.]+)[ ,]/,
      /^tcpdump: (?:verbose output|listening on|data link type)/,
      /^listening on \S+, link-type /,
      /^\d+ packets? (?:captured|received by filter|dropped by kernel)/,
    ),
    follows: any(/^\s+0x[0-9a-f]{4}:/, /^\s+\S.* > \S+: /),
  },
];
