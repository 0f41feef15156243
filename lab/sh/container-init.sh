#!/bin/sh
# Becomes PID 1 of another container of a Pod: processes and mounts of its own, all else is the Pod's. Runs in fresh namespaces (unshare) with
# the Pod's /proc still in view. Usage: container-init.sh POD CONTAINER; the only one that there is fetches (http-client.pl).
set -eu
dir=/var/lib/lab/pods/$1
library=/usr/local/lib/hopscope-lab
# As the Pod numbers it: for who enters it (container-exec.ts).
read -r pid rest </proc/self/stat
mkdir -p /run/lab/containers
echo "$pid" >"/run/lab/containers/$1.$2"
mount -t proc -o nosuid,nodev,noexec proc /proc
read -r url <"$dir/fetch"
exec "$library/http-client" "$library/http-client.pl" "$url" "$dir/interval"
