import { readFile } from 'node:fs/promises';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../app/result.ts';
import { HTTP_PORT, NODE_PREFIX_LENGTH, NODE_PREFIX_LENGTH6, tunnelMac } from './addressing.ts';
import { ControlClient, type ObjectName } from './api-server/control.ts';
import { nodeWarning, podWarning } from './api-server/event-objects.ts';
import { textAt, type KubeObject } from './api-server/json.ts';
import { nodeObject, podObject } from './api-server/objects.ts';
import { endpointsObject, endpointSliceObject, serviceObject } from './api-server/service-objects.ts';
import { calicoOfCluster, calicoOfNode, calicoOfPod } from './calico-inventory.ts';
import { labEnvironment } from './command.ts';
import { POLICY, POLICY_SOURCES } from './firewall.ts';
import { isWeb, labServices, SECURE_PORT, WEB_SELECTOR } from './kube-proxy.ts';
import { startDaemon } from './daemon.ts';
import { NETWORKS } from './network/networks.ts';
import { livingNode } from './node-namespace.ts';
import { ownProgram } from './own-program.ts';
import type { LabPlan, NodePlan, PodPlan } from './lab-plan.ts';
import { writeProcessFile } from './processes.ts';
import type { RunFolder } from './run-folder.ts';

// What the cluster's API says of the lab. The server runs on the master, in its network and PID namespaces (it ends
// with it), but not in its mount namespace: its program and its state are the host's.

const API_TIMEOUT_MS = 10_000;
const API_PORT = 8080;

/** Starts the API server on the master; it remembers what it knew before a reboot. */
export async function startApiServer(folder: RunFolder, plan: LabPlan, signal?: AbortSignal): Promise<void> {
  const [master] = plan.nodes;
  if (master === undefined) throw new Error('a lab without nodes');
  const init = await livingNode(folder, master.name);
  const enter = ['-t', init.pid.toString(), '--net', '--pid', '--uts', '--ipc', '--'];
  const program = [process.execPath, ...ownProgram(new URL('./api-server/index.ts', import.meta.url).href)];
  const listen = [`127.0.0.1:${API_PORT}`, `${master.address}:${SECURE_PORT}`].flatMap((address) => [
    '--listen',
    address,
  ]);
  const files = ['--control', folder.apiServerSocket, '--state', folder.apiServerState];
  const kubelet = ['--kubelet', folder.kubeletSocket];
  const { pid } = await startDaemon(
    'nsenter',
    [...enter, ...program, ...listen, ...files, ...kubelet],
    labEnvironment(folder.path),
    folder.log,
    signal,
  );
  await writeProcessFile(folder.apiServerPid, pid);
}

/** Tells the API server of the whole lab. */
export async function describeCluster(folder: RunFolder, plan: LabPlan): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  const now = new Date();
  const objects = await applyAll(client, [
    ...calicoOfCluster(plan),
    ...servicesOf(plan),
    ...policiesOf(plan),
    ...(await Promise.all(plan.nodes.map((node) => describeNode(folder, plan, node, now)))),
    ...plan.nodes.flatMap((node) => [
      ...calicoOfNode(plan, node, node.pods),
      ...node.pods.flatMap((pod) => describePod(plan, node, pod, now)),
    ]),
  ]);
  const pods = objects.filter(({ kind }) => kind === 'Pod');
  await applyAll(
    client,
    plan.nodes.flatMap(({ name }) => networkNotReady(name, pods, now)),
  );
}

/** What kubelet says of the first Pod that it is given before the network plugin has come up. */
function networkNotReady(nodeName: string, pods: readonly KubeObject[], at: Date): KubeObject[] {
  const first = pods.find((pod) => textAt(pod, 'spec', 'nodeName') === nodeName);
  if (first === undefined) return [];
  const message =
    'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';
  return [podWarning(first, { reason: 'NetworkNotReady', message, nodeName, at })];
}

