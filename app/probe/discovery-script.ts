// The one round trip to a node (DESIGN §5 "Discovery"): a POSIX sh script that only reads.
// Runs under dash, bash and BusyBox ash. It leaves no file, no process and no changed setting behind:
// `ip … show`, reads of /proc and sysfs, `birdcl -r` (restricted, read-only), never `iptables -L` or `sysctl -a`.
//
// Output: sections framed by lines that hold the caller's nonce, so that noise of login shells and anything a
// hostile name prints stays apart from our own marks. One `date`, then /proc/uptime, which costs no process:
//   #NONCE clock TIME UPTIME
//   #NONCE begin NAME UPTIME COMMAND…
//   <stdout of COMMAND>
//   #NONCE end NAME EXIT-STATUS UPTIME
// and after the last section what each of them said on stderr, 64 KiB in all:
//   #NONCE stderr NAME
//   <its stderr>
//   #NONCE done UPTIME

import { birdScript } from './bird-script.ts';
import { cniScript } from './cni-signs.ts';
import { countersScript } from './counters-script.ts';
import { daemonLogsScript } from './daemon-logs-script.ts';
import { filtersScript, firewallScript, kernelModulesScript } from './firewall-script.ts';
import { framedScript } from './framed-script.ts';
import { insideScript, MOST_INSIDE } from './inside-script.ts';
import { kernelLogPattern } from './kernel-log.ts';
import { namespacesScript, podsScript } from './netns-script.ts';
import { keyedPeersScript, settingsScript, socketsScript } from './settings-script.ts';
import { trackedScript } from './tracked-script.ts';
import { programsScript, STANDING } from './trusted-process.ts';

export const DISCOVERY_PARTS = [
  'links',
  'routes',
  'pods',
  'bird',
  'counters',
  'firewall',
  'settings',
  'past',
  'logs',
  'inside',
  'tracked',
] as const;
/**
 * `links`: devices and addresses of the node's namespace. `routes`: routes, rules, neighbours.
 * `pods`: other network namespaces, their processes and addresses. `bird`: BIRD's protocols and whether it lives.
 * `counters`: what each namespace received, sent and dropped (counters-script.ts).
 * `settings`: sysctls of each interface, offloads, WireGuard, Felix, listening sockets (settings-script.ts).
 * `firewall`: packet filters and how full conntrack is (firewall-script.ts).
 * `past`: what the kernel said before (kernel-log.ts). `logs`: what daemons logged before (daemon-logs-script.ts).
 * `inside`: what single Pods see of their network, in full (inside-script.ts).
 * `tracked`: connections of UDP to Services, and of TCP that wait for an answer (tracked-script.ts).
 */
export type DiscoveryPart = (typeof DISCOVERY_PARTS)[number];
/** What the topology is made of, and so the picture. */
export const TOPOLOGY_PARTS = ['links', 'routes', 'pods', 'bird'] as const satisfies readonly DiscoveryPart[];
/** Only a diagnosis asks for them: with a large table of connections they are dear. */
export const DIAGNOSIS_PARTS: readonly DiscoveryPart[] = ['tracked'];
/** What was before we came: once read, it does not change. */
export const PAST_PARTS: readonly DiscoveryPart[] = ['past', 'logs'];
/** Without what was before, and what a diagnosis asks for. */
export const CHANGING_PARTS = DISCOVERY_PARTS.filter(
  (part) => !PAST_PARTS.includes(part) && !DIAGNOSIS_PARTS.includes(part),
);

export interface DiscoveryRequest {
  /** 16–64 letters and digits that the node cannot guess. */
  readonly nonce: string;
  /** Left out: everything. */
  readonly parts?: readonly DiscoveryPart[];
  /** Processes whose network `inside` looks into; at most `MOST_INSIDE`. Left out: none. */
  readonly inside?: readonly number[];
}

/** The whole script, for `sh -c` or `sh -s`, as far as these parts need it. Throws on a malformed nonce: that is a bug of the caller. */
export function discoveryScript(request: DiscoveryRequest): string {
  const { nonce, parts = DISCOVERY_PARTS } = request;
  if (!/^[A-Za-z0-9]{16,64}$/.test(nonce)) throw new Error('the nonce must be 16 to 64 letters and digits');
  return `nonce=${nonce}\nparts='${partWords(request)}'\n${spoken(bodyFor(parts))}`;
}

/** The parts and the processes to look into, as the script takes them. */
export function partWords({ parts = DISCOVERY_PARTS, inside = [] }: Omit<DiscoveryRequest, 'nonce'>): string {
  return [...parts, ...inside.slice(0, MOST_INSIDE).map((pid) => `pid${String(pid)}`)].join(' ');
}

