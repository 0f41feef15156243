// The Services of a cluster as one names them in a question: `svc/namespace/name`, with what they listen on.
import { z } from 'zod';
import type { Inventory } from '../probe/inventory.ts';

export const servicesNamedSchema = z.object({
  services: z.array(
    z.object({
      /** As a trace takes it. */
      end: z.string(),
      /** Cluster IPs, then those by which it is reached from outside. */
      addresses: z.array(z.string()),
      ports: z.array(z.object({ proto: z.string(), port: z.number() })),
    }),
  ),
  /** Services beyond the bound. */
  more: z.number(),
});
export type ServicesNamed = z.infer<typeof servicesNamedSchema>;

/** More is not read in a list; typing the name still works. */
const MOST = 2_000;

/** Those that have an address to send to, by name. */
export function servicesNamed(inventory: Inventory | null): ServicesNamed {
  const all = Object.values(inventory?.services ?? {})
    .map(({ namespace, name, clusterIps, externalIps, loadBalancerIps, ports }) => ({
      end: `svc/${namespace}/${name}`,
      addresses: [...clusterIps, ...externalIps, ...loadBalancerIps],
      ports: ports.map(({ protocol, port }) => ({ proto: protocol.toLowerCase(), port })),
    }))
    .filter(({ addresses }) => addresses.length > 0)
    .sort((a, b) => (a.end < b.end ? -1 : 1));
  return { services: all.slice(0, MOST), more: Math.max(0, all.length - MOST) };
}
