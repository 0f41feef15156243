// `calicoctl get workloadendpoint`, -A or not, wide or not (calicoctl resourcemgr/workloadendpoint.go): which Pod is behind which
// device of its node, and so also that there is such a Pod.
import type { PodFact, WorkloadEndpointFact } from '../../probe/kube-facts.ts';
import { CIDR, isCidr, objectName, type ObjectTable } from './table.ts';

export const calicoEndpoints: ObjectTable = {
  command: 'calicoctl get workloadendpoint -A',
  isHeading: (columns) => ['WORKLOAD', 'NODE', 'NETWORKS'].every((one) => columns.has(one)),
  row: new RegExp(
    String.raw`^(?:(?<NAMESPACE>[a-z0-9][a-z0-9-]{0,62})\s+)?(?<WORKLOAD>[a-z0-9][a-z0-9.-]{0,252})\s+(?<NODE>[a-z0-9][a-z0-9.-]{0,252})\s+(?<NETWORKS>${CIDR}(?:,${CIDR}){0,7})\s+(?<INTERFACE>(?:cali|tap)[\w-]{1,12})(?:\s.{0,1000})?$`,
  ),
  objectsOf: ({ cell, isCut, namespace }) => {
    const pod = objectName(cell('WORKLOAD'));
    const node = objectName(cell('NODE'));
    const networks = (cell('NETWORKS') ?? '').split(',').filter((one) => one !== '');
    const interfaceName = cell('INTERFACE');
    if (pod === null || isCut('NETWORKS') || !networks.every(isCidr) || (interfaceName?.length ?? 0) > 15)
      return null;
    const ips = networks.map((one) => one.split('/')[0] ?? '');
    const endpoint: WorkloadEndpointFact = {
      namespace,
      name: objectName(cell('NAME')) ?? pod,
      node,
      pod,
      interfaceName,
      networks,
      mac: null,
    };
    return [
      { kind: 'calico.workloadEndpoints', fact: endpoint },
      { kind: 'pods', fact: podOf(namespace, pod, node, ips) },
    ];
  },
};

/** How it is, Calico does not say. */
function podOf(namespace: string, name: string, nodeName: string | null, ips: readonly string[]): PodFact {
  return {
    uid: `pasted:${namespace}/${name}`,
    namespace,
    name,
    nodeName,
    ips,
    phase: null,
    ready: { containers: 0, ready: 0 },
    hostNetwork: false,
    terminating: false,
    createdAt: null,
    networks: [],
    labels: {},
    moreLabels: 0,
  };
}
