// For tests: two nodes with bridges and a VXLAN between them, as somebody has pasted them, and what is changed or pasted beside.
import { knownCluster } from '../../trace/testing/real-cluster.ts';
import { diagnose } from '../diagnose.ts';
import type { KnownFacts } from '../detector.ts';
import type { Finding } from '../finding.ts';

const folder = new URL('../../trace/fixtures/vxlan-bridge/', import.meta.url);

/** @param more what is pasted of node A beside, each after its prompt; @param change lines of its routes, rules and neighbours, and of node B. */
export function known(
  more: string[] = [],
  change: (text: string) => string = (text) => text,
  changeB: (text: string) => string = (text) => text,
): KnownFacts {
  const beside = more.map((text) => `root@node-A:~# ${text}\n`).join('');
  const cluster = knownCluster(folder, (text, file) =>
    file === 'node-A.txt'
      ? `${change(text)}\n${beside}root@node-A:~# \n`
      : file === 'node-B.txt'
        ? changeB(text)
        : text,
  );
  return { ...cluster, ledgers: new Map() };
}

export function findings(...given: Parameters<typeof known>): Finding[] {
  return diagnose(known(...given)).findings;
}

export const filter = (...lines: string[]): string =>
  ['iptables-save -c', '*filter', ...lines, 'COMMIT'].join('\n');
export const open = [':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];
export const closed = [':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]'];
