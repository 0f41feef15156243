import { join } from 'node:path';
import { labEnvironment, runCommand } from './command.ts';
import { etcdKeys } from './etcd-keys.ts';
import { LIBRARY } from './fabric.ts';
import type { LabPlan, NodePlan } from './lab-plan.ts';
import { writeNodeFiles } from './node-files.ts';
import { inNode, NODE_LIBRARY } from './node-namespace.ts';
import type { RunFolder } from './run-folder.ts';

// A real etcd on the master, as kubeadm lays it out: certificates, manifest, arguments
// (kubernetes/cmd/kubeadm/app/phases/etcd/local.go, 1.32). No kubelet runs here; the manifest is what its arguments are read from.

const MANIFEST = 'etc/kubernetes/manifests/etcd.yaml';
const PKI = '/etc/kubernetes/pki';

/** Writes the master's certificates and manifest, which a reboot keeps. */
export async function makeEtcdFiles(folder: RunFolder, plan: LabPlan, signal?: AbortSignal): Promise<void> {
  const [master] = plan.nodes;
  if (master === undefined) throw new Error('a lab without nodes');
  const { files } = folder.node(master.name);
  await writeNodeFiles(files, [
    { path: MANIFEST, text: manifest(plan, master), mode: 0o600 },
    { path: 'var/lib/lab/etcdctl', text: `${clientArguments(plan).join(' ')}\n` },
  ]);
  if (plan.etcd === 'plain') return;
  const args = [join(LIBRARY, 'etcd-certificates.sh'), join(files, PKI), master.name, master.address];
  await runCommand('sh', args, labEnvironment(folder.path), { signal });
}

/** Starts it and fills it. @throws when it does not answer. */
export async function startEtcd(folder: RunFolder, plan: LabPlan, signal?: AbortSignal): Promise<void> {
  const [master] = plan.nodes;
  if (master === undefined) throw new Error('a lab without nodes');
  const puts = etcdKeys(plan).map(([key, value]) => `put ${quoted(key)} ${quoted(value)}\n`);
  await inNode(folder, master.name, ['sh', `${NODE_LIBRARY}/etcd-up.sh`], { stdin: puts.join(''), signal });
}

/** As etcdctl's `txn` reads a word: in double quotes, which Go unquotes. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

function clientArguments({ etcd }: LabPlan): string[] {
  if (etcd === 'plain') return ['--endpoints=http://127.0.0.1:2379'];
  const file = (name: string): string => `${PKI}/etcd/${name}`;
  return [
    '--endpoints=https://127.0.0.1:2379',
    `--cacert=${file('ca.crt')}`,
    `--cert=${file('healthcheck-client.crt')}`,
    `--key=${file('healthcheck-client.key')}`,
  ];
}

function manifest({ etcd }: LabPlan, { name, address }: NodePlan): string {
  const scheme = etcd === 'plain' ? 'http' : 'https';
  const certificates = [
    `--cert-file=${PKI}/etcd/server.crt`,
    '--client-cert-auth=true',
    `--key-file=${PKI}/etcd/server.key`,
    `--peer-cert-file=${PKI}/etcd/peer.crt`,
    '--peer-client-cert-auth=true',
    `--peer-key-file=${PKI}/etcd/peer.key`,
    `--peer-trusted-ca-file=${PKI}/etcd/ca.crt`,
    `--trusted-ca-file=${PKI}/etcd/ca.crt`,
  ];
  const flags = [
    `--advertise-client-urls=${scheme}://${address}:2379`,
    '--data-dir=/var/lib/etcd',
    `--initial-advertise-peer-urls=${scheme}://${address}:2380`,
    `--initial-cluster=${name}=${scheme}://${address}:2380`,
    `--listen-client-urls=${scheme}://127.0.0.1:2379,${scheme}://${address}:2379`,
    '--listen-metrics-urls=http://127.0.0.1:2381',
    `--listen-peer-urls=${scheme}://${address}:2380`,
    `--name=${name}`,
    '--snapshot-count=10000',
    // The lab's own: an election of one need not wait a second.
    '--heartbeat-interval=20',
    '--election-timeout=200',
    ...(etcd === 'plain' ? [] : certificates),
  ];
  return `apiVersion: v1
kind: Pod
metadata:
  annotations:
    kubeadm.kubernetes.io/etcd.advertise-client-urls: ${scheme}://${address}:2379
  labels:
    component: etcd
    tier: control-plane
  name: etcd
  namespace: kube-system
spec:
  containers:
  - command:
    - etcd
${flags.map((flag) => `    - ${flag}\n`).join('')}    image: registry.k8s.io/etcd:3.5.16-0
    name: etcd
  hostNetwork: true
  priorityClassName: system-node-critical
`;
}