/** The guard's shell reads it byte by byte: what only people read stays here. */
function spoken(body: string): string {
  return body.replaceAll(/^\s*(#.*)?\n|^ +/gm, '');
}

/**
 * For a console, where no SSH leads: the same reading by itself, with a nonce that the node makes, and Kubernetes' names
 * where kubectl is at hand. Its output is printable and says how long it is, so that a console that wraps lines, drops CRs or adds
 * a prompt costs nothing, and one that loses lines is found out (app/paste/collected.ts reads it).
 */
export function collectScript(): string {
  return `#!/bin/sh
# Hopscope's collector: reads what this machine knows of its network and prints it. It changes nothing and leaves nothing.
#   sh hopscope-collect.sh > NODE.txt      then, elsewhere:  hopscope discover --paste NODE.txt
# As root it sees the inside of Pods, too.
parts='${DISCOVERY_PARTS.join(' ')}'
read -r nonce </proc/sys/kernel/random/uuid
nonce=$(printf '%s\n' "$nonce" | tr -d -)
hopscope_read() {
${spoken(discoveryBody)}}
hopscope_names() {
command -v kubectl >/dev/null 2>&1 || return 1
ask='kubectl --cache-dir=/dev/null --request-timeout=10s get'
$ask nodes -o wide && $ask pods --all-namespaces -o wide --show-labels
}
hopscope_show() {
if base64 </dev/null >/dev/null 2>&1; then form=base64; else form=hex; fi
echo "-----BEGIN HOPSCOPE $1 $form-----"
if [ $form = base64 ]; then printf '%s' "$out" | base64; else printf '%s' "$out" | od -An -v -tx1; fi
echo "-----END HOPSCOPE $(printf '%s' "$out" | cksum | { read -r sum size; echo "$sum $size"; })-----"
}
out=$(hopscope_read 2>/dev/null)
hopscope_show NODE
if out=$(hopscope_names 2>/dev/null); then hopscope_show TEXT; fi
`;
}

const metaScript = `
wants() { case " $parts " in *" $1 "*) return 0;; esac; return 1; }
meta() {
  for f in sys/kernel/random/boot_id sys/kernel/hostname sys/kernel/osrelease; do
    read -r v <$f && printf '%s %s\\n' "$f" "$v"
  done
  # The effective one is the second of four.
  while read -r key _ uid _; do
    if [ "$key" = Uid: ]; then break; fi
  done <self/status
  printf 'uid %s\\nnetns %s\\ntools' "$uid" "$(readlink self/ns/net)"
  for t in ip tcpdump nsenter timeout lsns birdcl kubectl conntrack iptables-save nft ethtool ss sudo awk; do
    if has $t; then printf ' %s' $t; fi
  done
  echo
}
spent() { echo "parts $parts"; times; }
`;

const ipScript = `
# JSON where ip can (iproute2 >= 4.14); -d and -s where it is iproute2 at all (BusyBox prints nothing with them).
ip_forms() {
  j=; details=
  if ! has ip; then return; fi
  if ip -j -V >/dev/null 2>&1; then j=-j; details=-d
  else case $(ip -V 2>&1) in *iproute2*) details=-d;; esac; fi
}
`;

const linksScript = `
# A machine without ip: ifconfig does not tell numbers, sysfs does.
old_links() {
  ifconfig -a || return
  grep . /sys/class/net/*/ifindex /sys/class/net/*/iflink 2>/dev/null
  return 0
}
# Devices and their addresses.
read_links() {
  if has ip || ! has ifconfig; then section links ip $j $details addr show
  else
    shown='ifconfig -a; grep . /sys/class/net/*/ifindex /sys/class/net/*/iflink'
    section links old_links
  fi
}
`;

const routesScript = `
read_routes() {
  if has ip || ! has route; then section routes4 ip $j -4 route show table all
  else section routes4 route -n; fi
  section routes6 ip $j -6 route show table all
  section rules4 ip $j -4 rule show
  section rules6 ip $j -6 rule show
  if has ip || ! has arp; then section neighbours ip $j \${details:+-s} neigh show
  else section neighbours arp -an; fi
  if has bridge; then section fdb bridge $j fdb show; fi
}
`;

const pastScript = `
kernel_log() {
  echo "uptime $now"
  dmesg -r | grep -iE '${kernelLogPattern}' | tail -n 200
}
read_past() {
  if ! has dmesg; then return; fi
  shown="dmesg -r | grep -iE '${kernelLogPattern}' | tail -n 200"
  section kernellog kernel_log
}
`;

/** Each defines `read_PART`, after what it shares with others. In the order in which they are read: last what Pods have a say in. */
const partScripts: Record<DiscoveryPart, readonly string[]> = {
  links: [ipScript, linksScript],
  routes: [ipScript, routesScript],
  bird: [programsScript, STANDING, birdScript],
  past: [pastScript],
  logs: [daemonLogsScript],
  pods: [namespacesScript, programsScript, cniScript, podsScript],
  counters: [ipScript, namespacesScript, kernelModulesScript, countersScript],
  settings: [programsScript, STANDING, socketsScript, keyedPeersScript, settingsScript],
  firewall: [kernelModulesScript, filtersScript, firewallScript],
  inside: [ipScript, kernelModulesScript, filtersScript, socketsScript, insideScript],
  tracked: [kernelModulesScript, trackedScript],
};

function bodyFor(parts: readonly DiscoveryPart[]): string {
  const wanted = (Object.keys(partScripts) as DiscoveryPart[]).filter((part) => parts.includes(part));
  const blocks = new Set(wanted.flatMap((part) => partScripts[part]));
  const forms = blocks.has(ipScript)
    ? '  if wants links || wants routes || wants counters || wants inside; then ip_forms; fi\n'
    : '';
  return framedScript(
    `${metaScript}${[...blocks].join('')}`,
    `  most=1000; list=; programs=

  shown='cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/hostname /proc/sys/kernel/osrelease; id -u; readlink /proc/self/ns/net'
  section meta meta
${forms}${wanted.map((part) => `  if wants ${part}; then read_${part}; fi\n`).join('')}
  # What all of it took, children that have ended included.
  shown='times'
  section cost spent`,
  );
}

/**
 * The same for all parts without its first two lines: expects `nonce` and `parts` as shell variables. For a root-owned wrapper
 * with fixed verbs, which takes both as arguments; the body refuses what it does not know.
 */
export const discoveryBody = bodyFor(DISCOVERY_PARTS);
