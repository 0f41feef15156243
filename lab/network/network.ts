import type { LabPlan, NodePlan, PodPlan } from '../lab-plan.ts';
import type { NodeFile } from '../node-file.ts';

// A lab's network is two choices: how a Pod is tied to its node, and how a node reaches the Pods of the others. Each is an
// object of its own that says what of it stands in a node's files; nothing else in the lab asks which one it is.

/** How a Pod is tied to its node. All texts are lines for `ip -batch`. */
export interface Workload {
  /** The name of the node's end. */
  interfaceName(namespace: string, pod: string): string;
  /** Once, when the node boots. */
  nodeBatch(node: NodePlan, mtu: number): string[];
  /** Inside the Pod's network namespace. */
  podBatch(pod: PodPlan, node: NodePlan, mtu: number): string[];
  /** On the node, when the Pod has come. */
  wireBatch(pod: PodPlan): string[];
  /** `key value` lines for the Pod's device, keys as paths under /proc/sys. */
  sysctls(pod: PodPlan): string[];
  /** The text for `iptables-restore`, or `ip6tables-restore`. */
  firewall(pods: readonly PodPlan[], family: 4 | 6): string;
}

/** How a node reaches the Pods of the others. */
export interface Transport {
  /** What its wire leaves to the Pods, bytes. */
  podMtu(node: NodePlan): number;
  /** Null where packets go as they are. */
  readonly tunnel: { readonly device: string; readonly port: number; readonly vni: number } | null;
  /** Routes come from BIRD, and may go with it. */
  readonly routing: 'bird' | 'static';
  /** Lines for `ip -batch`, after those of the workload. */
  nodeBatch(plan: LabPlan, node: NodePlan): string[];
  /** Lines for `bridge -batch`. */
  fdb(plan: LabPlan, node: NodePlan): string[];
  files(plan: LabPlan, node: NodePlan): NodeFile[];
  /** What a node's route to the block of `peer` goes via. */
  gatewayTo(peer: NodePlan): string;
}
