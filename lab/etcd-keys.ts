import { calicoOfCluster, calicoOfNode, calicoOfPod } from './calico-inventory.ts';
import type { Json, KubeObject } from './api-server/json.ts';
import type { LabPlan, NodePlan, PodPlan } from './lab-plan.ts';

// What etcd holds of a lab as it starts: Calico's keys as in a cluster whose datastore is etcd
// (libcalico-go/lib/backend/model of 3.29), and some of Kubernetes' own, which are protobuf behind `k8s`.

export function etcdKeys(plan: LabPlan): [key: string, value: string][] {
  const calico = [
    ...calicoOfCluster(plan),
    ...plan.nodes.flatMap((node) => [
      ...calicoOfNode(plan, node, node.pods),
      ...node.pods.flatMap((pod) => calicoOfPod(plan, node, pod)),
    ]),
  ].map(calicoKey);
  const endpoints =
    calico.length === 0
      ? []
      : plan.nodes.flatMap((node) => node.pods.map((pod) => workloadEndpoint(node, pod)));
  return [...calico, ...endpoints, ...kubernetesKeys(plan)];
}

function calicoKey({ kind, metadata, spec }: KubeObject): [string, string] {
  const told = spec as { readonly cidr?: string; readonly node?: string; readonly handleID?: string };
  const cidr = (told.cidr ?? '').replace('/', '-');
  const family = cidr.includes(':') ? 'ipv6' : 'ipv4';
  switch (kind) {
    case 'BlockAffinity':
      return [`/calico/ipam/v2/host/${told.node ?? ''}/${family}/block/${cidr}`, '{"state":"confirmed"}'];
    case 'IPAMBlock':
      return [`/calico/ipam/v2/assignment/${family}/block/${cidr}`, json(spec)];
    case 'IPAMHandle':
      return [`/calico/ipam/v2/handle/${told.handleID ?? ''}`, json(spec)];
    default:
      return resource(kind, metadata.name, spec);
  }
}

function workloadEndpoint(node: NodePlan, pod: PodPlan): [string, string] {
  // A dash in a part of the name is doubled.
  const part = (text: string): string => text.replaceAll('-', '--');
  const name = `${part(node.name)}-k8s-${part(pod.name)}-eth0`;
  const { namespace, hostInterface, address, address6 } = pod;
  const ipNetworks = [`${address}/32`, ...(address6 === undefined ? [] : [`${address6}/128`])];
  const spec = { node: node.name, orchestrator: 'k8s', pod: pod.name, endpoint: 'eth0' };
  return resource('WorkloadEndpoint', `${namespace}/${name}`, {
    ...spec,
    interfaceName: hostInterface,
    ipNetworks,
  });
}

function resource(kind: string, name: string, spec: Json | undefined): [string, string] {
  const value = { kind, apiVersion: 'projectcalico.org/v3', metadata: { name }, spec: spec ?? {} };
  return [`/calico/resources/v3/projectcalico.org/${kind.toLowerCase()}s/${name}`, json(value)];
}

function kubernetesKeys(plan: LabPlan): [string, string][] {
  const value = 'k8s and then protobuf';
  const names = [
    ...plan.nodes.map(({ name }) => `minions/${name}`),
    ...plan.nodes.flatMap(({ pods }) => pods.map(({ namespace, name }) => `pods/${namespace}/${name}`)),
    'services/specs/default/kubernetes',
    'secrets/kube-system/bootstrap-token-abcdef',
  ];
  return names.map((name) => [`/registry/${name}`, value]);
}

function json(value: Json | undefined): string {
  return JSON.stringify(value);
}
