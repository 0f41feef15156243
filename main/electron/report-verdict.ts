// When a headless report has waited long enough, and whether what was drawn is the whole cluster.
import type { NodeStatus, SessionView } from '../../app/contract/session.ts';

export interface ReportVerdict {
  readonly complete: boolean;
  /** Why it is not, a sentence each. */
  readonly sentences: readonly string[];
}

/** What is judged of the engine. */
export interface Judged {
  readonly view: SessionView;
  /** Every node and Kubernetes have been asked once, with or without success. */
  readonly settled: boolean;
  /** Kubernetes has answered, or was not to be asked. */
  readonly inventoried: boolean;
}

/** True when waiting on can add nothing: every node is drawn, or has failed for good, and Kubernetes has answered. */
export function waitedEnough({ view, settled }: Judged, summary: string | null): boolean {
  if (view.phase === 'failed') return true;
  if (view.phase !== 'open' || summary === null || !settled) return false;
  return view.nodes.every((node) => isDrawn(node, summary) || node.state === 'failed');
}

export function judgeReport({ view, settled, inventoried }: Judged, summary: string | null): ReportVerdict {
  if (view.phase !== 'open') {
    const sentence = view.sentence ?? 'No cluster was opened: name one with --cluster FILE.';
    return { complete: false, sentences: [sentence] };
  }
  const sentences: string[] = [];
  if (summary === null) sentences.push('The window drew no graph.');
  for (const node of view.nodes) {
    if (isDrawn(node, summary)) continue;
    const because =
      node.sentence ?? (hasFacts(node) ? 'it is not in the graph' : `it is still ${node.state}`);
    sentences.push(`${node.label} is missing: ${because}`);
  }
  if (sentences.length === 0 && !inventoried) {
    sentences.push(
      settled
        ? 'Kubernetes could not be read: Pods may be missing or nameless.'
        : 'Kubernetes had not answered when the time was up: Pods may be missing or nameless.',
    );
  }
  return { complete: sentences.length === 0 && view.nodes.length > 0, sentences };
}

function isDrawn(node: NodeStatus, summary: string | null): boolean {
  return hasFacts(node) && summary !== null && mentions(summary, node.label);
}

function hasFacts(node: NodeStatus): boolean {
  return node.lastFactsAt !== null;
}

/** As a whole word: `worker-1` is not there because `worker-10` is. */
function mentions(text: string, label: string): boolean {
  return text.split(/[^A-Za-z0-9._-]+/).some((word) => word.replace(/[.:]+$/, '') === label);
}
