// What belongs to one opened cluster and ends with it: its nodes, what Kubernetes says, etcd, the questions to the operator and
// the worker that understands; or, of a paste, the worker alone.
import type { ClusterFile } from '../../app/contract/cluster-file.ts';
import type { PasteReport } from '../../app/paste/report.ts';
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { nodesToAskOfBgp } from '../../app/topology/bgp-news.ts';
import type { EvidenceId, Topology, TopologyPatch } from '../../app/topology/model.ts';
import { apiSource } from '../kube/api-source.ts';
import { readKubeconfig } from '../kube/kubeconfig.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { ConnectionClock } from '../ssh/reconnecting.ts';
import type { Connector, NodeTarget } from '../ssh/transport.ts';
import { activeNode, type ActiveContext } from './active-nodes.ts';
import { BirdByKubectl, type BirdExec } from './bird-by-kubectl.ts';
import { birdByApi, birdByNode } from './bird-exec-ways.ts';
import { EtcdReader } from './etcd-reader.ts';
import type { Following } from './following.ts';
import { InventoryWatch } from './inventory-watch.ts';
import type { KubeSource } from './kube-source.ts';
import { kubectlEnd, kubectlSource } from './kubectl-source.ts';
import type { Reading, UnderstoodReading } from './node-reader.ts';
import { sweepLeftovers, tellsLeftover } from './leftovers.ts';
import { NodeSession } from './node-session.ts';
import type { PastedCluster } from './pasted-cluster.ts';
import { PromptDesk } from './prompts.ts';
import { TopologyHost } from './topology-host.ts';

export interface OpenCluster extends AsyncDisposable {
  readonly file: ClusterFile;
  /** Null where there is no file. */
  readonly path: string | null;
  /** ms since the epoch, our clock. */
  readonly since: number;
  readonly nodes: ReadonlyMap<string, NodeSession>;
  readonly prompts: PromptDesk;
  readonly host: TopologyHost;
  readonly inventory: InventoryWatch | null;
  readonly etcd: EtcdReader;
  /** Asks BIRD by kubectl, once; null where it is followed, or nobody has kubectl. */
  readonly birds: BirdByKubectl | null;
  /** Ends with it. */
  readonly closing: AbortSignal;
  /** What became of a paste, which then is all there is; null for a live cluster. */
  readonly paste: PasteReport | null;
}

export interface ClusterOptions {
  /** Of what is run on nodes by another way than `connector`, which has its own. */
  readonly audit: Pick<AuditTrail, 'begin'>;
  readonly attended: boolean;
  readonly workerFile: URL;
  readonly connector: Connector;
  readonly clock: ConnectionClock;
  readonly follow: Following;
  /** What is read where nothing is followed. */
  readonly once: readonly DiscoveryPart[];
}

/** What a cluster needs of the session that it is part of. */
export interface ClusterSession {
  topology(): Topology;
  /** Afterwards `topology` has it. */
  apply(patch: TopologyPatch): void;
  keepEvidence(id: EvidenceId, output: Uint8Array): void;
  warn(sentence: string): void;
  /** Something that the view tells has changed. */
  changed(): void;
  /** Pods that are looked into: on which node, by which process in them. */
  lookedInto(): readonly { readonly label: string; readonly pid: number }[];
}

/** No node, and so nothing to ask etcd by. */
export function noEtcd(): EtcdReader {
  return new EtcdReader({ nodes: () => [], given: {}, signal: AbortSignal.abort() });
}

