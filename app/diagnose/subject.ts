// What findings are about, as names by which one explains another: a node, its BGP daemon, a device, a Pod, an address.

export type Subject =
  `${'node' | 'bgp' | 'routes' | 'filters' | 'device' | 'pod' | 'session' | 'address' | 'prefix' | 'service'} ${string}`;

/** All that a node does for packets. */
export const wholeNode = (label: string): Subject => `node ${label}`;
export const bgpOf = (label: string): Subject => `bgp ${label}`;
/** The routes in a node's kernel. */
export const routesOf = (label: string): Subject => `routes ${label}`;
/** A node's packet filters of one kind, `nft-compat` being those of iptables-nft. */
export const filtersOf = (label: string, backend: 'legacy' | 'nft-compat' | 'nft'): Subject =>
  `filters ${label} ${backend}`;
export const deviceOf = (label: string, device: string): Subject => `device ${label} ${device}`;
/** @param who `namespace/name`, or what a Pod without a name is called. */
export const podCalled = (who: string): Subject => `pod ${who}`;
/** @param name `namespace/name`. */
export const serviceCalled = (name: string): Subject => `service ${name}`;
export const addressOf = (address: string): Subject => `address ${address}`;
/** A destination, on whichever node. */
export const prefixOf = (prefix: string): Subject => `prefix ${prefix}`;
/** The BGP session between two. */
export const sessionOf = (one: string, other: string): Subject => `session ${[one, other].sort().join(' ')}`;
