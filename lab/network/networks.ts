import type { NetworkMode } from '../lab-plan.ts';
import { bgp } from './bgp.ts';
import { bridgeWorkload } from './bridge-workload.ts';
import { calicoWorkload } from './calico-workload.ts';
import { hostGateways } from './host-gateways.ts';
import type { Transport, Workload } from './network.ts';
import { vxlan } from './vxlan.ts';

interface Network {
  readonly summary: string;
  /** Its configuration lies in /etc/cni/net.d as 10-CNI.conflist. */
  readonly cni: 'calico' | 'flannel' | 'bridge';
  readonly workload: Workload;
  readonly transport: Transport;
}

export const NETWORKS: Readonly<Record<NetworkMode, Network>> = {
  bgp: {
    summary: 'Calico: a route to each Pod, BGP between nodes',
    cni: 'calico',
    workload: calicoWorkload,
    transport: bgp,
  },
  vxlan: {
    summary: 'Calico: a route to each Pod, VXLAN between nodes, no BIRD',
    cni: 'calico',
    workload: calicoWorkload,
    transport: vxlan({
      device: 'vxlan.calico',
      device6: 'vxlan-v6.calico',
      vni: 4096,
      port: 4789,
      owner: 'felix',
    }),
  },
  bridge: {
    summary: 'Pods on a bridge, each node a gateway to its Pods (host-gw)',
    cni: 'bridge',
    workload: bridgeWorkload,
    transport: hostGateways,
  },
  flannel: {
    summary: "Flannel: Pods on a bridge, VXLAN on Flannel's port between nodes",
    cni: 'flannel',
    workload: bridgeWorkload,
    transport: vxlan({
      device: 'flannel.1',
      device6: 'flannel-v6.1',
      vni: 1,
      port: 8472,
      owner: 'flanneld',
    }),
  },
};
