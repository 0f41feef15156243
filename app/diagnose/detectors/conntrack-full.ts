// The table of tracked connections is full, or nearly: a new connection that cannot be tracked is dropped.
import { everywhere, proof } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { packetsOf, recentDrops } from '../recent-drops.ts';
import { wholeNode } from '../subject.ts';

/** Below, the kernel has room (early_drop of connections that are about to end counts as none). */
const FULL = 0.95;

export const conntrackFull: Detector = {
  id: 'conntrack-full',
  concludes: 'a node’s connection tracking table is at least 95 % full, or drops new connections',
  explainedBy: [],
  detect({ nodes }) {
    const unread = nodes.filter(({ snapshot }) => tableOf(snapshot) === null).map(({ label }) => label);
    const drafts = nodes.flatMap((node): Draft[] => {
      const table = tableOf(node.snapshot);
      if (table === null || table.max === 0) return [];
      const share = table.count / table.max;
      const dropped = packetsOf(recentDrops(node), 'conntrack-full', { namespace: null });
      // Drops alone may be of something else that conntrack refuses.
      if (share < FULL) return [];
      return [
        draft({
          confidence: dropped > 0 || share >= 0.999 ? 'certain' : 'likely',
          surer:
            dropped > 0 || share >= 0.999
              ? null
              : 'See whether drops rise: conntrack -S, and “table full” in dmesg.',
          node: node.label,
          title: `Connection tracking of ${node.label} is ${Math.round(share * 100)} % full`,
          because: `${table.count} of ${table.max} connections are tracked${dropped > 0 ? `, and ${dropped} packets of new ones were refused in the last seconds` : ''}. What cannot be tracked is dropped: connections that are open go on, new ones fail by chance.`,
          proofs: [
            ...proof(node.snapshot.settings, 'nf_conntrack_count', 'nf_conntrack_max'),
            ...proof(node.snapshot.counters, 'nf_conntrack_count', 'nf_conntrack_max'),
          ],
          mend: [
            'Raise the limit, then find who opens so many (or never closes): a scan, a health check, UDP without answers.',
            `sysctl -w net.netfilter.nf_conntrack_max=${table.max * 2}   # on ${node.label}; kube-proxy sets it by conntrack.maxPerCore`,
            "conntrack -L 2>/dev/null | awk '{print $5}' | sort | uniq -c | sort -rn | head   # sources",
          ],
          breaks: [wholeNode(node.label)],
        }),
      ];
    });
    return everywhere(
      drafts,
      unread.length === 0 ? null : `How full connection tracking is on ${unread.join(', ')} was not read.`,
    );
  },
};

type Snapshot = Parameters<typeof recentDrops>[0]['snapshot'];

/** The latest that tells; null where none does. */
function tableOf({
  counters,
  firewall,
  settings,
}: Snapshot): { readonly count: number; readonly max: number } | null {
  const [count, max] = ['count', 'max'].map((name) =>
    settings?.value?.sysctls.get(`netfilter/nf_conntrack_${name}`),
  );
  const told = counters?.value?.conntrackTable ?? firewall?.value?.conntrack ?? null;
  if (told !== null) return told;
  if (count !== undefined && max !== undefined) return { count: Number(count), max: Number(max) };
  // Nothing is tracked where there is no conntrack.
  return (counters?.value ?? null) === null ? null : { count: 0, max: 0 };
}
