#!/bin/sh
# Becomes PID 1 of a lab node: builds the node's own root, moves into it, and ends as a reaper.
# Runs in fresh PID, mount, UTS, IPC and network namespaces (unshare), with the host's root still in
# view. Usage: node-init.sh NODE_DIR LIBRARY_DIR; NODE_DIR/files is the tree the node starts from.
# Prints one line on stdout when the node is ready to be entered.
set -eu
umask 022
dir=$1
library=$2

# Before /proc is ours it still shows the host's view: the number the host knows us by, and field 22,
# our start time, without which a recycled number could be taken for us.
read -r stat </proc/self/stat
set -- $stat
echo "$1 ${22}" >"$dir/pid.new"
mv "$dir/pid.new" "$dir/pid"

mkdir -p "$dir/root"
mount -t tmpfs -o mode=0755 node "$dir/root"
cd "$dir/root"
mkdir -p usr proc sys dev etc run/lock run/sshd run/lab/pods var/log var/lib/lab/pods var/cache root home tmp opt \
  srv mnt .overlay/usr .overlay/work
chmod 0700 .overlay
chmod 1777 tmp
ln -s ../tmp var/tmp
ln -s ../run var/run
ln -s ../run/lock var/lock

# Programs are the host's, below a layer of the node's own: a tool can vanish here and nowhere else.
mount -t overlay overlay -o lowerdir=/usr,upperdir=.overlay/usr,workdir=.overlay/work usr
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then
    cp -a "/$name" "$name"
  elif [ -d "/$name" ]; then
    mkdir "$name"
    mount --bind -o ro "/$name" "$name"
  fi
done

# What a plain Debian node has in /etc; users, keys, names and rights come from NODE_DIR/files.
for name in alternatives bash.bashrc debian_version default inputrc iproute2 ld.so.cache ld.so.conf \
  ld.so.conf.d localtime login.defs os-release pam.conf pam.d profile protocols security services shells \
  skel ssl terminfo timezone ethertypes host.conf gai.conf ca-certificates; do
  if [ -e "/etc/$name" ]; then cp -a "/etc/$name" etc/; fi
done
ln -s ../proc/self/mounts etc/mtab
cp -a "$dir/files/." .
chmod 0700 root root/.ssh
for home in home/*; do
  [ ! -d "$home" ] || chown -R --reference="$home/.ssh/authorized_keys" "$home"
done

# A kubectl from elsewhere (a snap, /opt) is not below /usr.
kubectl=$(readlink -f "$(command -v kubectl)")
case $kubectl in
  /usr/*) ;;
  *)
    touch usr/local/bin/kubectl
    mount --bind -o ro "$kubectl" usr/local/bin/kubectl
    ;;
esac
mkdir -p usr/local/lib/hopscope-lab
cp "$library"/*.sh "$library"/*.pl usr/local/lib/hopscope-lab/
# The name a process shows is the name of the file that was executed.
ln -sf /usr/bin/perl usr/sbin/init
ln -sf /usr/bin/perl pause
ln -sf "$(command -v bird)" usr/local/sbin/bird6
ln -sf /usr/bin/perl usr/local/lib/hopscope-lab/http-client
ln -sf "$(command -v busybox)" usr/local/lib/hopscope-lab/httpd

mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o nosuid,mode=0755 udev dev
mkdir -p dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
mount -t tmpfs -o nosuid,nodev tmpfs dev/shm
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev/
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr

read -r boot_id <"$dir/boot_id"
echo "$boot_id" >run/lab/boot_id
mount --bind run/lab/boot_id proc/sys/kernel/random/boot_id
read -r hostname <etc/hostname
echo "$hostname" >proc/sys/kernel/hostname

mkdir .host
pivot_root . .host
cd /
umount -l /.host
rmdir /.host
echo ready
exec /sbin/init /usr/local/lib/hopscope-lab/reap.pl </dev/null >/dev/null 2>&1
