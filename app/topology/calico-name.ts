// Calico's name for the host end of a Pod's veth pair (libcalico-go, names/workload VethNameForWorkload):
// prefix + the first 11 hexadecimal digits of sha1("<namespace>.<pod>").
import { sha1Hex } from './sha1.ts';

/** The first item of FELIX_INTERFACEPREFIX unless somebody changed it. */
const DEFAULT_PREFIX = 'cali';

const known = new Map<string, string>();

export function calicoInterfaceName(namespace: string, pod: string, prefix = DEFAULT_PREFIX): string {
  const workload = `${namespace}.${pod}`;
  let digits = known.get(workload);
  if (digits === undefined) {
    digits = sha1Hex(workload).slice(0, 11);
    // Every build asks for every Pod; the bound keeps a churning cluster from filling memory.
    if (known.size >= 50_000) known.clear();
    known.set(workload, digits);
  }
  return prefix + digits;
}

/** The hash at the end of a name that may be Calico's, whatever its prefix (FELIX_INTERFACEPREFIX): 15 characters at most. */
export function calicoDigits(name: string): string | null {
  return /^[^/\s]{1,4}([0-9a-f]{11})$/.exec(name)?.[1] ?? null;
}
