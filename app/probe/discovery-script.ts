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

import { kernelLogPattern } from './kernel-log.ts';
import { BIRD_ROUTE_BYTES } from './bird-reading.ts';
import { cniCommand, cniScript } from './cni-signs.ts';
import { STANDING } from './trusted-process.ts';
import { countersScript } from './counters-script.ts';
import { settingsScript } from './settings-script.ts';
import { firewallScript } from './firewall-script.ts';

export const DISCOVERY_PARTS = [
  'links',
  'routes',
  'pods',
  'bird',
  'counters',
  'firewall',
  'settings',
  'past',
] as const;
/**
 * `links`: devices and addresses of the node's namespace. `routes`: routes, rules, neighbours.
 * `pods`: other network namespaces, their processes and addresses. `bird`: BIRD's protocols and whether it lives.
 * `counters`: what each namespace received, sent and dropped (counters-script.ts).
 * `settings`: sysctls of each interface, offloads, WireGuard, Felix, listening sockets (settings-script.ts).
 * `firewall`: packet filters and how full conntrack is (firewall-script.ts).
 * `past`: what the kernel said before (kernel-log.ts).
 */
export type DiscoveryPart = (typeof DISCOVERY_PARTS)[number];

export interface DiscoveryRequest {
  /** 16–64 letters and digits that the node cannot guess. */
  readonly nonce: string;
  /** Left out: everything. */
  readonly parts?: readonly DiscoveryPart[];
}

/** The whole script, for `sh -c` or `sh -s`. Throws on a malformed nonce: that is a bug of the caller. */
export function discoveryScript({ nonce, parts = DISCOVERY_PARTS }: DiscoveryRequest): string {
  if (!/^[A-Za-z0-9]{16,64}$/.test(nonce)) throw new Error('the nonce must be 16 to 64 letters and digits');
  return `nonce=${nonce}\nparts='${parts.join(' ')}'\n${spokenBody()}`;
}

