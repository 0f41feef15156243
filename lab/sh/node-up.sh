#!/bin/sh
# Brings a node's services up, as its boot would: network, filters, sshd, Pods, BIRD.
# Everything it needs lies in /var/lib/lab (addresses, forwarding entries, sysctls, filters, the Pods' names).
set -eu
umask 022
cd /var/lib/lab
# kubelet's log. Until there is a network, it says so.
: >/var/log/kubelet.log
chmod 0640 /var/log/kubelet.log
printf 'E%s %7d kubelet.go:3117] "Container runtime network not ready" networkReady="%s"\n' \
  "$(date '+%m%d %H:%M:%S.%6N')" $$ \
  'NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized' \
  >>/var/log/kubelet.log
ip -batch node.batch
if [ -s node.fdb ]; then bridge -batch node.fdb; fi
while read -r key value; do echo "$value" >"/proc/sys/$key"; done <node.sysctl
sh /usr/local/lib/hopscope-lab/filters.sh
/usr/sbin/sshd
for bird in bird bird6; do
  if [ -e "/etc/calico/confd/config/$bird.cfg" ]; then
    mkdir -p /run/calico
    "$bird" -c "/etc/calico/confd/config/$bird.cfg" -s "/var/run/calico/$bird.ctl" -P "/run/$bird.pid"
  fi
done
if [ -s pods.list ]; then
  sh /usr/local/lib/hopscope-lab/pods-up.sh $(cat pods.list)
  sh /usr/local/lib/hopscope-lab/pods-wire.sh $(cat pods.list)
fi
