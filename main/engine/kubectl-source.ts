// The Kubernetes API through kubectl on one node of the cluster file.
import { rawCommand, refusalOf, togetherCommand } from '../../app/probe/kubernetes.ts';
import type { NodeStatus } from '../../app/contract/session.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { runScript } from '../node/run-probe.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import type { GetOptions, KubeSilence, KubeSource } from './kube-source.ts';
import type { NodeReader } from './node-reader.ts';

/** What is used of the node that has kubectl. */
export interface KubectlNode {
  readonly transport: NodeTransport | null;
  readonly reader: Pick<NodeReader, 'addStream' | 'removeStream'> | null;
  readonly status: Pick<NodeStatus, 'state' | 'lastFactsAt'>;
}

export interface KubectlSourceOptions {
  readonly nodeLabel: string;
  /** How kubectl is called on that node. */
  readonly program: string;
  readonly node: () => KubectlNode | null;
}

const longestReason = 400;

export function kubectlSource({ nodeLabel, program, node }: KubectlSourceOptions): KubeSource {
  const called = (command: string): string => command.replace(/^kubectl/, () => program);
  const command = (path: string): string => called(rawCommand(path));
  return {
    label: nodeLabel,
    command,
    get: (path, options) => get(command(path), node()?.transport ?? null, options),
    together: {
      command: (resources) => called(togetherCommand(resources)),
      get: (resources, options) =>
        get(called(togetherCommand(resources)), node()?.transport ?? null, options),
    },
    watch: (stream, path) => node()?.reader?.addStream(stream, command(path)) ?? false,
    unwatch: (stream) => node()?.reader?.removeStream(stream),
    caution: () => null,
    exec: null,
    away: () => {
      const { state, lastFactsAt } = node()?.status ?? { state: null, lastFactsAt: null };
      if (state === 'connected' || lastFactsAt === null) return null;
      const at = new Date(lastFactsAt).toISOString().slice(11, 19);
      return `What Kubernetes says is as of ${at} UTC: ${nodeLabel}, where it is asked, is not connected.`;
    },
  };
}

/** Why a watch of kubectl ended. */
export function kubectlEnd(status: number, said: string): string {
  return said === '' ? `kubectl ends with status ${status}` : `kubectl says: ${said.slice(0, longestReason)}`;
}

async function get(
  script: string,
  transport: NodeTransport | null,
  options: GetOptions,
): Promise<Result<string, KubeSilence>> {
  if (transport === null) return fail({ state: 'failed', reason: 'its node is not connected' });
  const ran = await runScript(transport, { script, ...options, inTurn: true });
  if (!ran.ok) return fail({ state: 'failed', reason: ran.failure.sentence.replace(/\.$/, '') });
  const { exitStatus, stdout, stderr, truncated } = ran.value;
  if (truncated) return fail({ state: 'failed', reason: 'one page of the list is larger than 64 MiB' });
  if (exitStatus === 0) return ok(new TextDecoder().decode(stdout));
  const said = new TextDecoder().decode(stderr).trim().split('\n').at(-1) ?? '';
  if (exitStatus === 127) {
    const reason = 'there is no kubectl for this login; name another node under inventory.kubectl';
    return fail({ state: 'failed', reason });
  }
  const reason = `kubectl says: ${said.slice(0, longestReason).replace(/\.$/, '')}`;
  return fail({ state: refusalOf(said), reason });
}
