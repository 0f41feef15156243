#!/bin/sh
# The network between the nodes: one bridge with the default gateway's address, in a namespace that has
# no other way out. Runs in a fresh network namespace. Usage: fabric-init.sh GATEWAY/LENGTH LIBRARY_DIR
set -eu
umask 022
ip -batch - <<BATCH
link set dev lo up
link add name br0 type bridge mcast_snooping 0
address add $1 dev br0
link set dev br0 up
BATCH
# A new namespace inherits this from the host (net.core.devconf_inherit_init_net).
echo 0 >/proc/sys/net/ipv4/ip_forward
echo ready
exec perl "$2/reap.pl" </dev/null >/dev/null 2>&1
