// Kubernetes objects in the shape in which kubelet, kubeadm, the scheduler and Calico leave them on a real cluster
// (k8s.io/api core/v1 and discovery/v1 types of 1.32; annotations of Calico 3.29 and its CNI plugin).
import type { JsonObject, KubeObject } from './json.ts';
import { kubeTime } from './json.ts';

const KUBELET_VERSION = 'v1.32.4';
const RUNTIME = 'containerd://1.7.27';

function condition(type: string, holds: boolean, reason: string, since: Date): JsonObject {
  return { type, status: holds ? 'True' : 'False', lastTransitionTime: kubeTime(since), reason };
}

export interface NodeSpec {
  readonly name: string;
  /** The node's own IPv4 address; with its prefix length in `addressPrefix` (24). */
  readonly address: string;
  readonly addressPrefix?: number;
  readonly address6?: string;
  readonly address6Prefix?: number;
  readonly podCidrs: readonly string[];
  /** Of a route reflector. */
  readonly clusterId?: string;
  /** What the network's own daemon notes there; calico-node's notes, if absent. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** `uname -r` and `uname -m`, as Node names the machine (x64, arm64). */
  readonly kernel: string;
  readonly architecture?: string;
  readonly osImage?: string;
  readonly controlPlane?: boolean;
  readonly unschedulable?: boolean;
  readonly ready?: boolean;
  readonly bootId?: string;
  readonly machineId?: string;
  readonly startedAt: Date;
}

function calicoNodeAnnotations({
  address,
  addressPrefix = 24,
  address6,
  address6Prefix = 64,
  clusterId,
}: NodeSpec): Record<string, string> {
  return {
    'projectcalico.org/IPv4Address': `${address}/${String(addressPrefix)}`,
    ...(clusterId === undefined ? {} : { 'projectcalico.org/RouteReflectorClusterID': clusterId }),
    ...(address6 === undefined
      ? {}
      : { 'projectcalico.org/IPv6Address': `${address6}/${String(address6Prefix)}` }),
  };
}

export function nodeObject(node: NodeSpec): KubeObject {
  const { name, address, address6, podCidrs, startedAt, ready = true } = node;
  const architecture = node.architecture === 'arm64' ? 'arm64' : 'amd64';
  const controlPlane = node.controlPlane === true;
  const pressure = (type: string, reason: string): JsonObject => condition(type, false, reason, startedAt);
  const addresses = [address, ...(address6 === undefined ? [] : [address6])];
  const taints = [
    ...(controlPlane ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] : []),
    ...(node.unschedulable === true
      ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]
      : []),
  ];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      creationTimestamp: kubeTime(startedAt),
      labels: {
        'beta.kubernetes.io/arch': architecture,
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': architecture,
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...(controlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
        ...(node.clusterId === undefined ? {} : { 'route-reflector': 'true' }),
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        ...(node.annotations ?? calicoNodeAnnotations(node)),
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      ...(podCidrs[0] === undefined ? {} : { podCIDR: podCidrs[0], podCIDRs: podCidrs }),
      ...(taints.length === 0 ? {} : { taints }),
      ...(node.unschedulable === true ? { unschedulable: true } : {}),
    },
    status: {
      addresses: [
        ...addresses.map((each) => ({ type: 'InternalIP', address: each })),
        { type: 'Hostname', address: name },
      ],
      allocatable: { cpu: '2', memory: '3927Mi', pods: '110' },
      capacity: { cpu: '2', memory: '4027Mi', pods: '110' },
      conditions: [
        {
          ...condition('NetworkUnavailable', false, 'CalicoIsUp', startedAt),
          message: 'Calico is running on this node',
        },
        pressure('MemoryPressure', 'KubeletHasSufficientMemory'),
        pressure('DiskPressure', 'KubeletHasNoDiskPressure'),
        pressure('PIDPressure', 'KubeletHasSufficientPID'),
        condition('Ready', ready, ready ? 'KubeletReady' : 'KubeletNotReady', startedAt),
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture,
        bootID: node.bootId ?? '',
        containerRuntimeVersion: RUNTIME,
        kernelVersion: node.kernel,
        kubeProxyVersion: KUBELET_VERSION,
        kubeletVersion: KUBELET_VERSION,
        machineID: node.machineId ?? '',
        operatingSystem: 'linux',
        osImage: node.osImage ?? 'Debian GNU/Linux 12 (bookworm)',
        systemUUID: node.machineId ?? '',
      },
    },
  };
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly number[];
  readonly ready?: boolean;
  readonly restarts?: number;
  /** Without one, none is reported. */
  readonly containerId?: string;
}

