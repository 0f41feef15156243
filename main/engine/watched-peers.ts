// With which Pods the watched one talks: an address of its packets is told once, and is a Pod's as soon as the topology knows whose.
import { ownerOfAddressAt, type AddressOwner } from '../../app/topology/lookups.ts';
import type { PodId, Topology } from '../../app/topology/model.ts';
import type { Taken } from './packet-host.ts';

export class WatchedPeers {
  readonly #ids: PodId[] = [];
  /** Addresses of packets that are no Pod's that the topology knows yet. */
  #strangers: Taken['peers'][number][] = [];

  /** In the order in which they were met. */
  get ids(): readonly PodId[] {
    return this.#ids;
  }

  /** Those that are known beforehand. */
  meet(ids: readonly PodId[]): void {
    for (const id of ids) if (!this.#ids.includes(id)) this.#ids.push(id);
  }

  heard(addresses: Taken['peers']): void {
    this.#strangers.push(...addresses);
  }

  /** @param watched no peer of itself. @param nowMs our clock. */
  look(topology: Topology, watched: PodId, nowMs: number): void {
    const meet = (owner: AddressOwner | null): void => {
      if (owner?.kind === 'pod' && owner.id !== watched && !this.#ids.includes(owner.id))
        this.#ids.push(owner.id);
    };
    this.#strangers = this.#strangers.filter(({ address, at }) => {
      const owner = ownerOfAddressAt(topology, address, at);
      meet(owner);
      return owner === null;
    });
    // An address is told once: who was made again with it is a peer as the one before was.
    const now = { s: Math.floor(nowMs / 1000), ns: 0 };
    for (const id of [...this.#ids]) {
      const peer = topology.pods[id];
      const ended = peer !== undefined && peer.until !== null;
      for (const address of ended ? peer.ips : []) meet(ownerOfAddressAt(topology, address, now));
    }
  }
}