/** After a boot: the node's new boot id. */
export async function showNode(folder: RunFolder, plan: LabPlan, node: NodePlan): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  const now = new Date();
  const described = await describeNode(folder, plan, node, now);
  const bootId = textAt(described, 'status', 'nodeInfo', 'bootID');
  const message = `Node ${node.name} has been rebooted, boot id: ${bootId}`;
  await applyAll(client, [
    described,
    nodeWarning({ reason: 'Rebooted', message, nodeName: node.name, at: now }),
  ]);
}

/** @param pods the node's Pods, this one among them. */
export async function showPod(
  folder: RunFolder,
  plan: LabPlan,
  node: NodePlan,
  pod: PodPlan,
  pods: readonly PodPlan[],
): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  await applyAll(client, [...describePod(plan, node, pod, new Date()), ...calicoOfNode(plan, node, pods)]);
}

/** @param pods the node's Pods without this one. */
export async function hidePod(
  folder: RunFolder,
  plan: LabPlan,
  node: NodePlan,
  pod: PodPlan,
  pods: readonly PodPlan[],
): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  const names: ObjectName[] = [
    { apiVersion: 'v1', kind: 'Pod', name: pod.name, namespace: pod.namespace },
    ...calicoOfPod(plan, node, pod).map(({ apiVersion, kind, metadata }) => ({
      apiVersion,
      kind,
      name: metadata.name,
    })),
  ];
  for (const name of names)
    demand(await client.remove(name, { signal: AbortSignal.timeout(API_TIMEOUT_MS) }));
  await applyAll(client, calicoOfNode(plan, node, pods));
}

/** As a DaemonSet names it, but always the same. */
export function calicoNodeName({ index }: NodePlan): string {
  return `calico-node-lab${index}`;
}

/** The Pod of a BIRD that runs in a container (faults-bird.ts). */
export async function showCalicoNode(folder: RunFolder, node: NodePlan): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  const pod = podObject({
    name: calicoNodeName(node),
    namespace: 'kube-system',
    nodeName: node.name,
    nodeAddress: node.address,
    ips: [],
    hostNetwork: true,
    labels: { 'k8s-app': 'calico-node' },
    containers: [{ name: 'calico-node', image: 'calico/node:v3.29.1' }],
    startedAt: new Date(),
  });
  await applyAll(client, [pod]);
}

export async function hideCalicoNode(folder: RunFolder, node: NodePlan): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  const pod = { apiVersion: 'v1', kind: 'Pod', name: calicoNodeName(node), namespace: 'kube-system' };
  demand(await client.remove(pod, { signal: AbortSignal.timeout(API_TIMEOUT_MS) }));
}

const NODE_AGE_MS = 600_000;

async function describeNode(
  folder: RunFolder,
  plan: LabPlan,
  node: NodePlan,
  now: Date,
): Promise<KubeObject> {
  const paths = folder.node(node.name);
  return nodeObject({
    name: node.name,
    address: node.address,
    addressPrefix: NODE_PREFIX_LENGTH,
    ...(node.address6 === undefined ? {} : { address6: node.address6, address6Prefix: NODE_PREFIX_LENGTH6 }),
    ...notesOf(plan, node),
    ...(node.clusterId === undefined ? {} : { clusterId: node.clusterId }),
    podCidrs: node.block6 === undefined ? [node.block] : [node.block, node.block6],
    kernel: release(),
    architecture: arch(),
    controlPlane: node.index === 0,
    bootId: (await readFile(paths.bootId, 'utf8')).trim(),
    machineId: (await readFile(join(paths.files, 'etc/machine-id'), 'utf8')).trim(),
    // It has been there for a while: what a node that has joined just now lacks may be still to come, and is not told.
    startedAt: new Date(now.getTime() - NODE_AGE_MS),
  });
}

