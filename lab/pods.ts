import { FELIX_PROTOCOL, POD_GATEWAY, POD_IFINDEX, POD_MTU, WORKLOAD_MAC } from './addressing.ts';
import type { PodPlan } from './plan.ts';

// The batches of `ip` and the sysctls with which Calico's CNI plugin (dataplane/linux/dataplane_linux.go) and Felix
// wire a workload. Both ifindexes are chosen, not taken: a recreated Pod can so repeat its predecessor's.

/** Run inside the Pod's network namespace by a process that sees the node's PID 1, whose namespace gets the other end. */
function podNetworkBatch(pod: PodPlan): string {
  const mtu = `mtu ${POD_MTU}`;
  return [
    `link add name eth0 index ${POD_IFINDEX} ${mtu} type veth peer name ${pod.hostInterface} index ${pod.hostIfindex} ${mtu} address ${WORKLOAD_MAC} netns 1`,
    'link set dev lo up',
    'link set dev eth0 up',
    `address add ${pod.address}/32 dev eth0`,
    `route add ${POD_GATEWAY} dev eth0 scope link`,
    `route add default via ${POD_GATEWAY} dev eth0`,
    '',
  ].join('\n');
}

/** The node's side, for `ip -batch`. */
function workloadBatch(pod: PodPlan): string {
  const proto = FELIX_PROTOCOL.toString();
  return `link set dev ${pod.hostInterface} up\nroute replace ${pod.address}/32 dev ${pod.hostInterface} scope link proto ${proto}\n`;
}

/** `key value` lines, keys as paths under /proc/sys. Without proxy_delay 0 the kernel waits up to 0.8 s before it answers. */
function workloadSysctls({ hostInterface }: PodPlan): string {
  return `net/ipv4/neigh/${hostInterface}/proxy_delay 0
net/ipv4/conf/${hostInterface}/rp_filter 1
net/ipv4/conf/${hostInterface}/route_localnet 1
net/ipv4/conf/${hostInterface}/proxy_arp 1
net/ipv4/conf/${hostInterface}/forwarding 1
`;
}

/** What a Pod starts from, by path under its folder on the node. */
export function podFiles(pod: PodPlan, intervalMs: number): Record<string, string> {
  return {
    'net.batch': podNetworkBatch(pod),
    'wire.batch': workloadBatch(pod),
    'wire.sysctl': workloadSysctls(pod),
    hostname: `${pod.name}\n`,
    hosts: `127.0.0.1\tlocalhost\n::1\tlocalhost\n${pod.address}\t${pod.name}\n`,
    'www/index.html': `<!doctype html>\n<title>${pod.name}</title>\n<p>Hello from ${pod.name} at ${pod.address}.</p>\n`,
    ...(pod.fetches === undefined ? {} : { fetch: `${pod.fetches}\n`, interval: `${intervalMs}\n` }),
  };
}
