import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  DOCKER_BRIDGE_IFINDEX,
  dockerMac,
  GATEWAY,
  GATEWAY6,
  NIC,
  NODE_PREFIX_LENGTH,
  NODE_PREFIX_LENGTH6,
} from './addressing.ts';
import type { LabPlan, NodePlan, PodPlan } from './lab-plan.ts';
import { serviceFilters, serviceRules } from './kube-proxy.ts';
import { NETWORKS } from './network/networks.ts';
import type { NodeFile } from './node-file.ts';
import { lines, podFiles } from './pods.ts';
import { DEFAULT_MAX_SESSIONS, sshdConfig } from './sshd.ts';

/** Logins besides root; their numbers lie above what Debian gives to system users. */
const USER_IDS = { operator: 1001, viewer: 1002 } as const;
const WRAPPER_PATH = '/usr/local/sbin/hopscope-node';

export interface NodeSecrets {
  readonly authorizedKeys: string;
  readonly machineId: string;
  /** The text of the root-owned wrapper that `sudo` may run, if there is one. */
  readonly wrapper?: string;
}

/** Everything that makes a Debian root this node, its host key excepted. */
export async function nodeFiles(
  plan: LabPlan,
  node: NodePlan,
  secrets: NodeSecrets,
  intervalMs: number,
): Promise<NodeFile[]> {
  const { cni, transport } = NETWORKS[plan.mode];
  return [
    ...(await accountFiles(node)),
    ...rightsFiles(node, secrets),
    { path: 'etc/hostname', text: `${node.name}\n` },
    { path: 'etc/hosts', text: hosts(plan) },
    { path: 'etc/machine-id', text: `${secrets.machineId}\n`, mode: 0o444 },
    { path: 'etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n' },
    { path: 'etc/resolv.conf', text: '# The lab has no name server.\n' },
    { path: 'etc/environment', text: '' },
    { path: 'etc/ssh/sshd_config', text: sshdConfig(DEFAULT_MAX_SESSIONS) },
    ...transport.files(plan, node),
    { path: `etc/cni/net.d/10-${cni}.conflist`, text: conflist(cni) },
    { path: 'var/lib/lab/node.batch', text: nodeBatch(plan, node) },
    { path: 'var/lib/lab/node.fdb', text: lines(transport.fdb(plan, node)) },
    { path: 'var/lib/lab/node.sysctl', text: nodeSysctls(node) },
    ...workloadFiles(plan, node, node.pods),
    ...serviceFiles(plan),
    ...node.pods.flatMap((pod) => podTree(plan, node, pod, intervalMs)),
    ...(node.index === 0 ? [{ path: 'root/.kube/config', text: kubeconfig(), mode: 0o600 }] : []),
  ];
}

/** What changes with the set of a node's Pods. */
export function workloadFiles(plan: LabPlan, node: NodePlan, pods: readonly PodPlan[]): NodeFile[] {
  const { workload } = NETWORKS[plan.mode];
  return [
    { path: 'var/lib/lab/firewall.v4', text: workload.firewall(pods, 4) },
    ...(node.address6 === undefined
      ? []
      : [{ path: 'var/lib/lab/firewall.v6', text: workload.firewall(pods, 6) }]),
    { path: 'var/lib/lab/pods.list', text: lines(pods.map(({ name }) => name)) },
  ];
}

/** What changes with the endpoints of Services, on every node. */
export function serviceFiles(plan: LabPlan): NodeFile[] {
  return [
    { path: 'var/lib/lab/services.v4', text: serviceRules(plan) },
    { path: 'var/lib/lab/service-filters.v4', text: serviceFilters(plan) },
  ];
}

export function podTree(plan: LabPlan, node: NodePlan, pod: PodPlan, intervalMs: number): NodeFile[] {
  return Object.entries(podFiles(plan, node, pod, intervalMs)).map(([path, text]) => ({
    path: `var/lib/lab/pods/${pod.name}/${path}`,
    text,
  }));
}

/** Writes files below `root`. Modes do not depend on the caller's umask. */
export async function writeNodeFiles(root: string, files: readonly NodeFile[]): Promise<void> {
  for (const { path, text, mode = 0o644, uid = 0 } of files) {
    const target = join(root, path);
    const created = await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    if (created !== undefined) await openFolders(created, dirname(target));
    await writeFile(target, text);
    await chmod(target, mode);
    if (uid !== 0) await chown(target, uid, uid);
  }
}

async function openFolders(from: string, to: string): Promise<void> {
  for (let folder = to; folder.length >= from.length; folder = dirname(folder)) await chmod(folder, 0o755);
}

