// `kubectl get endpoints`: of each Service those addresses that are ready, each with its port; after three it says how many more
// there are (k8s.io/kubernetes pkg/printers/internalversion/printers.go, formatEndpoints). Neither protocols nor names of ports.
import type { EndpointSliceFact } from '../../probe/kube-facts.ts';
import { A, AGE, NAMED, objectName, type ObjectTable, type TableRow } from './table.ts';

const END = String.raw`(?:\[?${A}\]?:\d{1,5})`;

export const endpoints: ObjectTable = {
  command: 'kubectl get endpoints -A',
  isHeading: (columns) => columns.has('NAME') && columns.has('ENDPOINTS') && !columns.has('ADDRESSTYPE'),
  row: new RegExp(
    String.raw`^${NAMED}\s+(?<ENDPOINTS>${END}(?:,${END}){0,200}(?: \+ \d{1,6} more\.\.\.)?)\s+(?<AGE>${AGE})\s*$`,
  ),
  objectsOf: (row) => {
    const fact = endpointsOf(row);
    return fact === null ? null : [{ kind: 'endpointSlices', fact }];
  },
};

function endpointsOf({ cell, isCut, namespace }: TableRow): EndpointSliceFact | null {
  if (isCut('ENDPOINTS')) return null;
  const name = objectName(cell('NAME'));
  const { listed, more } = listOf(cell('ENDPOINTS'));
  const ends = listed.map((one) => new RegExp(`^\\[?(${A})\\]?:(\\d{1,5})$`).exec(one));
  if (name === null || ends.includes(null)) return null;
  const addresses = [...new Set(ends.map((end) => end?.[1] ?? ''))];
  const ports = [...new Set(ends.map((end) => Number(end?.[2])))];
  // An object of this name is no slice of Kubernetes' own: those have five letters behind it.
  return sliceOf({ namespace, name, service: name, addresses, ports, more });
}

/** `10.0.0.1,10.0.0.2 + 3 more...` */
export function listOf(cell: string | null): { readonly listed: readonly string[]; readonly more: number } {
  const [, list = '', more] = /^(.*?)(?: \+ (\d{1,6}) more\.\.\.)?$/.exec(cell ?? '') ?? [];
  return { listed: list === '' ? [] : list.split(','), more: Number(more ?? 0) };
}

export function sliceOf(table: {
  readonly namespace: string;
  readonly name: string;
  readonly service: string | null;
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  readonly more: number;
}): EndpointSliceFact {
  const { namespace, name, service, addresses, ports, more } = table;
  return {
    namespace,
    name,
    service,
    endpoints: addresses.map((address) => ({
      addresses: [address],
      ready: true,
      serving: true,
      terminating: false,
      hinted: false,
      nodeName: null,
      pod: null,
    })),
    ports: ports.map((port) => ({ name: null, protocol: '', port })),
    fromTable: { more },
  };
}
