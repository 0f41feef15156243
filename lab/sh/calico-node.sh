#!/bin/sh
# Becomes PID 1 of a container that runs BIRD as calico-node does: in the node's network, in mount and PID namespaces of its own,
# which alone have its socket and its birdcl. Runs in fresh namespaces (unshare), the node's /proc still in view.
# Usage: calico-node.sh POD; its number on the node is then in /run/lab/pods/POD, where kubelet looks for it.
set -eu
umask 022
read -r pid rest </proc/self/stat
mount -t proc -o nosuid,nodev,noexec proc /proc
bird=$(command -v bird) birdcl=$(command -v birdcl)
mount -t tmpfs container /usr/local/sbin
cp -L "$bird" /usr/local/sbin/bird
cp -L "$birdcl" /usr/local/sbin/birdcl
mkdir -p /run/calico
mount -t tmpfs container /run/calico
bird -R -c /etc/calico/confd/config/bird.cfg -s /var/run/calico/bird.ctl -P /run/bird.pid
echo "$pid" >"/run/lab/pods/$1.new"
mv "/run/lab/pods/$1.new" "/run/lab/pods/$1"
exec /pause /usr/local/lib/hopscope-lab/reap.pl </dev/null >/dev/null 2>&1
