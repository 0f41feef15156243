// What discovery-script.ts runs for its part `pods`: other network namespaces, their numbers, their oldest processes, and what
// /proc and sysfs tell of their devices and addresses (proc(5), sysfs-class-net). One read for all Pods; nothing is entered.
import { cniCommand } from './cni-signs.ts';

/**
 * Finds out once, for whoever wants to look into other namespaces: `list`, `pids` (one a namespace) and `unread`.
 * Expects `list` empty and `most`, how many pids there may be.
 */
export const namespacesScript = `
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
`;

/** Expects what `namespacesScript` defines and the functions of the discovery script. */
export const podsScript = `
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
  # It gives up, mute, where a process ends while it looks: seldom twice.
  set -- -t net -n -r -o NS,NETNSID,PID
  if rows=$(lsns "$@" 2>/dev/null) || rows=$(lsns "$@" 2>/dev/null) || rows=$(lsns "$@"); then
    printf '%s\\n' "$rows"
    return 0
  fi
  printf '%s\\n' "$rows" 'lsns failed'
  return $listed
}
netns_files() {
  for f in /run/netns /run/docker/netns; do
    if [ -d $f ]; then echo "dir $f"; ls -1iL $f 2>/dev/null; fi
  done
}
pods_net() {
  files=
  for p in $pids; do
    files="$files $p/net/fib_trie $p/net/if_inet6 $p/net/dev $p/net/igmp $p/net/dev_mcast $p/net/route"
  done
  if [ -n "$files" ]; then head -n 3000 $files; fi
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
      files="$files $d/ifindex $d/iflink $d/mtu $d/address $d/operstate $d/flags"
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
read_pods() {
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
  shown="head -n 1 $at/ifindex $at/iflink $at/mtu $at/address $at/operstate $at/flags"
  section podsys pods_sys
  shown="${cniCommand}"
  section cni cni_signs
}
`;
