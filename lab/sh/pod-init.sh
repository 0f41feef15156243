#!/bin/sh
# Becomes PID 1 of a Pod. Runs in fresh namespaces of a node (unshare), with the node's root still in
# view. Usage: pod-init.sh NAME; /var/lib/lab/pods/NAME is what the Pod starts from. Tells its number
# in the node's PID namespace on /run/lab/pods.fifo.
set -eu
umask 022
name=$1
dir=/var/lib/lab/pods/$name
library=/usr/local/lib/hopscope-lab
read -r pid rest </proc/self/stat

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount --bind /run/lab/boot_id /proc/sys/kernel/random/boot_id
mount --bind "$dir/hostname" /etc/hostname
mount --bind "$dir/hosts" /etc/hosts
echo "$name" >/proc/sys/kernel/hostname

echo "$pid" >"/run/lab/pods/$name"
echo "$name $pid" >/run/lab/pods.fifo
exec </dev/null >/dev/null 2>&1
"$library/httpd" -p 8080 -h "$dir/www"
if [ -f "$dir/fetch" ]; then
  unshare --mount --pid --fork --propagation private sh "$library/container-init.sh" "$name" client &
fi
exec /pause "$library/reap.pl"
