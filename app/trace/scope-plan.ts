// What a scope would send, a shot a cell, all at once from each node.
import { MOST_SHOTS, shotCommand, type Shot } from '../probe/active-shots.ts';
import type { Topology } from '../topology/model.ts';
import { countedCommand, planId, senderOf, sendsWords, type TierOf } from './probe-plan.ts';
import type { ActivePlan, PlannedCommand } from './probe-model.ts';
import type { ScopeCells, TracedCell } from './scope-cells.ts';

export interface PlannedScope {
  readonly plan: ActivePlan;
  /** By node, what is sent from there, with the number of the cell that each is for. */
  readonly fired: readonly {
    readonly node: string;
    readonly shots: readonly Shot[];
    readonly cells: readonly number[];
  }[];
  readonly counted: readonly string[];
}

/** The first packet to a neighbour waits for ARP. */
const ECHOES = 2;

export function planScope({ cells, lacks }: ScopeCells, topology: Topology, tierOf: TierOf): PlannedScope {
  const byNode = new Map<string, { shots: Shot[]; cells: number[] }>();
  const more = new Set(lacks);
  for (const [index, one] of cells.entries()) {
    const { node } = one.sender;
    const tier = tierOf(node);
    const inside = senderOf(one.sender, topology);
    if (tier === null) more.add(`${node} is not connected: nothing is sent from there.`);
    else if (!inside.ok) more.add(inside.failure);
    else if (inside.value !== null && tier < 3)
      more.add(
        `Sending from inside Pods takes root on ${node}, and this login is not: nothing is sent from those.`,
      );
    else {
      const own = byNode.get(node) ?? { shots: [], cells: [] };
      byNode.set(node, own);
      if (own.shots.length >= MOST_SHOTS) continue;
      own.shots.push(shotOf(one, inside.value));
      own.cells.push(index);
    }
  }
  const fired = [...byNode].map(([node, own]) => ({ node, ...own }));
  const targets = cells.map(({ cell, sender }) => ({ cell, sender }));
  const nodes = [...new Set(targets.map(({ sender }) => sender.node))].filter(
    (node) => tierOf(node) !== null,
  );
  const commands: PlannedCommand[] = [
    ...nodes.map((node) => countedCommand(node, tierOf)),
    ...fired.flatMap(({ node, shots }) =>
      shots.map((shot) => ({
        node,
        rights: shot.inside === null ? ('login' as const) : ('root' as const),
        command: shotCommand(shot),
        changes: sendsWords(shot),
      })),
    ),
  ];
  const count = fired.reduce((sum, { shots }) => sum + shots.length, 0);
  const sentence = `${String(count)} commands send a packet or two each from ${fired.map(({ node }) => node).join(', ') || 'nowhere'}, all at once; all else only reads. Nothing is left behind.`;
  const id = planId(
    commands,
    fired.flatMap(({ shots }) => shots),
  );
  return { plan: { id, sentence, commands, lacks: [...more] }, fired, counted: nodes };
}

function shotOf({ cell, destination }: TracedCell, inside: Shot['inside']): Shot {
  const { proto, port, size, bytes } = cell;
  return {
    kind: proto === 'icmp' ? 'echo' : proto === 'tcp' ? 'connect' : 'datagram',
    inside,
    destination,
    port,
    sourcePort: null,
    size: bytes,
    whole: size === 'large',
    count: proto === 'icmp' ? ECHOES : 1,
  };
}
