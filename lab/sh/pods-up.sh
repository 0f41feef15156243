#!/bin/sh
# Starts Pods on this node, all at once, and wires each to it. Usage: pods-up.sh NAME...
# Every Pod's /var/lib/lab/pods/NAME/net.batch makes the veth pair from inside the Pod (the host's end
# lands in the namespace of PID 1) and sets the Pod's addresses and routes.
set -eu
umask 022
library=/usr/local/lib/hopscope-lab
fifo=/run/lab/pods.fifo
rm -f "$fifo"
mkfifo -m 0600 "$fifo"
exec 3<>"$fifo"

shims=
for name in "$@"; do
  setsid unshare --net --mount --pid --uts --ipc --fork --propagation private \
    sh "$library/pod-init.sh" "$name" </dev/null >>/var/log/pods.log 2>&1 3>&- &
  shims="$shims $!"
done

for name in "$@"; do
  read -r ready pid <&3
  nsenter -t "$pid" -n -- ip -batch "/var/lib/lab/pods/$ready/net.batch"
done
exec 3>&-
rm -f "$fifo"
# Without its shim a Pod is a child of the node's PID 1, which reaps it.
kill -9 $shims 2>/dev/null || :
