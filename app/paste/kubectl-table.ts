// kubectl's tables (`get pods -o wide`, `-A` too; `get nodes -o wide`): columns parted by two blanks or more, named in capitals
// (k8s.io/cli-runtime printers). Forums squeeze blanks, grep drops the heading: the rows alone are read then.
import type { PastedLine } from './pasted-text.ts';

export interface PodRow {
  readonly namespace: string | null;
  readonly name: string;
  readonly ready: { readonly containers: number; readonly ready: number };
  readonly status: string;
  /** Null where the table is not wide, or the Pod has none. */
  readonly ip: string | null;
  readonly node: string | null;
  /** Of `--show-labels`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly line: number;
}

export interface NodeRow {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly line: number;
}

const IP = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}:[0-9a-f:.]{1,40})`;
const ROW = new RegExp(
  String.raw`^(?:([a-z0-9][a-z0-9-]{0,62})\s+)?([a-z0-9][a-z0-9.-]{0,252})\s+(\d{1,4})/(\d{1,4})\s+(\S{1,60})\s+\d{1,7}(?:\s\([^)]{1,40}\))?\s+(\S{1,20})(?:\s+(${IP}|<none>)\s+([a-zA-Z0-9][\w.-]{0,252}|<none>))?(?:\s.*)?$`,
);

/** Rows that are none are left out: their lines come back in `unread`. */
export function parsePodTable(lines: readonly PastedLine[]): { rows: PodRow[]; unread: PastedLine[] } {
  const rows: PodRow[] = [];
  const unread: PastedLine[] = [];
  for (const line of lines) {
    if (/^(?:NAMESPACE\s+)?NAME\s/.test(line.text)) continue;
    const match = ROW.exec(line.text.trimEnd());
    if (match === null || match[2]?.endsWith('..') === true) {
      unread.push(line);
      continue;
    }
    const [, namespace, name = '', ready, containers, status = '', , ip, node] = match;
    // A name that the table's maker cut (`k8s-wor...`) is nobody's.
    const told = (text: string | undefined): string | null =>
      text === undefined || text === '<none>' || text.endsWith('..') ? null : text;
    rows.push({
      namespace: namespace ?? null,
      name,
      ready: { containers: Number(containers), ready: Number(ready) },
      status,
      ip: told(ip),
      node: told(node),
      labels: labelsIn(line.text),
      line: line.number,
    });
  }
  return { rows, unread };
}

const LABEL = String.raw`[a-zA-Z0-9](?:[\w./-]{0,316})=[\w.-]{0,63}`;
const LABELS = new RegExp(String.raw`\s(${LABEL}(?:,${LABEL}){0,63})$`);

/** The last column, where it is one of labels: `app=web,tier=front`. */
function labelsIn(line: string): Readonly<Record<string, string>> {
  const pairs = LABELS.exec(line.trimEnd())?.[1]?.split(',') ?? [];
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

const NODE_ROW = new RegExp(
  String.raw`^([a-z0-9][a-z0-9.-]{0,252})\s+((?:Not)?Ready\S*)\s+\S{1,100}\s+\S{1,20}\s+(v\d\S{0,40})(?:\s+(${IP}|<none>)\s+(${IP}|<none>))?(?:\s.*)?$`,
);

export function parseNodeTable(lines: readonly PastedLine[]): { rows: NodeRow[]; unread: PastedLine[] } {
  const rows: NodeRow[] = [];
  const unread: PastedLine[] = [];
  for (const line of lines) {
    if (/^NAME\s+STATUS\s/.test(line.text)) continue;
    const match = NODE_ROW.exec(line.text.trimEnd());
    if (match === null) unread.push(line);
    else {
      const addresses = [match[4], match[5]].flatMap((one) =>
        one === undefined || one === '<none>' ? [] : [one],
      );
      rows.push({ name: match[1] ?? '', addresses, line: line.number });
    }
  }
  return { rows, unread };
}

/** Kubernetes' phase, from the column that kubectl makes of phase and reason. */
export function phaseOf(status: string): { readonly phase: string; readonly terminating: boolean } {
  if (status === 'Terminating') return { phase: 'Running', terminating: true };
  if (status === 'Completed' || status === 'Succeeded') return { phase: 'Succeeded', terminating: false };
  if (/^(?:Failed|Error|Evicted|OOMKilled)$/.test(status)) return { phase: 'Failed', terminating: false };
  if (/^(?:Pending|ContainerCreating|Init:|PodInitializing|ImagePull|ErrImage)/.test(status))
    return { phase: 'Pending', terminating: false };
  return { phase: status === 'Unknown' ? 'Unknown' : 'Running', terminating: false };
}
