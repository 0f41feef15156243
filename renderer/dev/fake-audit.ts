// What was run on the made-up cluster's nodes. Development only.
import { auditMatcher, type AuditRow } from '../../app/contract/audit.ts';
import type { CallRequest, CallResponse } from '../../app/contract/calls.ts';

const whats: readonly Pick<AuditRow, 'kind' | 'what' | 'by' | 'outcome'>[] = [
  {
    kind: 'command',
    what: 'discovery: links, routes, pods, bird, counters, firewall',
    by: 'login',
    outcome: 'exit 0',
  },
  { kind: 'stream', what: 'ip -ts -o monitor all-nsid link address route neigh', by: 'login', outcome: null },
  { kind: 'command', what: 'discovery: bird', by: 'login', outcome: 'exit 0' },
  {
    kind: 'terminal',
    what: 'nsenter -t 4711 -m -u -i -n -p -- /bin/sh',
    by: 'login',
    outcome: 'ended by us',
  },
  {
    kind: 'capture',
    what: 'sudo -n /usr/local/sbin/hopscope-node capture snap=128',
    by: 'sudo',
    outcome: null,
  },
  {
    kind: 'command',
    what: 'etcdctl get / --prefix --keys-only --limit=2000',
    by: 'login',
    outcome: 'exit 1',
  },
];

export function fakeAudit({ filter, most }: CallRequest<'audit.list'>): CallResponse<'audit.list'> {
  const now = Date.now();
  const rows = whats
    .map((each, at): AuditRow => ({
      ...each,
      id: at,
      node: `k8s-worker-${String(1 + (at % 2))}`,
      login: each.by === 'sudo' ? 'operator' : 'root',
      tier: each.by === 'sudo' ? 2 : 3,
      startedAt: now - at * 7_300,
      nodeStartedAt: now - at * 7_300 + 120,
      endedAt: each.outcome === null ? null : now - at * 7_300 + 184,
      sent: 9_120,
      received: 1_204 * (at + 1) ** 3,
    }))
    .filter((row) => auditMatcher(filter)(row, row.tier));
  return { rows: rows.slice(0, most), matching: rows.length, kept: whats.length, file: null, trouble: null };
}
