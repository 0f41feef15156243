// What the daemons that make a node's network logged in the last hour: kubelet and the machine's network daemon from the journal, or
// kubelet's file, and BIRD's, and calico-node (Felix, confd, BIRD) or flanneld from the files that the container runtime writes.
// Narrowed on the node to lines that matter, bounded in time, lines and bytes; read once, after the first picture.

/** Errors and warnings of klog, Felix and BIRD (lib/syspriv, sysdep/unix/log.c), and all that network daemons say. */
export const logLevelPattern =
  '(^|[:F] )[EWF][0-9]{4} |\\[(ERROR|WARNING|FATAL|PANIC)\\]|(systemd-networkd|NetworkManager)\\[|bird6?: |<(RMT|WARN|ERR|AUTH|FATAL|BUG)>';
/** What has to do with a packet's way. */
export const logTopicPattern =
  'cni|network|route|routing|bgp|bird|link|interface|veth|cali|flannel|iptables|nftables|ipset|sandbox|carrier|neighbou?r|felix|dataplane|conntrack|not ?ready|hold timer|shutdown|state changed|mesh_|node_|global_|netlink|socket';

const MOST_LINES = 100;
/** Of each file its end: kubelet writes 100 KB an hour where all is well. */
const MOST_READ = 524_288;
const MOST_FILES = 6;

const narrow = `grep -E '${logLevelPattern}' | grep -iE '${logTopicPattern}' | cut -c 1-600 | tail -n ${MOST_LINES}`;
const unitWords = '-u kubelet -u systemd-networkd -u NetworkManager';

/** Defines `read_logs`. Expects section, within, has, wants. */
export const daemonLogsScript = `
# One text, which also is what is shown to have been run.
narrow="${narrow}"
narrowed() { eval "$narrow"; }
journal_log() {
  through narrowed within 3 journalctl ${unitWords} --since=-1h -n 2000 -o short-unix --no-pager
  # What else it ends with tells only that it has nothing.
  case $? in 124|143) return 124;; esac
}
# klog tells neither year nor zone.
file_log() {
  (unset TZ; date '+zone %z')
  tail -c ${MOST_READ} "$1" | narrowed
}
read_logs() {
  if has journalctl; then
    shown="journalctl ${unitWords} --since=-1h -n 2000 -o short-unix --no-pager | $narrow"
    section log:journal journal_log
  fi
  for f in /var/log/kubelet.log /var/log/kubelet/kubelet.log /var/log/bird.log /var/log/bird6.log; do
    if [ -f $f ]; then
      shown="tail -c ${MOST_READ} $f | $narrow"
      base=\${f##*/}
      section log:\${base%.log}:$f file_log $f
    fi
  done
  if [ -d /var/log/pods ] && [ ! -r /var/log/pods ]; then
    shown='ls /var/log/pods'
    section log:pods ls /var/log/pods
  fi
  most_files=${MOST_FILES}; logs=/var/log/pods
  # In the namespaces where those install themselves: elsewhere anybody may call a Pod so.
  for d in $logs/kube-system_calico-node-*/calico-node $logs/calico-system_calico-node-*/calico-node \\
    $logs/kube-system_kube-flannel-*/kube-flannel $logs/kube-flannel_kube-flannel-*/kube-flannel; do
    case $d in *[!A-Za-z0-9/_.-]*) continue;; esac
    f=$(ls -t $d/*.log 2>/dev/null | head -n 1)
    if [ -z "$f" ] || [ ! -f "$f" ]; then continue; fi
    most_files=$((most_files - 1))
    if [ $most_files -lt 0 ]; then break; fi
    shown="tail -c ${MOST_READ} $f | $narrow"
    section log:\${d##*/}:$f file_log $f
  done
}
`;
