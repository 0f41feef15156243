import { ok } from '../app/result.ts';
import { NODE_NETWORK } from './addressing.ts';
import { ipPoolObject } from './api-server/calico-objects.ts';
import { hideObject, misdescribeNode, showNode, showObject } from './cluster-inventory.ts';
import type { Fault } from './fault-kind.ts';
import { isWeb } from './kube-proxy.ts';
import type { LabPlan } from './lab-plan.ts';
import { changeServices } from './pod-changes.ts';

// What is wrong in what the cluster says of itself.

const CALICO = ['bgp', 'vxlan'] as const;
const OVERLAPPING = ipPoolObject({ name: 'overlapping-pool', cidr: NODE_NETWORK, blockSize: 26 });

export const inventoryFaults: Readonly<Record<string, Fault>> = {
  'node-address-mismatch': {
    summary: "Calico has taken docker0's address for the node's",
    finding: 'node-address-mismatch',
    modes: CALICO,
    inflict: async ({ folder, state, node }) => {
      await misdescribeNode(folder, state.plan, node, { 'projectcalico.org/IPv4Address': '172.17.0.1/16' });
      return ok(undefined);
    },
    mend: async ({ folder, state, node }) => {
      await showNode(folder, state.plan, node);
      return ok(undefined);
    },
  },
  'pool-overlaps-node-network': {
    summary: 'a pool of addresses for Pods lies over the network of the nodes',
    finding: 'pool-overlaps-node-network',
    modes: CALICO,
    inflict: async ({ folder }) => {
      await showObject(folder, OVERLAPPING);
      return ok(undefined);
    },
    mend: async ({ folder }) => {
      const { apiVersion, kind, metadata } = OVERLAPPING;
      await hideObject(folder, { apiVersion, kind, name: metadata.name });
      return ok(undefined);
    },
  },
  'service-without-endpoints': {
    summary:
      'no EndpointSlice lists the Pods of the Service default/web, and kube-proxy refuses who asks for it',
    finding: 'service-without-endpoints',
    inflict: async ({ folder, state: { plan } }) => {
      await changeServices(folder, withoutWeb(plan));
      return ok(undefined);
    },
    mend: async ({ folder, state: { plan } }) => {
      await changeServices(folder, plan);
      return ok(undefined);
    },
  },
};

function withoutWeb(plan: LabPlan): LabPlan {
  return {
    ...plan,
    nodes: plan.nodes.map((node) => ({ ...node, pods: node.pods.filter((pod) => !isWeb(pod)) })),
  };
}
