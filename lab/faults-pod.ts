import { HTTP_PORT } from './addressing.ts';
import type { Fault } from './fault-kind.ts';
import { podFault } from './fault-script.ts';
import { isWeb } from './kube-proxy.ts';
import type { PodPlan } from './lab-plan.ts';
import { NODE_LIBRARY } from './node-namespace.ts';

const AGAIN = 'sed -n "/^route add/s/^route add/route replace/p" /var/lib/lab/pods';

export const podFaults: Readonly<Record<string, Fault>> = {
  'pod-link-down': podFault({
    summary: "a Pod's own end of its cable is down",
    finding: 'link-down',
    inflict: () => ['$POD ip link set dev eth0 down'],
    mend: ({ pod }) => ['$POD ip link set dev eth0 up', `${AGAIN}/${pod.name}/net.batch | $POD ip -batch -`],
  }),
  'pod-default-route-missing': podFault({
    summary: 'a Pod has no default route',
    finding: 'pod-default-route-missing',
    inflict: () => ['$POD ip route del default'],
    mend: ({ pod }) => [`${AGAIN}/${pod.name}/net.batch | $POD ip -batch -`],
  }),
  'pod-mtu': podFault({
    summary: "a Pod's end of its cable takes larger packets than the node's end",
    finding: 'mtu-mismatch',
    inflict: ({ pod }) => [
      `cat /sys/class/net/${pod.hostInterface}/mtu >/run/lab/pod-mtu.${pod.name}`,
      `ip link set dev ${pod.hostInterface} mtu 1280`,
    ],
    mend: ({ pod }) => [
      `ip link set dev ${pod.hostInterface} mtu "$(cat /run/lab/pod-mtu.${pod.name})"`,
      `rm -f /run/lab/pod-mtu.${pod.name}`,
    ],
  }),
  'socket-not-listening': podFault({
    summary: `nothing listens on port ${HTTP_PORT} of a Pod any more`,
    finding: 'socket-not-listening',
    // To which a Service sends.
    prefers: isWeb,
    inflict: ({ pod }) => [
      ...servers(pod),
      'kill $pids',
      'while kill -0 $pids 2>/dev/null; do sleep 0.01; done',
    ],
    mend: ({ pod }) => [
      `setsid nsenter -t "$(cat /run/lab/pods/${pod.name})" -m -n -u -i -p -- ${NODE_LIBRARY}/httpd -p ${String(HTTP_PORT)} -h /var/lib/lab/pods/${pod.name}/www </dev/null >/dev/null 2>&1`,
    ],
  }),
  'listen-overflow': podFault({
    summary: 'a Pod’s program accepts no connection any more, its queue is full, and somebody goes on trying',
    finding: 'listen-overflow',
    inflict: ({ pod }) => [
      ...servers(pod),
      'kill -STOP $pids',
      // Who asks goes away at once; what it asked stays in the queue.
      `ask() { $POD timeout 0.2 busybox nc ${pod.address} ${HTTP_PORT} </dev/null >/dev/null 2>&1 || :; }`,
      `( i=0; while [ $i -lt 2400 ]; do ask & ask; i=$((i + 1)); done ) </dev/null >/dev/null 2>&1 &`,
      `echo $! >${asking(pod)}`,
      `refused() { $POD cat /proc/net/netstat | awk '/^TcpExt:/ { if (!n) { n = split($0, names) } else { split($0, counts); for (i = 1; i <= n; i++) if (names[i] == "ListenOverflows") print counts[i] } }'; }`,
      'before=$(refused); i=0',
      'while [ "$(refused)" -le "$before" ]; do i=$((i + 1)); [ $i -lt 100 ] || { echo "its queue did not fill" >&2; exit 1; }; sleep 0.1; done',
    ],
    mend: ({ pod }) => [
      `[ ! -e ${asking(pod)} ] || kill $(cat ${asking(pod)}) 2>/dev/null || :`,
      `rm -f ${asking(pod)}`,
      ...servers(pod),
      'kill -CONT $pids',
    ],
  }),
};

const asking = ({ name }: PodPlan): string => `/run/lab/listen-overflow.${name}.pid`;

/** `$pids`: the web servers of the Pod alone, whose processes are those of its network. */
function servers({ name }: PodPlan): string[] {
  return [
    `pids=$(for pid in $(pgrep -x httpd); do [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/$(cat /run/lab/pods/${name})/ns/net)" ] || echo $pid; done)`,
    '[ -n "$pids" ] || { echo "nothing listens there" >&2; exit 1; }',
  ];
}
