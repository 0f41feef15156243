import { POD_MTU } from '../addressing.ts';
import { bird6Config, birdConfig } from '../bird.ts';
import type { Transport } from './network.ts';

/** BIRD tells the others which block is here; for IPv6 a second one does, as in calico-node. */
export const bgp: Transport = {
  routing: 'bird',
  tunnel: null,
  podMtu: () => POD_MTU,
  nodeBatch: () => [],
  fdb: () => [],
  files: (plan, node) => [
    { path: 'etc/calico/confd/config/bird.cfg', text: birdConfig(plan, node) },
    ...(node.address6 === undefined
      ? []
      : [{ path: 'etc/calico/confd/config/bird6.cfg', text: bird6Config(plan, node) }]),
  ],
  gatewayTo: (peer) => peer.address,
};
