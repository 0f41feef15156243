// The one round trip to a node (DESIGN §5 "Discovery"): a POSIX sh script that only reads.
// Runs under dash, bash and BusyBox ash. It leaves no file, no process and no changed setting behind:
// `ip … show`, reads of /proc and sysfs, `birdcl -r` (restricted, read-only), never `iptables -L` or `sysctl -a`.
//
// Output: sections framed by lines that hold the caller's nonce, so that noise of login shells and anything a
// hostile name prints stays apart from our own marks:
//   #NONCE begin NAME TIME COMMAND…
//   <stdout of COMMAND>
//   #NONCE stderr NAME
//   <at most 2,000 characters of its stderr>
//   #NONCE end NAME EXIT-STATUS TIME
//   #NONCE done TIME

export const DISCOVERY_PARTS = ['links', 'routes', 'pods', 'bird'] as const;
/**
 * `links`: devices and addresses of the node's namespace. `routes`: routes, rules, neighbours.
 * `pods`: other network namespaces, their processes and addresses. `bird`: BIRD's protocols and whether it lives.
 */
export type DiscoveryPart = (typeof DISCOVERY_PARTS)[number];

/** Bytes a section may print before it is cut (and reported as truncated): 100,000 routes fit. */
export const SECTION_LIMIT = 16_777_216;

export interface DiscoveryRequest {
  /** 16–64 letters and digits that the node cannot guess. */
  readonly nonce: string;
  /** Left out: everything. */
  readonly parts?: readonly DiscoveryPart[];
}

/** The whole script, for `sh -c` or `sh -s`. Throws on a malformed nonce: that is a bug of the caller. */
export function discoveryScript({ nonce, parts = DISCOVERY_PARTS }: DiscoveryRequest): string {
  if (!/^[A-Za-z0-9]{16,64}$/.test(nonce)) throw new Error('the nonce must be 16 to 64 letters and digits');
  return `nonce=${nonce}\nparts='${parts.join(' ')}'\n${discoveryBody}`;
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
exec 6>&1

wants() { case " $parts " in *" $1 "*) return 0;; esac; return 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# section NAME COMMAND...: stdout, stderr and exit status apart, without a temporary file.
# $shown is the command as one would type it, where a function of ours stands in for it.
now=$(date +%s.%N)
section() {
  name=$1; shift
  printf '\\n#%s begin %s %s %s\\n' "$nonce" "$name" "$now" "\${shown:-$*}"
  told=$({ { "$@" </dev/null 2>&1 1>&3 3>&- 4>&-; echo "rc=$?"; } 3>&1 1>&4 4>&- | head -c ${SECTION_LIMIT} >&6; } 4>&1)
  now=$(date +%s.%N)
  printf '\\n#%s stderr %s\\n%.2000s' "$nonce" "$name" "\${told%rc=*}"
  printf '\\n#%s end %s %s %s\\n' "$nonce" "$name" "\${told##*rc=}" "$now"
  shown=
}

uid=$(id -u)
meta() {
  for f in sys/kernel/random/boot_id sys/kernel/hostname sys/kernel/osrelease; do
    read -r v <$f && printf '%s %s\\n' "$f" "$v"
  done
  printf 'uid %s\\nnetns %s\\ntools' "$uid" "$(readlink self/ns/net)"
  for t in ip tcpdump nsenter timeout lsns birdcl kubectl conntrack iptables-save nft ethtool ss sudo awk; do
    if has $t; then printf ' %s' $t; fi
  done
  echo
}
shown='cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/hostname /proc/sys/kernel/osrelease; id -u; readlink /proc/self/ns/net'
section meta meta

# JSON where ip can (iproute2 >= 4.14); -d where it is iproute2 at all (BusyBox prints nothing with it).
j=; d=
if has ip; then
  if ip -j -V >/dev/null 2>&1; then j=-j; d=-d
  else case $(ip -V 2>&1) in *iproute2*) d=-d;; esac; fi
fi

if wants links; then
  section links ip $j $d link show
  section addresses ip $j addr show
fi

if wants routes; then
  section routes4 ip $j -4 route show table all
  section routes6 ip $j -6 route show table all
  section rules4 ip $j -4 rule show
  section rules6 ip $j -6 rule show
  section neighbours ip $j neigh show
fi

