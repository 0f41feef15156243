// What Calico's IPAM says of a route's prefix: its pool, its block, whose block that is, and who has the address.
import type { Route } from '../probe/facts.ts';
import type { IpPoolFact } from '../probe/kube-facts.ts';
import type { Inventory } from '../probe/inventory.ts';
import type { NodeEntity } from '../topology/model.ts';
import { inPrefix, parsePrefix, type Prefix } from './address.ts';

/** A sentence each; what is not known is said with why. */
export function ipamOf(route: Route, node: NodeEntity, inventory: Inventory | null): string[] {
  const prefix = parsePrefix(route.dst);
  if (prefix === null || prefix.length === 0) return [];
  if (inventory === null) return ['Kubernetes was not read: pools and blocks are not known.'];
  const { pools, blocks, affinities } = inventory.calico;
  const sentences: string[] = [];
  const pool = Object.values(pools).find(({ cidr }) => holds(cidr, prefix));
  if (pool !== undefined) {
    sentences.push(
      `It lies in the pool ${pool.name} (${pool.cidr}, ${encapsulationOf(pool)}${pool.disabled ? ', disabled' : ''}).`,
    );
  }
  const block = Object.values(blocks).find(({ cidr }) => holds(cidr, prefix));
  if (block === undefined) {
    const told = Object.values(affinities).find(({ cidr }) => holds(cidr, prefix));
    if (told !== undefined) sentences.push(blockSentence(told.cidr, told.node, told.state, node));
    else if (pool !== undefined && inventory.kinds['calico.blocks'].state === 'listed')
      sentences.push('No block of it is allotted.');
  } else {
    const affinity = Object.values(affinities).find(({ cidr }) => cidr === block.cidr);
    const whose = block.node ?? affinity?.node ?? null;
    sentences.push(
      whose === null
        ? `Its block ${block.cidr} belongs to no node any more.`
        : blockSentence(block.cidr, whose, affinity?.state ?? 'confirmed', node),
    );
    const [address = ''] = route.dst.split('/');
    const holder = isHost(prefix) ? block.allocations.find((one) => one.address === address) : undefined;
    if (holder !== undefined) {
      const who =
        holder.pod === null ? (holder.type ?? 'somebody') : `${holder.namespace ?? ''}/${holder.pod}`;
      const borrowed =
        holder.node !== null && whose !== null && holder.node !== whose ? `, borrowed by ${holder.node}` : '';
      sentences.push(`${address} is given to ${who}${borrowed}.`);
    } else if (isHost(prefix)) sentences.push(`${address} is given to nobody in its block.`);
  }
  for (const kind of ['calico.pools', 'calico.blocks'] as const) {
    const reading = inventory.kinds[kind];
    if (reading.state === 'listed') continue;
    const what = kind === 'calico.pools' ? 'Calico’s pools' : 'Calico’s blocks';
    sentences.push(
      reading.sentence ??
        (reading.state === 'absent' ? `${what} are not kept in Kubernetes here.` : `${what} were not read.`),
    );
  }
  return sentences;
}

/** A pasted table may leave the modes out. */
function encapsulationOf({ ipipMode, vxlanMode }: IpPoolFact): string {
  if (ipipMode !== '' && ipipMode !== 'Never') return `IPIP ${ipipMode}`;
  if (vxlanMode !== '' && vxlanMode !== 'Never') return `VXLAN ${vxlanMode}`;
  return ipipMode === '' || vxlanMode === '' ? 'encapsulation not told' : 'no encapsulation';
}

function blockSentence(cidr: string, whose: string, state: string, node: NodeEntity): string {
  const own = whose === (node.kubernetesName ?? node.label);
  return `Its block ${cidr} belongs to ${own ? 'this node' : whose}${state === 'confirmed' ? '' : `, ${state}`}.`;
}

function holds(cidr: string, prefix: Prefix): boolean {
  const around = parsePrefix(cidr);
  return around !== null && around.length <= prefix.length && inPrefix(prefix, around);
}

function isHost({ family, length }: Prefix): boolean {
  return length === (family === 4 ? 32 : 128);
}
