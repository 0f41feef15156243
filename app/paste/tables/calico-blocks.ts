// `kubectl get blockaffinities|ipamblocks -o custom-columns=…`: whose each block is. kubectl's own columns of them are name and age
// alone. A block's addresses are not in any such table, so that it is told as an affinity: nothing is said of who has which.
import { CIDR, isCidr, objectName, type ObjectTable } from './table.ts';

export const calicoBlocks: ObjectTable = {
  command:
    'kubectl get blockaffinities -o custom-columns=NAME:.metadata.name,CIDR:.spec.cidr,NODE:.spec.node,STATE:.spec.state',
  isHeading: (columns) =>
    columns.has('CIDR') && (columns.has('AFFINITY') || (columns.has('NODE') && columns.has('STATE'))),
  row: new RegExp(
    String.raw`^(?:(?<NAME>[a-z0-9][a-z0-9.-]{0,252})\s+)?(?<CIDR>${CIDR})\s+(?:(?<AFFINITY>host:[a-z0-9][a-z0-9.-]{0,252})|(?<NODE>[a-z0-9][a-z0-9.-]{0,252})\s+(?<STATE>confirmed|pending|pendingDeletion))(?:\s+(?:true|false))*\s*$`,
  ),
  objectsOf: ({ cell }) => {
    const cidr = cell('CIDR');
    const node = objectName(cell('NODE') ?? cell('AFFINITY')?.replace(/^host:/, '') ?? null);
    if (cidr === null || !isCidr(cidr) || node === null) return null;
    const state = cell('STATE');
    // A block is written once its affinity is confirmed.
    if (state !== null && !/^(?:confirmed|pending|pendingDeletion)$/.test(state)) return null;
    const name = objectName(cell('NAME')) ?? `${node}-${cidr.replaceAll(/[.:/]/g, '-')}`;
    return [{ kind: 'calico.affinities', fact: { name, node, cidr, state: state ?? 'confirmed' } }];
  },
};