# Namespaces by the kernel's numbers, by their files, and by the oldest process in each.
nsids() {
  if has lsns; then lsns -t net -n -r -o NS,NETNSID,PID || echo 'lsns failed'; fi
  ip netns list-id
}
netns_files() {
  for f in /run/netns /run/docker/netns; do
    if [ -d $f ]; then echo "dir $f"; ls -1iL $f 2>/dev/null; fi
  done
}
# Runs in the middle of a pipe: prints "ns INODE PID STARTTICKS COMM" a namespace and "hidden COUNT".
netns_processes() {
  ls -ln [0-9]*/ns/net 2>/dev/null | awk '
    {
      ns = "-"; path = $NF
      if ($(NF - 1) == "->") { ns = $NF; path = $(NF - 2) }
      pid = path; sub(/\\/.*/, "", pid)
      # A name may hold line breaks.
      stat = pid "/stat"; line = ""
      while ((getline part < stat) > 0) line = line part
      close(stat)
      rest = line; sub(/^.*\\) /, "", rest)
      # A zombie has left its namespace.
      if (split(rest, field, " ") < 20 || field[1] == "Z") next
      if (ns == "-") { hidden++; next }
      gsub(/[^0-9]/, "", ns)
      start = field[20] + 0
      if (!(ns in oldest) || start < oldest[ns] || (start == oldest[ns] && pid + 0 < who[ns])) {
        oldest[ns] = start; who[ns] = pid + 0
        comm = line; sub(/^[0-9]+ \\(/, "", comm); sub(/\\) [^)]*$/, "", comm)
        name[ns] = comm
      }
    }
    END {
      for (ns in oldest) printf "ns %s %d %.0f %s\\n", ns, who[ns], oldest[ns], name[ns]
      printf "hidden %d\\n", hidden
    }'
}
# One process a namespace, the node's own namespace and those beyond the first 1,000 left out.
representatives() {
  own=$(readlink self/ns/net); own=\${own#*[}; own=\${own%]}
  printf '%s\\n' "$list" | awk -v own="$own" '$1 == "ns" && $2 != own && count++ < 1000 { print $3 }'
}
pods_net() {
  set --
  for p in $pids; do
    set -- "$@" $p/net/fib_trie $p/net/if_inet6 $p/net/dev $p/net/igmp $p/net/dev_mcast $p/net/route
  done
  if [ $# -gt 0 ]; then head -n 3000 "$@"; fi
}
# A container's own sysfs shows its namespace's devices in full. Trusted only where it is a sysfs, and not the node's.
pods_sys() {
  real=; for p in $pids; do real="$real $p/root/sys"; done
  if [ -z "$real" ]; then return 0; fi
  real=$(stat -f -c '%t %n' $real 2>/dev/null | awk '$1 == "62656572" { print $2 }')
  if [ -z "$real" ]; then return 0; fi
  own=$(stat -c %d /sys)
  marks=$(stat -c '%d %n' $real 2>/dev/null | awk -v own="$own" '$1 != own { sub(/\\/.*/, "", $2); print "sys", $1, $2 }')
  printf '%s\\n' "$marks"
  globs=
  for p in $(printf '%s\\n' "$marks" | awk '{ print $3 }'); do
    for f in ifindex iflink mtu address operstate flags carrier; do globs="$globs $p/root/sys/class/net/*/$f"; done
  done
  if [ -n "$globs" ]; then head -n 1 $globs /dev/null 2>/dev/null; fi
  return 0
}
if wants pods; then
  shown='lsns -t net -n -r -o NS,NETNSID,PID; ip netns list-id'
  section nsids nsids
  shown='ls -1iL /run/netns /run/docker/netns'
  section netnsfiles netns_files
  list=$(netns_processes)
  shown='ls -ln /proc/[0-9]*/ns/net; cat /proc/[0-9]*/stat'
  section netns printf '%s\\n' "$list"
  pids=$(representatives)
  at=/proc/PID/net
  shown="head -n 3000 $at/fib_trie $at/if_inet6 $at/dev $at/igmp $at/dev_mcast $at/route"
  section pods pods_net
  at='/proc/PID/root/sys/class/net/*'
  shown="head -n 1 $at/ifindex $at/iflink $at/mtu $at/address $at/operstate $at/flags $at/carrier"
  section podsys pods_sys
fi

# A zombie still has its name: it does not count as alive.
bird_processes() {
  # Where /proc hides other users' processes (hidepid), seeing no BIRD means nothing.
  if [ -r 1/comm ]; then echo visible; fi
  for c in $(grep -slxE 'bird6?' [0-9]*/comm); do
    p=\${c%/comm}
    if read -r _ comm state _ <$p/stat && [ "$state" != Z ]; then
      printf 'bird %s %s %s\\n' "$p" "$(readlink $p/ns/net 2>/dev/null || echo -)" "$comm"
    fi
  done 2>/dev/null
  return 0
}
# What runs in a container's mount namespace is that container's program, with our rights. So only where the process
# called bird could do the same by itself: in our network, PID and user namespaces, as root, with every capability we have.
standing() {
  for n in net pid user; do readlink $1/ns/$n || echo $1; done
  awk '$1 == "Uid:" || $1 == "CapEff:" { print $1, $2 }' $1/status
}
trusted_bird() {
  ours=$(standing self)
  for p in $(printf '%s\\n' "$daemons" | awk '$1 == "bird" { print $2 }'); do
    if [ "$(standing $p 2>/dev/null)" = "$ours" ]; then echo $p; return; fi
  done
}
limit=
if has timeout; then limit='timeout 3'; fi
if wants bird; then
  daemons=$(bird_processes)
  shown="grep -slxE 'bird6?' /proc/[0-9]*/comm"
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
      section bird:$s $limit $enter birdcl -r -s $s show protocols all
    elif [ -d $at ] && [ ! -x $at ]; then
      shown="ls $s"
      section bird:$s ls $s
    fi
  done
fi
printf '\\n#%s done %s\\n' "$nonce" "$now"
`;