/** A cluster of pasted output: there is nothing to connect to. */
export function pastedOpenCluster(
  name: string,
  { host, report }: PastedCluster,
  { attended, clock }: ClusterOptions,
  session: ClusterSession,
): OpenCluster {
  return {
    file: { schema: 1, name, nodes: [] },
    path: null,
    since: clock.now(),
    nodes: new Map(),
    prompts: new PromptDesk({ attended, changed: () => session.changed() }),
    host,
    inventory: null,
    etcd: noEtcd(),
    birds: null,
    closing: AbortSignal.abort(),
    paste: report,
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Connects to every node of a cluster file, and follows what `follow` says. */
export function connectCluster(
  file: ClusterFile,
  path: string,
  options: ClusterOptions,
  session: ClusterSession,
): OpenCluster {
  const { attended, connector, clock, workerFile, follow, once } = options;
  const isWatched = follow === 'everything';
  const now = (): number => clock.now();
  const topology = (): Topology => session.topology();
  const prompts = new PromptDesk({ attended, changed: () => session.changed() });
  const nodes = new Map<string, NodeSession>();
  const host = new TopologyHost({
    workerFile,
    topology,
    onPatch: (patch) => {
      session.apply(patch);
      for (const id of nodesToAskOfBgp(topology(), patch.events))
        nodes.get(topology().nodes[id]?.label ?? '')?.ring(['bird']);
    },
    keepEvidence: (id, output) => session.keepEvidence(id, output),
    onNotice: (sentence) => session.warn(sentence),
  });
  const kubectl = file.inventory?.kubectl;
  const closing = new AbortController();
  const { signal } = closing;
  const source = kubeSource(file, { nodes, signal, now, watch: () => inventory });
  const inventory: InventoryWatch | null =
    source === null
      ? null
      : new InventoryWatch({
          source,
          follow: isWatched,
          host,
          now,
          // A list that comes once comes with the first reading, which has its Pods.
          onPodsChanged: (nodeNames) => {
            if (isWatched) ringPods(topology(), nodes, nodeNames);
          },
          onLimit: () => session.changed(),
        });
  // With a kubeconfig no node has to be connected first.
  if (kubectl === undefined) inventory?.start();
  const active: ActiveContext = { node: (label) => activeNode(nodes.get(label)), now, signal };
  const targets = new Map(file.nodes.map((entry) => [entry.name, targetOf(entry, file)]));
  for (const entry of file.nodes) {
    const label = entry.name;
    const isKubectl = label === kubectl?.node;
    nodes.set(
      label,
      new NodeSession({
        label,
        target: { ...targetOf(entry, file), namesakes: targets },
        sudo: entry.sudo === true,
        follow,
        once,
        connector,
        prompts: prompts.forNode(label),
        clock,
        onStatus: () => session.changed(),
        insides: () => session.lookedInto().flatMap((inside) => (inside.label === label ? [inside.pid] : [])),
        onReading: async (reading) => {
          const understood = await understand(reading, host, topology);
          if (tellsLeftover(reading)) void sweepLeftovers(label, active);
          return understood;
        },
        onReady: () => {
          if (isKubectl) inventory?.start();
        },
        onStreamLine: (stream, line) => inventory?.onStreamLine(stream, line),
        onStreamEnded: (stream, status, said) => inventory?.onStreamEnded(stream, kubectlEnd(status, said)),
      }),
    );
  }
  const exec = birdExec(file, nodes, source, now, options.audit);
  const birds = exec === null ? null : new BirdByKubectl({ exec, topology, host, now, signal });
  if (follow !== 'nothing') void birds?.run();
  return {
    file,
    path,
    etcd: etcdOf(file, nodes, signal),
    since: now(),
    nodes,
    prompts,
    host,
    inventory,
    birds: follow === 'nothing' ? birds : null,
    closing: signal,
    paste: null,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      prompts.close();
      inventory?.close();
      // The worker beside the nodes: a reader may wait for its answer, and Electron may crash when it ends while a thread still runs.
      const all = [host, ...nodes.values()];
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

/** By kubectl on a node, else by a kubeconfig of this machine; null where the file names neither. */
function kubeSource(
  { inventory }: ClusterFile,
  cluster: {
    readonly nodes: ReadonlyMap<string, NodeSession>;
    readonly signal: AbortSignal;
    now(): number;
    watch(): InventoryWatch | null;
  },
): KubeSource | null {
  const { kubectl, kubeconfig, context = null, allowExec = false } = inventory ?? {};
  if (kubectl !== undefined) {
    const { node, command: program = 'kubectl' } = kubectl;
    return kubectlSource({ nodeLabel: node, program, node: () => cluster.nodes.get(node) ?? null });
  }
  if (kubeconfig === undefined) return null;
  return apiSource({
    file: kubeconfig,
    login: () => readKubeconfig(kubeconfig, context, allowExec),
    signal: cluster.signal,
    now: () => cluster.now(),
    onLine: async (stream, line) => cluster.watch()?.onStreamLine(stream, line),
    onEnded: (stream, said) => cluster.watch()?.onStreamEnded(stream, said),
  });
}

/** By kubectl on the node that the file names, else by its kubeconfig; null where it names neither. */
function birdExec(
  { inventory }: ClusterFile,
  nodes: ReadonlyMap<string, NodeSession>,
  source: KubeSource | null,
  now: () => number,
  audit: ClusterOptions['audit'],
): BirdExec | null {
  const { kubectl } = inventory ?? {};
  if (kubectl !== undefined)
    return birdByNode(kubectl.command ?? 'kubectl', () => nodes.get(kubectl.node)?.transport ?? null);
  const own = source?.exec ?? null;
  return own === null ? null : birdByApi(own, now, audit);
}

/** Asks the node that the file names, else each in turn, the likely ones first. */
function etcdOf(file: ClusterFile, nodes: ReadonlyMap<string, NodeSession>, signal: AbortSignal): EtcdReader {
  const likely = [file.etcd?.node, file.inventory?.kubectl?.node];
  const rank = ({ label }: NodeSession): number => {
    const at = likely.indexOf(label);
    return at < 0 ? likely.length : at;
  };
  return new EtcdReader({
    nodes: () => {
      const all = [...nodes.values()].sort((a, b) => rank(a) - rank(b));
      return file.etcd?.node === undefined ? all : all.slice(0, 1);
    },
    given: file.etcd ?? {},
    signal,
  });
}

async function understand(
  reading: Reading,
  host: TopologyHost,
  topology: () => Topology,
): Promise<UnderstoodReading> {
  const read = await host.read(reading);
  const node = Object.values(topology().nodes).find((n) => n.label === reading.label && n.until === null);
  return { ...read, nodeId: node?.id ?? null };
}

function ringPods(
  topology: Topology,
  nodes: ReadonlyMap<string, NodeSession>,
  nodeNames: ReadonlySet<string>,
): void {
  for (const node of Object.values(topology.nodes)) {
    if (node.until === null && node.kubernetesName !== null && nodeNames.has(node.kubernetesName)) {
      nodes.get(node.label)?.ring(['links', 'routes', 'pods']);
    }
  }
}

function targetOf(entry: ClusterFile['nodes'][number], file: ClusterFile): NodeTarget {
  return {
    label: entry.name,
    host: entry.host,
    port: entry.port ?? null,
    user: entry.user ?? null,
    identityFile: entry.identityFile ?? null,
    proxyJump: entry.proxyJump ?? null,
    knownHostsFile: file.knownHosts ?? null,
    hostKeyAlias: entry.hostKeyAlias ?? null,
  };
}
