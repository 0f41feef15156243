// `kubectl get services`, wide or not (k8s.io/kubernetes pkg/printers/internalversion/printers.go, printService).
import type { ServiceFact, ServicePort } from '../../probe/kube-facts.ts';
import { isAddress, NAMED, objectName, type ObjectTable, type TableRow } from './table.ts';

const TYPE = '(?:ClusterIP|NodePort|LoadBalancer|ExternalName)';

export const services: ObjectTable = {
  command: 'kubectl get services -A -o wide',
  isHeading: (columns) => columns.has('NAME') && columns.has('CLUSTERIP'),
  row: new RegExp(
    String.raw`^${NAMED}\s+(?<TYPE>${TYPE})\s+(?<CLUSTERIP>\S{1,45})\s+(?<EXTERNALIP>\S{1,300})\s+(?<PORTS>[\d/:,A-Z]{1,500}|<none>)\s+(?<AGE>\S{1,20})(?:\s+(?<SELECTOR>\S{1,1000}))?\s*$`,
  ),
  objectsOf: (row) => {
    const fact = serviceOf(row);
    return fact === null ? null : [{ kind: 'services', fact }];
  },
};

function serviceOf(row: TableRow): ServiceFact | null {
  const { cell, has, isCut, namespace } = row;
  if (['CLUSTERIP', 'EXTERNALIP', 'PORTS', 'TYPE'].some(isCut)) return null;
  const name = objectName(cell('NAME'));
  const clusterIps = (cell('CLUSTERIP') ?? '').split(',').filter((one) => one !== '' && one !== 'None');
  const ports = (cell('PORTS') ?? '').split(',').flatMap((one) => (one === '' ? [] : [portOf(one)]));
  if (name === null || !clusterIps.every(isAddress) || ports.includes(null)) return null;
  const type = cell('TYPE') ?? '';
  if (type !== '' && !new RegExp(`^${TYPE}$`).test(type)) return null;
  const external = (cell('EXTERNALIP') ?? '').split(',').filter(isAddress);
  return {
    namespace,
    name,
    type,
    clusterIps,
    // The table does not tell what a load balancer gave from what its owner wrote.
    externalIps: type === 'LoadBalancer' ? [] : external,
    loadBalancerIps: type === 'LoadBalancer' ? external : [],
    externalName: type === 'ExternalName' ? cell('EXTERNALIP') : null,
    ports: ports.flatMap((port) => port ?? []),
    hasSelector: !has('SELECTOR') || cell('SELECTOR') !== null,
    internalTrafficPolicy: '',
    externalTrafficPolicy: '',
    sessionAffinity: '',
  };
}

/** `80/TCP`, `80:30080/TCP`. */
function portOf(text: string): ServicePort | null {
  const [, port = '', nodePort, protocol = ''] =
    /^(\d{1,5})(?::(\d{1,5}))?\/(TCP|UDP|SCTP)$/.exec(text) ?? [];
  if (protocol === '' || Number(port) > 65_535) return null;
  const node = nodePort === undefined ? null : Number(nodePort);
  return { name: null, protocol, port: Number(port), targetPort: '', nodePort: node };
}