/** The host's system users, for tcpdump, sshd and their like, and the node's own logins. "*" means keys only; "!" would lock. */
async function accountFiles(node: NodePlan): Promise<NodeFile[]> {
  const isSystem = (line: string): boolean => {
    const id = Number(line.split(':')[2] ?? NaN);
    return id > 0 && (id < 1000 || id === 65534);
  };
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').filter(isSystem);
  const groups = (await readFile('/etc/group', 'utf8')).split('\n').filter(isSystem);
  const groupsAlone = groups.map((line) => `${line.split(':').slice(0, 3).join(':')}:`);
  users.unshift('root:x:0:0:root:/root:/bin/bash');
  groupsAlone.unshift('root:x:0:');
  if (node.user !== undefined) {
    const { name } = node.user;
    const id = USER_IDS[name].toString();
    users.push(`${name}:x:${id}:${id}::/home/${name}:/bin/bash`);
    groupsAlone.push(`${name}:x:${id}:`);
  }
  const lines = (entries: string[]): string => entries.map((entry) => `${entry}\n`).join('');
  return [
    { path: 'etc/passwd', text: lines(users) },
    { path: 'etc/group', text: lines(groupsAlone) },
    {
      path: 'etc/shadow',
      text: lines(users.map((user) => `${user.split(':')[0] ?? ''}:*:19700:0:99999:7:::`)),
      mode: 0o640,
    },
    {
      path: 'etc/gshadow',
      text: lines(groupsAlone.map((group) => `${group.split(':')[0] ?? ''}:*::`)),
      mode: 0o640,
    },
  ];
}

export function wrapperFile(text: string): NodeFile {
  return { path: WRAPPER_PATH.slice(1), text, mode: 0o755 };
}

function rightsFiles(node: NodePlan, secrets: NodeSecrets): NodeFile[] {
  const files: NodeFile[] = [
    { path: 'root/.ssh/authorized_keys', text: secrets.authorizedKeys, mode: 0o600 },
    {
      path: 'etc/sudoers',
      text: `Defaults env_reset\nDefaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\nroot ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n`,
      mode: 0o440,
    },
    { path: 'etc/sudoers.d/README', text: '', mode: 0o440 },
  ];
  if (node.user === undefined) return files;
  const { name, sudo } = node.user;
  const uid = USER_IDS[name];
  files.push({ path: `home/${name}/.ssh/authorized_keys`, text: secrets.authorizedKeys, mode: 0o600, uid });
  if (sudo) {
    files.push({
      path: 'etc/sudoers.d/hopscope',
      text: `${name} ALL=(root) NOPASSWD: ${WRAPPER_PATH}\n`,
      mode: 0o440,
    });
    if (secrets.wrapper !== undefined) files.push(wrapperFile(secrets.wrapper));
  }
  return files;
}

function hosts(plan: LabPlan): string {
  return [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost',
    ...plan.nodes.map((node) => `${node.address}\t${node.name}`),
    ...plan.nodes.flatMap(({ address6, name }) => (address6 === undefined ? [] : [`${address6}\t${name}`])),
    '',
  ].join('\n');
}

function nodeBatch(plan: LabPlan, node: NodePlan): string {
  const { workload, transport } = NETWORKS[plan.mode];
  const dual =
    node.address6 === undefined
      ? []
      : [
          `address add ${node.address6}/${NODE_PREFIX_LENGTH6} dev ${NIC} nodad`,
          `route add default via ${GATEWAY6} dev ${NIC}`,
        ];
  return `link set dev lo up
address add ${node.address}/${NODE_PREFIX_LENGTH} broadcast + dev ${NIC}
link set dev ${NIC} up
route add default via ${GATEWAY} dev ${NIC}
link add name docker0 index ${DOCKER_BRIDGE_IFINDEX} address ${dockerMac(node.index)} type bridge
address add 172.17.0.1/16 broadcast + dev docker0
link set dev docker0 up
${lines([...dual, ...workload.nodeBatch(node, transport.podMtu(node)), ...transport.nodeBatch(plan, node)])}`;
}

// rp_filter strict everywhere, as Calico expects and its hosts ship; a new namespace would inherit the host's values.
function nodeSysctls({ address6 }: NodePlan): string {
  const strict = ['all', 'default', NIC, 'docker0']
    .map((name) => `net/ipv4/conf/${name}/rp_filter 1\n`)
    .join('');
  return `net/ipv4/ip_forward 1\nnet/ipv4/conf/all/proxy_arp 0\nnet/ipv4/conf/default/proxy_arp 0\n${strict}${address6 === undefined ? '' : 'net/ipv6/conf/all/forwarding 1\n'}`;
}

/** As far as the container runtime reads it to know that there is a network. */
function conflist(cni: string): string {
  const name = cni === 'calico' ? 'k8s-pod-network' : 'cbr0';
  return `${JSON.stringify({ name, cniVersion: '0.3.1', plugins: [{ type: cni }] }, null, 2)}\n`;
}

function kubeconfig(): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: lab
    cluster: {server: "http://127.0.0.1:8080"}
contexts:
  - name: lab
    context: {cluster: lab, user: ""}
current-context: lab
`;
}