/** The guard's shell reads it byte by byte: what only people read stays here. */
function spokenBody(): string {
  return discoveryBody.replaceAll(/^\s*(#.*)?\n|^ +/gm, '');
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
${spokenBody()}}
hopscope_names() {
command -v kubectl >/dev/null 2>&1 || return 1
ask='kubectl --cache-dir=/dev/null --request-timeout=10s get'
$ask nodes -o wide && $ask pods --all-namespaces -o wide
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

/**
 * The same without its first two lines: expects `nonce` and `parts` as shell variables. For a root-owned wrapper
 * with fixed verbs, which takes both as arguments; the body refuses what it does not know.
 */
export const discoveryBody = `case $nonce in *[!A-Za-z0-9]*|'') echo 'malformed nonce' >&2; exit 2;; esac
LC_ALL=C; TZ=UTC; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL TZ PATH
unset CDPATH IFS
cd /proc || exit 1

wants() { case " $parts " in *" $1 "*) return 0;; esac; return 1; }
has() { command -v "$1" >/dev/null 2>&1; }
tick() { read -r now _ <uptime; }
within() {
  seconds=$1; shift
  if has timeout; then timeout $seconds "$@"; else "$@"; fi
}

# section NAME COMMAND...: without a fork of its own. Its stderr is gathered by whoever calls discover.
# $shown is the command as one would type it, where a function of ours stands in for it.
section() {
  name=$1; shift
  printf '\\n#%s begin %s %s %s\\n' "$nonce" "$name" "$now" "\${shown:-$*}"
  printf '\\n#%s stderr %s\\n' "$nonce" "$name" >&2
  "$@" </dev/null
  status=$?
  tick
  printf '\\n#%s end %s %s %s\\n' "$nonce" "$name" $status "$now"
  shown=
}

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

# Namespaces by the kernel's numbers, by their files, and by the oldest process in each.
nsids() {
  names=$(ip netns list-id); listed=$?
  printf '%s\\n' "$names"
  # lsns looks at every process: only where a number has no name.
  unnamed=
  IFS='
'
  for line in $names; do
    case $line in *'netns name: '*) ;; *) unnamed=1;; esac
  done
  unset IFS
  if [ $listed = 0 ] && [ -z "$unnamed" ]; then return 0; fi
  if lsns -t net -n -r -o NS,NETNSID,PID; then return 0; fi
  echo 'lsns failed'
  return $listed
}
netns_files() {
  for f in /run/netns /run/docker/netns; do
    if [ -d $f ]; then echo "dir $f"; ls -1iL $f 2>/dev/null; fi
  done
}
# Prints "ns INODE PID STARTTICKS COMM" a namespace, "hidden COUNT", and the pids of all namespaces but the node's own.
# What we run in a namespace ourselves (a capture) is not what it was made for.
netns_processes() {
  ours=$(grep -ls HOPSCOPE_GUARD= [0-9]*/environ 2>/dev/null)
  { printf 'ours %s\\n' $ours; ls -ln self/ns/net [0-9]*/ns/net 2>/dev/null; } | awk '
    $1 == "ours" { sub(/\\/.*/, "", $2); ours[$2]; next }
    {
      ns = "-"; path = $NF
      if ($(NF - 1) == "->") { ns = $NF; path = $(NF - 2); gsub(/[^0-9]/, "", ns) }
      pid = path; sub(/\\/.*/, "", pid)
      if (pid == "self") { own = ns; next }
      if (pid in ours) next
      # A name may hold line breaks.
      stat = pid "/stat"; line = ""
      while ((getline part < stat) > 0) line = line part
      close(stat)
      rest = line; sub(/^.*\\) /, "", rest)
      # A zombie has left its namespace.
      if (split(rest, field, " ") < 20 || field[1] == "Z") next
      if (ns == "-") { hidden++; next }
      start = field[20] + 0
      if (!(ns in oldest) || start < oldest[ns] || (start == oldest[ns] && pid + 0 < who[ns])) {
        oldest[ns] = start; who[ns] = pid + 0
        comm = line; sub(/^[0-9]+ \\(/, "", comm); sub(/\\) [^)]*$/, "", comm)
        name[ns] = comm
      }
    }
    END {
      for (ns in oldest) printf "ns %s %d %.0f %s\\n", ns, who[ns], oldest[ns], name[ns]
      printf "hidden %d\\npids", hidden
      for (ns in oldest) if (ns != own) printf " %d", who[ns]
      print ""
    }'
}
pods_net() {
  files=
  for p in $pids; do
    files="$files $p/net/fib_trie $p/net/if_inet6 $p/net/dev $p/net/igmp $p/net/dev_mcast $p/net/route"
  done
  if [ -n "$files" ]; then within 10 head -n 3000 $files; fi
}
# A container's own sysfs shows its namespace's devices in full. What stands at its /sys is the container's choice, and
# opening a FIFO hangs, a device acts: so only where that is a sysfs, and not the node's, and there only regular files
# (lstat) of the same superblock, which are the kernel's. All of it under a limit, in a shell of its own.
own_sysfs='
  $1 == "type" { sysfs[$3] = $2 == "62656572"; next }
  $3 == "/sys" { node = $2; next }
  sysfs[$3] && $2 != node { sub(/\\/.*/, "", $3); print "sys", $2, $3 }'
own_files='
  $1 == "sys" { superblock[$3] = $2; next }
  { pid = $3; sub(/\\/.*/, "", pid) }
  NF == 3 && $1 == superblock[pid] && $2 ~ /^8...$/ { print $3 }'
export own_sysfs own_files
sysfs_heads='
  roots=; for p do roots="$roots $p/root/sys"; done
  marks=$({ stat -f -c "type %t %n" $roots; stat -L -c "device %d %n" /sys $roots; } 2>/dev/null | awk "$own_sysfs")
  printf "%s\\n" "$marks"
  set -- $marks
  files=; most=4000
  while [ $# -ge 3 ]; do
    n=0
    for d in $3/root/sys/class/net/*; do
      case $d in */lo|*[[:space:]]*) continue;; esac
      n=$((n + 1)); most=$((most - 1))
      if [ $n -gt 50 ] || [ $most -lt 0 ]; then break; fi
      files="$files $d/ifindex $d/iflink $d/mtu $d/address $d/operstate $d/flags $d/carrier"
    done
    shift 3
  done
  set -f
  files=$({ printf "%s\\n" "$marks"; stat -c "%d %f %n" $files 2>/dev/null; } | awk "$own_files")
  exec head -n 1 /dev/null $files 2>/dev/null'
pods_sys() {
  if [ -n "$pids" ]; then within 10 sh -c "$sysfs_heads" sh $pids; fi
  said=$?
  # 1: head could not read a file.
  if [ $said -gt 1 ]; then return $said; fi
}

${cniScript}
# A zombie still has its name: it does not count as alive.
bird_processes() {
  # Where /proc hides other users' processes (hidepid), seeing no BIRD means nothing.
  if [ -r 1/comm ]; then echo visible; fi
  for c in $(grep -slxE 'bird6?|gobgpd' [0-9]*/comm); do
    p=\${c%/comm}
    if read -r _ comm state _ <$p/stat && [ "$state" != Z ]; then
      what=bird
      if [ "$comm" = '(gobgpd)' ]; then what=gobgpd; fi
      printf '%s %s %s %s\\n' $what "$p" "$(readlink $p/ns/net 2>/dev/null || echo -)" "$comm"
    fi
  done 2>/dev/null
  return 0
}
# In a container's mount namespace only what could do the same by itself.
${STANDING}
trusted_bird() {
  ours=$(standing self)
  for p in $(printf '%s\\n' "$daemons" | awk '$1 == "bird" { print $2 }'); do
    if [ "$(standing $p 2>/dev/null)" = "$ours" ]; then echo $p; return; fi
  done
}

# A machine without ip: ifconfig does not tell numbers, sysfs does.
old_links() {
  ifconfig -a || return
  grep . /sys/class/net/*/ifindex /sys/class/net/*/iflink 2>/dev/null
  return 0
}

kernel_log() {
  echo "uptime $now"
  within 3 dmesg -r | grep -iE '${kernelLogPattern}' | tail -n 200
}

# 1,200 routes; BIRD stops when nobody reads on.
bird_routes() {
  within 3 $enter birdcl -r -s $s show route all | head -c ${BIRD_ROUTE_BYTES}
}

gobgp_rib() {
  within 3 gobgp global rib -j | head -c ${BIRD_ROUTE_BYTES}
}

# Finds out once, for whoever wants to look into other namespaces: \`list\`, \`pids\` (one a namespace) and \`unread\`.
look_around() {
  if [ -n "$list" ]; then return; fi
  # A process that ends between being opened and being read is a read error, which ends mawk.
  for try in 1 2 3; do
    if list=$(netns_processes 2>/dev/null); then break; fi
  done
  pids=\${list##*pids}
  # Those beyond the first 1,000 pids are left out, and counted.
  set -- $pids
  unread=
  if [ $# -gt $most ]; then
    unread="unread $(($# - most))"
    pids=$(printf '%s\\n' $pids | sort -n | head -n $most)
  fi
}
${countersScript}${settingsScript}${firewallScript}
spent() { echo "parts $parts"; times; }
discover() {
  most=1000; list=

  shown='cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/hostname /proc/sys/kernel/osrelease; id -u; readlink /proc/self/ns/net'
  section meta meta

  # JSON where ip can (iproute2 >= 4.14); -d where it is iproute2 at all (BusyBox prints nothing with it).
  j=; d=
  if { wants links || wants routes || wants counters; } && has ip; then
    if ip -j -V >/dev/null 2>&1; then j=-j; d=-d
    else case $(ip -V 2>&1) in *iproute2*) d=-d;; esac; fi
  fi

  # Devices and their addresses.
  if wants links; then
    if has ip || ! has ifconfig; then section links ip $j $d addr show
    else
      shown='ifconfig -a; grep . /sys/class/net/*/ifindex /sys/class/net/*/iflink'
      section links old_links
    fi
  fi

  if wants routes; then
    if has ip || ! has route; then section routes4 ip $j -4 route show table all
    else section routes4 route -n; fi
    section routes6 ip $j -6 route show table all
    section rules4 ip $j -4 rule show
    section rules6 ip $j -6 rule show
    if has ip || ! has arp; then section neighbours ip $j neigh show
    else section neighbours arp -an; fi
    if has bridge; then section fdb bridge $j fdb show; fi
  fi

  if wants bird; then
    daemons=$(bird_processes)
    shown="grep -slxE 'bird6?|gobgpd' /proc/[0-9]*/comm"
    section birds printf '%s\\n' "$daemons"
    # In a container's mount namespace when the node has no birdcl of its own (calico-node).
    enter=
    if ! has birdcl && has nsenter; then
      p=$(trusted_bird)
      if [ -n "$p" ]; then enter="nsenter -t $p -m --"; fi
    fi
    for s in /var/run/calico/bird.ctl /var/run/calico/bird6.ctl /run/bird/bird.ctl /run/bird/bird6.ctl \\
      /var/run/bird.ctl /var/run/bird6.ctl; do
      at=\${s%/*}
      if [ -S $s ]; then
        shown="\${enter:+$enter }birdcl -r -s $s show protocols all"
        section bird:$s within 3 $enter birdcl -r -s $s show protocols all
        # What does not answer now would not answer to these.
        if [ $status = 0 ]; then
          shown="\${enter:+$enter }birdcl -r -s $s show status"
          section birdstatus:$s within 3 $enter birdcl -r -s $s show status
          shown="\${enter:+$enter }birdcl -r -s $s show route all"
          section birdroutes:$s bird_routes
        fi
      elif [ -d $at ] && [ ! -x $at ]; then
        shown="ls $s"
        section bird:$s ls $s
      fi
    done
    # Only where one runs in our network: gobgp asks whoever listens on its port.
    case $daemons in *'(gobgpd)'*)
      if printf '%s\\n' "$daemons" | grep -qF " $(readlink self/ns/net) (gobgpd)"; then
        section gobgp:neighbor within 3 gobgp neighbor -j
        shown='gobgp global rib -j'
        section gobgp:rib gobgp_rib
      fi;;
    esac
  fi

  if wants past && has dmesg; then
    shown="dmesg -r | grep -iE '${kernelLogPattern}' | tail -n 200"
    section kernellog kernel_log
  fi

  # Last, since Pods have a say in how much it is.
  if wants pods; then
    shown='ip netns list-id; lsns -t net -n -r -o NS,NETNSID,PID'
    section nsids nsids
    shown='ls -1iL /run/netns /run/docker/netns'
    section netnsfiles netns_files
    look_around
    shown='ls -ln /proc/[0-9]*/ns/net; cat /proc/[0-9]*/stat'
    section netns printf '%s\\n' "\${list%pids*}$unread"
    at=/proc/PID/net
    shown="head -n 3000 $at/fib_trie $at/if_inet6 $at/dev $at/igmp $at/dev_mcast $at/route"
    section pods pods_net
    at='/proc/PID/root/sys/class/net/*'
    shown="head -n 1 $at/ifindex $at/iflink $at/mtu $at/address $at/operstate $at/flags $at/carrier"
    section podsys pods_sys
    shown="${cniCommand}"
    section cni cni_signs
  fi
  if wants counters; then look_around; count; fi
  if wants settings; then look_around; read_settings; fi
  if wants firewall; then read_firewall; fi
  # What all of it took, children that have ended included.
  shown='times'
  section cost spent
}

epoch=$(date +%s.%N)
tick
printf '\\n#%s clock %s %s\\n' "$nonce" "$epoch" "$now"
exec 4>&1
errors=$(discover 2>&1 1>&4 4>&- | { head -c 65536; cat >/dev/null; })
tick
printf '%s\\n#%s done %s\\n' "$errors" "$nonce" "$now"
`;
