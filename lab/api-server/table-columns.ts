// What each kind's table shows. Source: kubernetes pkg/printers/internalversion/printers.go (AddHandlers and print*).
import { ageOf } from './human-duration.ts';
import { listAt, mapAt, numberAt, textAt, valueAt, type Json, type KubeObject } from './json.ts';
import { resourceId, type Resource } from './kinds.ts';
import { summarizePod } from './table-pod.ts';

export interface Column {
  readonly name: string;
  readonly cell: (object: KubeObject, now: Date) => Json;
  /** Shown with `-o wide` only. */
  readonly wide?: boolean;
  readonly format?: 'name';
}

const NONE = '<none>';

const name: Column = { name: 'Name', format: 'name', cell: (object) => object.metadata.name };
const age: Column = {
  name: 'Age',
  cell: (object, now) => ageOf(object.metadata.creationTimestamp ?? '', now),
};

function column(title: string, cell: Column['cell']): Column {
  return { name: title, cell };
}

function wide(title: string, cell: Column['cell']): Column {
  return { name: title, cell, wide: true };
}

const columns: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    name,
    column('Ready', (pod, now) => summarizePod(pod, now).ready),
    column('Status', (pod, now) => summarizePod(pod, now).status),
    column('Restarts', (pod, now) => summarizePod(pod, now).restarts),
    age,
    wide(
      'IP',
      (pod) => textAt(listAt(pod, 'status', 'podIPs')[0], 'ip') || textAt(pod, 'status', 'podIP') || NONE,
    ),
    wide('Node', (pod) => textAt(pod, 'spec', 'nodeName') || NONE),
    wide('Nominated Node', (pod) => textAt(pod, 'status', 'nominatedNodeName') || NONE),
    wide('Readiness Gates', () => NONE),
  ],
  nodes: [
    name,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    age,
    column('Version', (node) => textAt(node, 'status', 'nodeInfo', 'kubeletVersion')),
    wide('Internal-IP', (node) => nodeAddress(node, 'InternalIP')),
    wide('External-IP', (node) => nodeAddress(node, 'ExternalIP')),
    wide('OS-Image', (node) => textAt(node, 'status', 'nodeInfo', 'osImage') || '<unknown>'),
    wide('Kernel-Version', (node) => textAt(node, 'status', 'nodeInfo', 'kernelVersion') || '<unknown>'),
    wide('Container-Runtime', (node) => {
      return textAt(node, 'status', 'nodeInfo', 'containerRuntimeVersion') || '<unknown>';
    }),
  ],
  services: [
    name,
    column('Type', (service) => textAt(service, 'spec', 'type')),
    column('Cluster-IP', (service) => textAt(service, 'spec', 'clusterIP') || NONE),
    column('External-IP', externalAddresses),
    column('Port(s)', (service) => listAt(service, 'spec', 'ports').map(servicePort).join(',') || NONE),
    age,
    wide('Selector', (service) => pairs(mapAt(service, 'spec', 'selector'))),
  ],
  endpoints: [name, column('Endpoints', endpointAddresses), age],
  namespaces: [name, column('Status', (namespace) => textAt(namespace, 'status', 'phase')), age],
  configmaps: [name, column('Data', (map) => mapAt(map, 'data').size + mapAt(map, 'binaryData').size), age],
  events: [
    column('Last Seen', (event, now) => ageOf(textAt(event, 'lastTimestamp'), now)),
    column('Type', (event) => textAt(event, 'type')),
    column('Reason', (event) => textAt(event, 'reason')),
    column('Object', (event) => {
      return `${textAt(event, 'involvedObject', 'kind').toLowerCase()}/${textAt(event, 'involvedObject', 'name')}`;
    }),
    column('Message', (event) => textAt(event, 'message').trim()),
  ],
  'endpointslices.discovery.k8s.io': [
    name,
    column('AddressType', (slice) => textAt(slice, 'addressType')),
    column('Ports', (slice) =>
      firstFew(
        listAt(slice, 'ports').map((port) => String(numberAt(port, 'port'))),
        3,
        '<unset>',
      ),
    ),
    column('Endpoints', (slice) => {
      const addresses = listAt(slice, 'endpoints').flatMap((endpoint) => listAt(endpoint, 'addresses'));
      return firstFew(addresses.map(String), 3, '<unset>');
    }),
    age,
  ],
  'networkpolicies.networking.k8s.io': [
    name,
    column('Pod-Selector', (policy) => pairs(mapAt(policy, 'spec', 'podSelector', 'matchLabels'))),
    age,
  ],
  'customresourcedefinitions.apiextensions.k8s.io': [
    name,
    column('Created At', (definition) => definition.metadata.creationTimestamp ?? ''),
  ],
};

/** Custom resources without printer columns of their own, as Calico's, show name and age. */
const fallback: readonly Column[] = [name, age];

export function columnsOf(resource: Resource): readonly Column[] {
  return columns[resourceId(resource)] ?? fallback;
}

function nodeStatus(node: KubeObject): string {
  const ready = listAt(node, 'status', 'conditions').find(
    (condition) => textAt(condition, 'type') === 'Ready',
  );
  let status = 'Unknown';
  if (ready !== undefined) status = textAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return valueAt(node, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

const ROLE = 'node-role.kubernetes.io/';

function nodeRoles(node: KubeObject): string {
  const roles: string[] = [];
  for (const [label, value] of mapAt(node, 'metadata', 'labels')) {
    if (label.startsWith(ROLE)) roles.push(label.slice(ROLE.length));
    else if (label === 'kubernetes.io/role') roles.push(value);
  }
  return (
    roles
      .filter((role) => role !== '')
      .sort()
      .join(',') || NONE
  );
}

function nodeAddress(node: KubeObject, type: string): string {
  const found = listAt(node, 'status', 'addresses').find((address) => textAt(address, 'type') === type);
  return textAt(found, 'address') || NONE;
}

function externalAddresses(service: KubeObject): string {
  const type = textAt(service, 'spec', 'type');
  if (type === 'ExternalName') return textAt(service, 'spec', 'externalName');
  const external = listAt(service, 'spec', 'externalIPs').map(String);
  if (type === 'LoadBalancer') {
    const ingress = listAt(service, 'status', 'loadBalancer', 'ingress');
    external.push(...ingress.map((each) => textAt(each, 'ip') || textAt(each, 'hostname')));
  }
  return external.join(',') || (type === 'LoadBalancer' ? '<pending>' : NONE);
}

function servicePort(port: Json): string {
  const nodePort = numberAt(port, 'nodePort');
  const number = String(numberAt(port, 'port'));
  return `${number}${nodePort === 0 ? '' : `:${String(nodePort)}`}/${textAt(port, 'protocol') || 'TCP'}`;
}

function endpointAddresses(endpoints: KubeObject): string {
  const all = listAt(endpoints, 'subsets').flatMap((subset) => {
    const addresses = listAt(subset, 'addresses').map((address) => textAt(address, 'ip'));
    const ports = listAt(subset, 'ports').map((port) => String(numberAt(port, 'port')));
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) => {
      return addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${port}`);
    });
  });
  return firstFew(all, 3, NONE);
}

function firstFew(items: readonly string[], most: number, none: string): string {
  if (items.length === 0) return none;
  const rest = items.length - most;
  return `${items.slice(0, most).join(',')}${rest > 0 ? ` + ${String(rest)} more...` : ''}`;
}

function pairs(map: ReadonlyMap<string, string>): string {
  return (
    [...map]
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(',') || NONE
  );
}
