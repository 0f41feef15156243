// `kubectl describe pod` (kubectl pkg/describe/describe.go, describePod): of its many lines those that are sure, which are not indented.
// Other kinds begin with a name, too: only what says node, status and address is a Pod.
import type { PodFact } from '../probe/kube-facts.ts';
import type { PastedLine } from './pasted-text.ts';
import { isAddress, objectName } from './tables/table.ts';
import { phaseOf } from './kubectl-table.ts';

const NAME = /^Name:\s{3,200}(\S{1,253})\s*$/;

export function isDescribedName(line: string): boolean {
  return NAME.test(line);
}

/** Whatever is indented, or a key of its own. Of the events at the end each line is indented, too. */
export function isDescribedLine(line: string): boolean {
  return /^\s{1,80}\S|^[A-Z][A-Za-z ()-]{1,40}:(?:\s|$)/.test(line);
}

/** Null for what is no Pod, or not so much of one that it is sure. */
export function describedPod(lines: readonly PastedLine[]): PodFact | null {
  const name = objectName(NAME.exec(lines[0]?.text ?? '')?.[1] ?? null);
  const values = new Map<string, string[]>();
  let key = '';
  for (const { text } of lines) {
    const [, own, value = ''] = /^([A-Z][A-Za-z ()-]{1,40}):\s*(.*?)\s*$/.exec(text.slice(0, 1000)) ?? [];
    if (own !== undefined) key = own;
    const told = own === undefined ? text.trim() : value;
    const before = values.get(key);
    if (told === '' || (own !== undefined && before !== undefined)) continue;
    if (before === undefined) values.set(key, [told]);
    else before.push(told);
  }
  const first = (of: string): string | null => values.get(of)?.[0] ?? null;
  const namespace = objectName(first('Namespace'));
  const status = /^\w{1,40}/.exec(first('Status') ?? '')?.[0];
  const node = first('Node');
  if (name === null || namespace === null || status === undefined || node === null) return null;
  const nodeName = objectName(node.split('/')[0] ?? null);
  const ips = (values.get('IPs') ?? []).flatMap((one) => /^IP:\s+(\S+)$/.exec(one)?.[1] ?? []);
  const { phase, terminating } = phaseOf(status);
  const labels = (values.get('Labels') ?? []).flatMap((one): [string, string][] => {
    const [, label, value = ''] = /^([a-zA-Z0-9][\w./-]{0,316})=([\w.-]{0,63})$/.exec(one) ?? [];
    return label === undefined ? [] : [[label, value]];
  });
  return {
    uid: `pasted:${namespace}/${name}`,
    namespace,
    name,
    nodeName,
    ips: [...new Set([first('IP') ?? '', ...ips])].filter(isAddress),
    phase,
    ready: readyOf(lines),
    hostNetwork: node.split('/')[1] !== undefined && node.split('/')[1] === first('IP'),
    terminating,
    createdAt: null,
    networks: [],
    labels: Object.fromEntries(labels.slice(0, 64)),
    moreLabels: 0,
  };
}

/** `    Ready:          True`, once a container; the Pod's own condition has no colon. */
function readyOf(lines: readonly PastedLine[]): PodFact['ready'] {
  const states = lines.flatMap(({ text }) => /^\s+Ready:\s+(True|False)\s*$/.exec(text)?.[1] ?? []);
  return { containers: states.length, ready: states.filter((state) => state === 'True').length };
}
