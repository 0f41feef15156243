// Pods behind a bridge, from outside: the node knows an address's MAC (neighbours on the bridge), and the bridge behind which
// port that MAC is (its forwarding table). Holds where a login may not look inside, and where it may, it must agree.
import type { NodeSnapshot } from '../probe/snapshot.ts';

/** The name of the port behind which an address lives; null when the node does not know. */
export type PortOf = (address: string) => string | null;

export function bridgePorts({ neighbours, fdb }: NodeSnapshot): PortOf {
  const ports = new Map<string, string>();
  for (const { mac, dev, master, permanent } of fdb?.value ?? []) {
    // A port's own address is permanent.
    if (master !== null && !permanent) ports.set(`${master} ${mac}`, dev);
  }
  const found = new Map<string, string>();
  for (const { dst, dev, mac, state } of neighbours?.value ?? []) {
    const port = mac === null || /FAILED|INCOMPLETE/.test(state) ? undefined : ports.get(`${dev} ${mac}`);
    if (port !== undefined) found.set(dst, port);
  }
  return (address) => found.get(address) ?? null;
}

/** Addresses behind each port, by its name; link-local ones left out. */
export function addressesByPort(snapshot: NodeSnapshot): ReadonlyMap<string, readonly string[]> {
  const portOf = bridgePorts(snapshot);
  const found = new Map<string, string[]>();
  for (const { dst } of snapshot.neighbours?.value ?? []) {
    const port = dst.startsWith('fe80:') ? null : portOf(dst);
    if (port !== null) found.set(port, [...(found.get(port) ?? []), dst]);
  }
  return found;
}
