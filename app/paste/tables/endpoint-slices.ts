// `kubectl get endpointslices`: three addresses, ready or not, and how many more there are (k8s.io/kubernetes
// pkg/printers/internalversion/printers.go, printEndpointSlice).
import type { EndpointSliceFact } from '../../probe/kube-facts.ts';
import { listOf, sliceOf } from './endpoints.ts';
import { isAddress, AGE, NAMED, objectName, type ObjectTable, type TableRow } from './table.ts';

const PORTS = String.raw`(?:\d{1,5}|\*)(?:,(?:\d{1,5}|\*)){0,100}(?: \+ \d{1,6} more\.\.\.)?|<unset>`;
const ENDS = String.raw`[0-9a-f.:]{2,45}(?:,[0-9a-f.:]{2,45}){0,200}(?: \+ \d{1,6} more\.\.\.)?|<unset>`;

export const endpointSlices: ObjectTable = {
  command: 'kubectl get endpointslices -A',
  isHeading: (columns) => columns.has('NAME') && columns.has('ENDPOINTS') && columns.has('ADDRESSTYPE'),
  row: new RegExp(
    String.raw`^${NAMED}\s+(?<ADDRESSTYPE>IPv4|IPv6)\s+(?<PORTS>${PORTS})\s+(?<ENDPOINTS>${ENDS})\s+(?<AGE>${AGE})\s*$`,
  ),
  objectsOf: (row) => {
    const fact = endpointSliceOf(row);
    return fact === null ? null : [{ kind: 'endpointSlices', fact }];
  },
};

function endpointSliceOf({ cell, isCut, namespace }: TableRow): EndpointSliceFact | null {
  if (isCut('ENDPOINTS') || isCut('PORTS')) return null;
  const name = objectName(cell('NAME'));
  const { listed, more } = listOf(cell('ENDPOINTS'));
  const ports = listOf(cell('PORTS'));
  if (name === null || !/^IPv[46]$/.test(cell('ADDRESSTYPE') ?? '') || !listed.every(isAddress)) return null;
  if (!ports.listed.every((port) => /^(?:\d{1,5}|\*)$/.test(port))) return null;
  const numbers = ports.listed.filter((port) => port !== '*').map(Number);
  return sliceOf({ namespace, name, service: serviceOf(name), addresses: listed, ports: numbers, more });
}

/** The controller's names are the Service's and five letters of its alphabet (k8s.io/apimachinery util/rand); API servers' own have none. */
function serviceOf(name: string): string | null {
  return name === 'kubernetes' ? name : (/^(.+)-[bcdfghjklmnpqrstvwxz2456789]{5}$/.exec(name)?.[1] ?? null);
}
