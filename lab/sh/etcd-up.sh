#!/bin/sh
# Starts etcd with the arguments of its manifest, waits until it answers, and gives it the keys on stdin (etcdctl txn).
# Its folder is a ramfs: tmpfs would really allocate the 128 MiB that etcd reserves for its log.
set -eu
umask 077
mkdir -p /var/lib/etcd
mount -t ramfs -o mode=0700 etcd /var/lib/etcd
arguments=$(sed -n 's/^    - --/--/p' /etc/kubernetes/manifests/etcd.yaml)
# The lab's addresses hold no blanks.
setsid /usr/bin/etcd $arguments </dev/null >/var/log/etcd.log 2>&1 &
export ETCDCTL_API=3
ask="etcdctl $(cat /var/lib/lab/etcdctl)"
tries=0
until $ask endpoint health >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then
    tail -n 3 /var/log/etcd.log >&2
    exit 1
  fi
  sleep 0.05
done
# A transaction holds 128 operations; a blank line each ends conditions, what is done, and what else would be.
split -l 100 --filter='{ echo; cat; echo; echo; } | '"$ask"' txn >/dev/null' -
