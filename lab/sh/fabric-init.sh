#!/bin/sh
# The network between the nodes: one bridge with the default gateway's address, in a namespace that has
# no other way out. Runs in a fresh network namespace. Usage: fabric-init.sh LIBRARY_DIR GATEWAY/LENGTH...
set -eu
umask 022
library=$1
shift
{
  echo link set dev lo up
  echo link add name br0 type bridge mcast_snooping 0
  for gateway in "$@"; do echo address add "$gateway" dev br0; done
  echo link set dev br0 up
} | ip -batch -
# A new namespace inherits this from the host (net.core.devconf_inherit_init_net).
echo 0 >/proc/sys/net/ipv4/ip_forward
echo ready
exec perl "$library/reap.pl" </dev/null >/dev/null 2>&1
