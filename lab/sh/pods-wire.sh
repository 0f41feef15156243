#!/bin/sh
# The node's side of its Pods, as the CNI plugin and Felix do it: links up, /32 routes, proxy ARP.
# Usage: pods-wire.sh NAME...
set -eu
umask 022
cd /var/lib/lab/pods
for name in "$@"; do cat "$name/wire.batch"; done | ip -batch -
for name in "$@"; do
  while read -r key value; do echo "$value" >"/proc/sys/$key"; done <"$name/wire.sysctl"
done
