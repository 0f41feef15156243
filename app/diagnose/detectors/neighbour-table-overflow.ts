// The kernel's table of neighbours is full: it forgets those in use, and new ones are not asked for.
import { everywhere, proof } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { packetsOf, recentDrops } from '../recent-drops.ts';

const FULL = 0.95;

export const neighbourTableOverflow: Detector = {
  id: 'neighbour-table-overflow',
  concludes:
    'a node’s neighbour table is full: entries could not be made, or nearly gc_thresh3 of them are there',
  explainedBy: [],
  detect({ nodes }) {
    const drafts = nodes.flatMap((node): Draft[] => {
      const { label, snapshot } = node;
      const refused = packetsOf(recentDrops(node), 'neighbour-table');
      // Fixed ones are not counted (neigh_alloc).
      const learned = (family: boolean): number =>
        (snapshot.neighbours?.value ?? []).filter(
          ({ dst, state }) => dst.includes(':') === family && !/PERMANENT|NOARP/.test(state),
        ).length;
      const most = (family: 'ipv4' | 'ipv6'): number =>
        Number(snapshot.settings?.value?.sysctls.get(`${family}/neigh/default/gc_thresh3`) ?? Infinity);
      const tables = [
        { name: 'IPv4', count: learned(false), most: most('ipv4'), path: 'ipv4' },
        { name: 'IPv6', count: learned(true), most: most('ipv6'), path: 'ipv6' },
      ];
      const full = tables.find((one) => one.count >= one.most * FULL);
      if (refused === 0 && full === undefined) return [];
      const table = full ?? tables[0];
      return [
        draft({
          severity: refused > 0 ? 'error' : 'warning',
          confidence: refused > 0 ? 'certain' : 'likely',
          surer: refused > 0 ? null : 'See whether table_fulls rises in /proc/net/stat/arp_cache.',
          node: label,
          title:
            refused > 0
              ? `The neighbour table of ${label} is full`
              : `The neighbour table of ${label} is nearly full`,
          because: `${refused > 0 ? `${refused} times in the last seconds no entry could be made. ` : ''}${table === undefined ? '' : `${table.count} ${table.name} neighbours are known, ${Number.isFinite(table.most) ? table.most : 'an unknown number'} may be (gc_thresh3; one table for all namespaces of the machine).`} Packets to whom it does not know are dropped, by chance and for seconds.`,
          proofs: [
            ...proof(snapshot.settings, `${table?.path ?? 'ipv4'}/neigh/default/gc_thresh3`),
            ...proof(snapshot.counters, 'arp_cache', 'table_fulls'),
          ],
          mend: [
            'Raise the three thresholds, as large clusters need; then see whether somebody scans a subnet.',
            `sysctl -w ${[4096, 8192, 16384].map((most, at) => `net.${table?.path ?? 'ipv4'}.neigh.default.gc_thresh${at + 1}=${most}`).join(' ')}   # on ${label}`,
            'ip neigh | wc -l',
          ],
        }),
      ];
    });
    const unread = nodes.filter(
      ({ snapshot }) =>
        (snapshot.settings?.value ?? null) === null || (snapshot.neighbours?.value ?? null) === null,
    );
    return everywhere(
      drafts,
      unread.length === 0
        ? null
        : `Neighbours or settings of ${unread.map(({ label }) => label).join(', ')} were not read.`,
    );
  },
};
