// Why the node that has an address does not answer when another asks for it (ARP, neighbour discovery), by what was read of it.
import { parseAddress } from '../route/address.ts';
import { answersArp } from '../trace/answers-arp.ts';
import { namespaceOf } from '../trace/namespaces.ts';
import type { Cluster, DiagnosedNode } from './cluster.ts';

interface SilentOwner {
  readonly owner: DiagnosedNode;
  readonly device: string;
  readonly sentence: string;
  /** Nothing was presumed, such as from which of several addresses it is asked. */
  readonly sure: boolean;
  /** What one types there to see the same. */
  readonly command: string | null;
}

/** Null: it would answer, or nobody knows. @param dev of the asker, by which it asks. */
export function silentOwner(
  cluster: Cluster,
  asker: DiagnosedNode,
  { address, dev }: { readonly address: string; readonly dev: string | null },
): SilentOwner | null {
  const [owner, second] = cluster.nodesAt(address);
  const asked = parseAddress(address);
  if (owner === undefined || second !== undefined || owner === asker || asked === null) return null;
  const device = [...owner.devices.values()].find(
    ({ role, addresses }) => role === 'nic' && addresses.some((one) => one.address === address),
  );
  const at = namespaceOf(cluster.known, owner.entity.rootNetns);
  // That it is down is another's to tell (link-down).
  if (device === undefined || at === null || device.adminUp === false || device.carrier === false)
    return null;
  const [from, more] = (asker.devices.get(dev ?? '')?.addresses ?? []).filter(
    ({ family }) => family === asked.family,
  );
  const answer = answersArp(at, device, asked, more === undefined ? parseAddress(from?.address ?? '') : null);
  if (answer.answers !== false) return null;
  const { sentence, presumed, command } = answer;
  return { owner, device: device.name, sentence, sure: presumed.length === 0, command };
}
