// Where a terminal leads: from what the operator clicked to a command on a node.
import type { TerminalTarget } from '../../app/contract/terminal.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { PodEntity, Topology } from '../../app/topology/model.ts';
import type { TerminalSize } from '../ssh/transport.ts';
import {
  kubectlExecCommand,
  nodeShellCommand,
  podShellByHand,
  podShellCommand,
  type PodPlace,
} from '../terminal/terminal-command.ts';
import type { OpenedTerminal, Refusal } from './engine.ts';
import type { NodeSession } from './node-session.ts';

export interface TerminalContext {
  readonly nodes: ReadonlyMap<string, NodeSession>;
  /** The node that has kubectl, by label, and how it is called there; null when none is named. */
  readonly kubectl: { readonly node: string; readonly command?: string | undefined } | null;
  readonly topology: Topology;
  readonly size: TerminalSize;
  readonly signal: AbortSignal;
}

interface Way {
  readonly node: NodeSession;
  readonly title: string;
  readonly byHand: string;
  readonly command: (anchorPid: number) => string;
}

export async function openTerminal(
  target: TerminalTarget,
  context: TerminalContext,
): Promise<Result<OpenedTerminal, Refusal>> {
  const way = target.kind === 'node' ? wayToNode(target.nodeLabel, context) : wayToPod(target.podId, context);
  if (!way.ok) return way;
  const { node, title, byHand, command } = way.value;
  const opened = await node.openTerminal(command, {
    size: context.size,
    signal: context.signal,
    what: byHand,
  });
  return opened.ok
    ? ok({ title, command: byHand, channel: opened.value })
    : fail({ sentence: opened.failure.sentence });
}

function wayToNode(label: string, { nodes }: TerminalContext): Result<Way, Refusal> {
  const node = nodes.get(label);
  if (node === undefined) return fail({ sentence: `There is no node ${label} in this cluster file.` });
  return ok({ node, title: label, byHand: `ssh ${label}`, command: nodeShellCommand });
}

function wayToPod(podId: string, context: TerminalContext): Result<Way, Refusal> {
  const { topology, nodes, kubectl } = context;
  const pod = topology.pods[podId];
  if (pod === undefined || pod.until !== null) {
    return fail({ sentence: 'This Pod is gone; select the present one and open a terminal there.' });
  }
  const node = pod.nodeId === null ? undefined : nodes.get(topology.nodes[pod.nodeId]?.label ?? '');
  const place = placeOf(pod, topology);
  if (node?.reader?.rights?.tier === 3 && place !== null) {
    const command = (anchor: number): string => podShellCommand(place, anchor);
    return ok({ node, title: pod.name, byHand: podShellByHand(place), command });
  }
  const asker = kubectl === null ? undefined : nodes.get(kubectl.node);
  const called = kubectl?.command ?? 'kubectl';
  const { namespace, name } = pod;
  if (asker !== undefined && namespace !== null) {
    return ok({
      node: asker,
      title: name,
      byHand: `${called} exec -i -t -n ${namespace} ${name} -- /bin/sh`,
      command: (anchor) => kubectlExecCommand(called, namespace, name, anchor),
    });
  }
  return fail({
    sentence:
      node === undefined || place === null
        ? `The process of ${name} was not found on a connected node, and no node is named for kubectl; name one under inventory.kubectl.`
        : `Entering ${name} needs root on ${node.label}; log in as root there, or name a node for kubectl under inventory.kubectl.`,
  });
}

/** A Pod on the host's network has no namespace of its own to enter. */
function placeOf(pod: PodEntity, topology: Topology): PodPlace | null {
  const netns = pod.netnsId === null ? undefined : topology.netns[pod.netnsId];
  if (netns === undefined || netns.root || netns.process === null) return null;
  return { pid: netns.process.pid, netnsInode: netns.inode };
}