function describePod(plan: LabPlan, node: NodePlan, pod: PodPlan, now: Date): KubeObject[] {
  const containers = [{ name: 'server', image: 'busybox:1.35', ports: [HTTP_PORT] }];
  if (pod.fetches !== undefined) containers.push({ name: 'client', image: 'perl:5.36-slim', ports: [] });
  return [
    podObject({
      name: pod.name,
      namespace: pod.namespace,
      nodeName: node.name,
      nodeAddress: node.address,
      ips: pod.address6 === undefined ? [pod.address] : [pod.address, pod.address6],
      ...(NETWORKS[plan.mode].cni === 'calico' ? {} : { annotations: {} }),
      labels: { app: pod.name, ...(isWeb(pod) ? WEB_SELECTOR : {}), ...pod.labels },
      containers,
      startedAt: now,
    }),
    ...calicoOfPod(plan, node, pod),
  ];
}

/** What flanneld notes of a node (pkg/subnet/kube); calico-node's notes are `nodeObject`'s own. */
function notesOf({ mode }: LabPlan, node: NodePlan): { annotations?: Record<string, string> } {
  const { cni } = NETWORKS[mode];
  if (cni === 'calico') return {};
  if (cni === 'bridge') return { annotations: {} };
  const tunnel = { VNI: 1, VtepMAC: tunnelMac(node.index, 4) };
  return {
    annotations: {
      'flannel.alpha.coreos.com/backend-data': JSON.stringify(tunnel),
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
      'flannel.alpha.coreos.com/public-ip': node.address,
    },
  };
}

/** Services with their endpoints, as the endpoint controllers keep them. */
function servicesOf(plan: LabPlan): KubeObject[] {
  return labServices(plan).flatMap(
    ({ namespace, name, clusterIp, protocol, portName, port, targetPort, nodePort, selector, endpoints }) => {
      const udp = protocol === 'udp' ? { protocol: 'UDP' as const } : {};
      const node = nodePort === undefined ? {} : { nodePort };
      const ports = [{ name: portName, port, targetPort, ...udp, ...node }];
      const ready = endpoints.map(({ address, ...endpoint }) => ({ ip: address, ...endpoint }));
      return [
        serviceObject({
          name,
          namespace,
          clusterIps: [clusterIp],
          ports,
          ...(selector === undefined ? {} : { selector }),
          ...(nodePort === undefined ? {} : { type: 'NodePort' }),
        }),
        endpointsObject({ name, namespace, ready, ports }),
        endpointSliceObject({ name, namespace, ready, ports }, 'IPv4'),
      ];
    },
  );
}

/** Only Calico enforces policies here. */
function policiesOf({ mode }: LabPlan): KubeObject[] {
  if (NETWORKS[mode].cni !== 'calico') return [];
  const from = Object.values(POLICY_SOURCES)
    .flat()
    .map((cidr) => ({ ipBlock: { cidr } }));
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: POLICY.name, namespace: POLICY.namespace },
      spec: {
        podSelector: { matchLabels: { app: POLICY.pod } },
        policyTypes: ['Ingress'],
        ingress: [{ from }],
      },
    },
  ];
}

/** One object of its own, made or replaced. */
export async function showObject(folder: RunFolder, object: KubeObject): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  await applyAll(client, [object]);
}

export async function hideObject(folder: RunFolder, name: ObjectName): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  demand(await client.remove(name, { signal: AbortSignal.timeout(API_TIMEOUT_MS) }));
}

/** The node with an annotation that is not what its network's own daemon would note. */
export async function misdescribeNode(
  folder: RunFolder,
  plan: LabPlan,
  node: NodePlan,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const described = await describeNode(folder, plan, node, new Date());
  const { metadata } = described;
  await showObject(folder, {
    ...described,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
  });
}

/** After Pods came or went: the endpoints of Services. */
export async function showServices(folder: RunFolder, plan: LabPlan): Promise<void> {
  using client = new ControlClient(folder.apiServerSocket);
  await applyAll(client, servicesOf(plan));
}

/** As the API server has them then. */
async function applyAll(client: ControlClient, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  const answers = await Promise.all(
    objects.map((object) => client.apply(object, { signal: AbortSignal.timeout(API_TIMEOUT_MS) })),
  );
  return answers.map(demand);
}

function demand<T>(answer: Result<T, { readonly sentence: string }>): T {
  if (!answer.ok) throw new Error(answer.failure.sentence);
  return answer.value;
}