export interface PodSpec {
  readonly name: string;
  readonly namespace: string;
  /** A new one is made up by the server when it is absent. */
  readonly uid?: string;
  readonly nodeName: string;
  readonly nodeAddress: string;
  /** Empty for a hostNetwork Pod, whose address is the node's. */
  readonly ips: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** What the CNI plugin notes there; Calico's notes, if absent. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly containers?: readonly ContainerSpec[];
  readonly hostNetwork?: boolean;
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly startedAt: Date;
}

export function podObject(pod: PodSpec): KubeObject {
  const { name, namespace, nodeName, nodeAddress, startedAt, phase = 'Running' } = pod;
  const hostNetwork = pod.hostNetwork === true;
  const ips = hostNetwork && pod.ips.length === 0 ? [nodeAddress] : pod.ips;
  const containers = pod.containers ?? [{ name, image: 'busybox' }];
  const ready = phase === 'Running' && containers.every((container) => container.ready !== false);
  const held = (type: string, holds: boolean): JsonObject => {
    return {
      type,
      status: holds ? 'True' : 'False',
      lastProbeTime: null,
      lastTransitionTime: kubeTime(startedAt),
    };
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...(pod.uid === undefined ? {} : { uid: pod.uid }),
      creationTimestamp: kubeTime(startedAt),
      ...(pod.labels === undefined ? {} : { labels: pod.labels }),
      // A CNI plugin notes what it assigned; a hostNetwork Pod never meets it.
      ...(hostNetwork || ips[0] === undefined
        ? {}
        : { annotations: pod.annotations ?? calicoAnnotations(ips) }),
    },
    spec: {
      containers: containers.map((container) => ({
        name: container.name,
        image: container.image,
        imagePullPolicy: 'IfNotPresent',
        ...(container.ports === undefined
          ? {}
          : { ports: container.ports.map((port) => ({ containerPort: port, protocol: 'TCP' })) }),
      })),
      dnsPolicy: 'ClusterFirst',
      ...(hostNetwork ? { hostNetwork } : {}),
      nodeName,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
    },
    status: {
      phase,
      conditions: [
        held('PodReadyToStartContainers', phase === 'Running'),
        held('Initialized', true),
        held('Ready', ready),
        held('ContainersReady', ready),
        held('PodScheduled', true),
      ],
      hostIP: nodeAddress,
      hostIPs: [{ ip: nodeAddress }],
      ...(ips[0] === undefined ? {} : { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
      startTime: kubeTime(startedAt),
      containerStatuses: containers.map((container) => containerStatus(container, phase, startedAt)),
      qosClass: 'BestEffort',
    },
  };
}

function calicoAnnotations(ips: readonly string[]): Record<string, string> {
  const hosts = ips.map((ip) => `${ip}/${ip.includes(':') ? '128' : '32'}`);
  return { 'cni.projectcalico.org/podIP': hosts[0] ?? '', 'cni.projectcalico.org/podIPs': hosts.join(',') };
}

function containerStatus(container: ContainerSpec, phase: PodSpec['phase'], startedAt: Date): JsonObject {
  const runs = phase === 'Running';
  const ended = { exitCode: phase === 'Failed' ? 1 : 0, reason: phase === 'Failed' ? 'Error' : 'Completed' };
  let state: JsonObject = { waiting: { reason: 'ContainerCreating' } };
  if (runs) state = { running: { startedAt: kubeTime(startedAt) } };
  else if (phase === 'Succeeded' || phase === 'Failed') state = { terminated: ended };
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    ...(container.containerId === undefined ? {} : { containerID: `containerd://${container.containerId}` }),
    ready: runs && container.ready !== false,
    started: runs,
    restartCount: container.restarts ?? 0,
    state,
    lastState: {},
  };
}
