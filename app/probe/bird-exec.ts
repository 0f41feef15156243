// BIRD where neither the node's own birdcl nor its container's namespace may be used: by `kubectl exec` into calico-node, from
// the node that has kubectl or by ourselves with a kubeconfig. The last way: each command is a process of 45 MB there, or a
// WebSocket here.
import { fail, ok, type Result } from '../result.ts';
import { birdSection } from './bird-section.ts';
import { BIRD_SOCKETS, birdFunctions } from './bird-script.ts';
import type { BirdReading, EvidenceHead } from './facts.ts';
import type { ExecRequest } from './exec-channels.ts';
import { framedScript } from './framed-script.ts';
import { OWN_END } from './own-end.ts';
import { readSections, type ReadSection } from './section-reading.ts';
import type { NodeSnapshot, Section } from './snapshot.ts';

/** Calico's own namespaces: anybody may call a Pod calico-node elsewhere. */
const NAMESPACES: readonly string[] = ['kube-system', 'calico-system'];
export const CALICO_SOCKETS = BIRD_SOCKETS.filter((path) => path.startsWith('/var/run/calico/'));

/** s: birdcl ends by itself in its container then, also where kubectl, the API server or we ended before. */
const PATIENCE = 3;

export interface CalicoNodePod {
  readonly namespace: string;
  readonly name: string;
}

export function isCalicoNode({
  namespace,
  name,
}: {
  readonly namespace: string | null;
  readonly name: string;
}): boolean {
  return namespace !== null && NAMESPACES.includes(namespace) && /^calico-node-[a-z0-9]{1,20}$/.test(name);
}

/** `program`: how kubectl is called there. Throws on another Pod: that is a bug of the caller. */
export function birdExecScript(nonce: string, program: string, pod: CalicoNodePod): string {
  if (!isCalicoNode(pod)) throw new Error('not a Pod of calico-node');
  // Words that the shell has put together are no assignments to it.
  const called = /^\w+=/.test(program) ? `env ${program}` : program;
  const enter = `${called} --cache-dir=/dev/null exec -n ${pod.namespace} ${pod.name} -c calico-node --`;
  const asked = CALICO_SOCKETS.map((socket) => `  s=${socket}; ask_bird`).join('\n');
  return `nonce=${nonce}\n${framedScript(birdFunctions, `  patience=8\n  far=${PATIENCE}\n  enter='${enter.replaceAll("'", String.raw`'\''`)}'\n${asked}`)}`;
}

/** The same command by a kubeconfig; `words`: what birdcl is asked. */
export function birdExecRequest(pod: CalicoNodePod, socket: string, words: readonly string[]): ExecRequest {
  if (!isCalicoNode(pod)) throw new Error('not a Pod of calico-node');
  const birdcl = ['birdcl', '-r', '-s', socket, ...words];
  return {
    namespace: pod.namespace,
    pod: pod.name,
    container: 'calico-node',
    command: ['sh', '-c', OWN_END, 'sh', String(PATIENCE), ...birdcl],
  };
}

/** What `kubectl exec` told of a node's BIRD. */
export interface ExecutedBird {
  readonly bird: Section<BirdReading>;
  readonly evidence: readonly EvidenceHead[];
  readonly outputs: NodeSnapshot['outputs'];
}

/** The failure says why it told nothing, without a full stop. `teller`: whose words those are; null where they say so. */
export function parseBirdExec(
  stdout: Uint8Array,
  {
    teller,
    ...context
  }: {
    readonly nonce: string;
    readonly nodeLabel: string;
    readonly seenAt: number;
    readonly teller: string | null;
  },
): Result<ExecutedBird, string> {
  const { sections } = readSections(stdout, context);
  // calico-node runs one BIRD a family; the other's socket is not there.
  const there = [...sections].filter(([, { stderr }]) => !/No such file or directory/.test(stderr));
  const answered = there.some(([name, section]) => name.startsWith('bird:') && tells(section));
  if (!answered) {
    const said = [...sections.values()].map(({ stderr }) => stderr.trim().split('\n').at(-1) ?? '');
    const why = said
      .find((line) => line !== '')
      ?.replace(/\.$/, '')
      .slice(0, 200);
    if (why === undefined) return fail(`${teller ?? 'the API server'} gave no answer`);
    return fail(teller === null ? why : `${teller} says: ${why}`);
  }
  const [first] = there;
  const processes: ReadSection | undefined = first?.[1];
  if (processes === undefined) throw new Error('an answer without a section');
  // Processes of the node are not seen this way.
  const read = new Map<string, ReadSection>([...there, ['birds', { ...processes, stdout: '' }]]);
  const bird = birdSection(read, context.nodeLabel, null);
  if (bird === null) throw new Error('sections without a reading');
  const ids = new Set(bird.evidence);
  const told = there.map(([, section]) => section);
  return ok({
    bird: { ...bird, evidence: [...ids] },
    evidence: told.map(({ head }) => head),
    outputs: told.flatMap(({ head, ranges }) => ranges.map((range) => ({ evidenceId: head.id, ...range }))),
  });
}

/**
 * A socket that a killed BIRD left behind tells of it, and so does birdcl that waited in vain; that kubectl itself was refused
 * or had no answer in time tells nothing.
 */
function tells({ state, stderr }: ReadSection): boolean {
  if (state === 'timeout') return /^command terminated with exit code/m.test(stderr);
  return state === 'ok' || /control socket\b.*: Connection refused$/m.test(stderr);
}

/** Whether this login cannot ask BIRD on the node itself: it may not, has nothing to ask with, or sees no socket to ask at. */
export function lacksBird({ bird }: Pick<NodeSnapshot, 'bird'>): boolean {
  if (bird === null) return false;
  const unseen =
    bird.state === 'failed' && bird.value?.state === 'unknown' && bird.value.sockets.length === 0;
  return bird.state === 'not-permitted' || bird.state === 'missing-tool' || unseen;
}

/** ms: what `kubectl exec` told longer ago stands for nothing. The turn of 300 nodes comes within it, 12 every half a minute. */
const MOST_AGE_MS = 15 * 60_000;

/** The snapshot with what `kubectl exec` told in place of what this login could not learn; itself where there is no need. */
export function withExecutedBird(snapshot: NodeSnapshot, executed: ExecutedBird): NodeSnapshot {
  const seenAt = executed.evidence[0]?.seenAt ?? 0;
  if (!lacksBird(snapshot) || snapshot.seenAt - seenAt > MOST_AGE_MS) return snapshot;
  const own = new Set(executed.evidence.map(({ id }) => id));
  return {
    ...snapshot,
    bird: executed.bird,
    evidence: [...snapshot.evidence.filter(({ id }) => !own.has(id)), ...executed.evidence],
  };
}

/** The snapshot as it is, with why `kubectl exec` told nothing, either. */
export function withRefusedExec(snapshot: NodeSnapshot, why: string): NodeSnapshot {
  const { bird } = snapshot;
  if (bird === null || !lacksBird(snapshot)) return snapshot;
  const more = `Nor does kubectl exec tell (${why}).`;
  if (bird.sentence?.endsWith(more) === true) return snapshot;
  const sentence = `${bird.sentence ?? 'BIRD could not be asked.'} ${more}`;
  return {
    ...snapshot,
    bird: { ...bird, sentence, value: bird.value === null ? null : { ...bird.value, sentence } },
  };
}
