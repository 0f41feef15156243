import type { LabPlan, NodePlan, PodPlan } from './lab-plan.ts';
import { NETWORKS } from './network/networks.ts';

/** What a Pod starts from, by path under its folder on the node. */
export function podFiles(
  plan: LabPlan,
  node: NodePlan,
  pod: PodPlan,
  intervalMs: number,
): Record<string, string> {
  const { workload, transport } = NETWORKS[plan.mode];
  const own = [pod.address, ...(pod.address6 === undefined ? [] : [pod.address6])];
  return {
    'net.batch': lines(workload.podBatch(pod, node, transport.podMtu(node))),
    'wire.batch': lines(workload.wireBatch(pod)),
    'wire.sysctl': lines(workload.sysctls(pod)),
    hostname: `${pod.name}\n`,
    hosts: lines([
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost',
      ...own.map((address) => `${address}\t${pod.name}`),
    ]),
    'www/index.html': `<!doctype html>\n<title>${pod.name}</title>\n<p>Hello from ${pod.name} at ${pod.address}.</p>\n`,
    ...(pod.fetches === undefined ? {} : { fetch: `${pod.fetches}\n`, interval: `${intervalMs}\n` }),
  };
}

export function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('');
}
