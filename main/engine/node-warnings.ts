// What stands between us and a node's facts, as a document of what was discovered says it.
import type { NodeStatus } from '../../app/contract/session.ts';

/** Each names its node. */
export function nodeWarnings(nodes: readonly NodeStatus[]): string[] {
  return nodes.flatMap((node) => {
    const troubles = node.sentence === null ? node.limits : [node.sentence, ...node.limits];
    return troubles.map((sentence) =>
      sentence.startsWith(node.label) ? sentence : `${node.label}: ${sentence}`,
    );
  });
}
