// Whether the BGP daemon and the kernel have the same routes. They may differ on purpose (a filter before the kernel, Felix
// programming a pool itself) and for the seconds between two readings: it is told, never judged.
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { wholeRoutes } from '../probe/whole-routes.ts';

const EXAMPLES = 3;
/** BIRD 2's own two tables, and BIRD 1.6's, which it does not name. */
const MASTER = /^master[46]?$/;

/** Sentences; none where both have the same, or where one of them is not known. */
export function bgpDisagreement(snapshot: NodeSnapshot | null): string[] {
  const known = snapshot?.bird?.value?.routes ?? null;
  const four = snapshot?.routes4?.value ?? null;
  const six = snapshot?.routes6?.value ?? null;
  if (known === null || four === null) return [];
  const kernel = [...four, ...(six ?? [])].filter(({ table }) => table === 'main' || table === '254');
  const inKernel = new Set(kernel.map(({ dst }) => dst));
  const ofDaemon = known.routes.filter(({ table }) => table === null || MASTER.test(table));
  const inDaemon = new Set(ofDaemon.map(({ dst }) => dst));
  const lacking = ofDaemon
    .filter(({ primary, source }) => primary && (source === 'BGP' || source === 'static'))
    .filter(
      ({ dst }) =>
        wholeRoutes(dst.includes(':') ? snapshot?.routes6 : snapshot?.routes4) !== null && !inKernel.has(dst),
    )
    .map(({ dst }) => dst);
  // Of a cut table nothing can be said to be missing.
  const left = known.cut
    ? []
    : kernel
        .filter(({ proto, dst }) => (proto === 'bird' || proto === '12') && !inDaemon.has(dst))
        .map(({ dst }) => dst);
  return [
    ...(lacking.length === 0 ? [] : [`BIRD has ${listed(lacking)} that the kernel has not.`]),
    ...(left.length === 0 ? [] : [`The kernel has ${listed(left)} of BIRD’s that BIRD has no more.`]),
    ...(known.cut
      ? ['BIRD has more routes than are read every time: only the first ones were compared.']
      : []),
  ];
}

function listed(routes: readonly string[]): string {
  const some = [...new Set(routes)];
  const more = some.length > EXAMPLES ? ', …' : '';
  return `${some.length} ${some.length === 1 ? 'route' : 'routes'} (${some.slice(0, EXAMPLES).join(', ')}${more})`;
}
