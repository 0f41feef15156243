#!/bin/sh
# Starts Pods on this node, all at once, and wires each to it. Usage: pods-up.sh NAME[=INODE]...
# With an inode, the Pod's network namespace gets that one, if it becomes free in time.
# Every Pod's /var/lib/lab/pods/NAME/net.batch makes the veth pair from inside the Pod (the host's end
# lands in the namespace of PID 1) and sets the Pod's addresses and routes.
set -eu
umask 022
library=/usr/local/lib/hopscope-lab
fifo=/run/lab/pods.fifo
cd /
rm -f "$fifo"
mkfifo -m 0600 "$fifo"
exec 3<>"$fifo"

# A shim leads a process group of its own, the Pod's first processes in it: of a failed start nothing stays.
names=$*
shims=
trap 'status=$?; for shim in $shims; do kill -9 -$shim || :; done 2>/dev/null; rm -f "$fifo"; exit $status' EXIT
for pod in "$@"; do
  name=${pod%%=*}
  set -- --mount --pid --uts --ipc --fork --propagation private sh "$library/pod-init.sh" "$name"
  case $pod in
    *=*)
      ulimit -n "$(ulimit -H -n)"
      set -- perl "$library/claim-netns.pl" "${pod#*=}" unshare "$@"
      ;;
    *) set -- unshare --net "$@" ;;
  esac
  setsid "$@" </dev/null >>/var/log/pods.log 2>&1 3>&- &
  shims="$shims $!"
done

for shim in $shims; do
  # A shim that has died tells nothing: without a limit this would wait for ever.
  answer=$(timeout 10 sh -c 'read -r ready pid && echo "$ready $pid"' <&3) || {
    echo "a Pod of $names did not start in 10 s; /var/log/pods.log may say why" >&2
    exit 1
  }
  ready=${answer% *} pid=${answer#* }
  nsenter -t "$pid" -n -- ip -batch "/var/lib/lab/pods/$ready/net.batch"
done
trap - EXIT
exec 3>&-
rm -f "$fifo"
# Without its shim a Pod is a child of the node's PID 1, which reaps it.
kill -9 $shims 2>/dev/null || :
