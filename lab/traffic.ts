import { ok, type Result } from '../app/result.ts';
import { podTree, writeNodeFiles } from './node-files.ts';
import { hostPath, livingNode } from './node-namespace.ts';
import { type RunningFailure, withRunningLab } from './running.ts';
import { type StateFailure, writeState } from './state.ts';

/** Sets how often the client fetches; it notices within a fifth of a second. @param intervalMs 0 stops it. */
export async function setTraffic(
  lab: string,
  intervalMs: number,
): Promise<Result<string, RunningFailure | StateFailure>> {
  return withRunningLab(lab, async ({ folder, state }) => {
    for (const node of state.plan.nodes) {
      const files = node.pods
        .filter((pod) => pod.fetches !== undefined)
        .flatMap((pod) => podTree(state.plan, node, pod, intervalMs))
        .filter(({ path }) => path.endsWith('/interval'));
      if (files.length === 0) continue;
      await writeNodeFiles(folder.node(node.name).files, files);
      await writeNodeFiles(hostPath(await livingNode(folder, node.name), '/'), files);
    }
    await writeState(folder, { ...state, intervalMs });
    return ok(intervalMs === 0 ? 'no fetches' : `a fetch every ${intervalMs} ms`);
  });
}
