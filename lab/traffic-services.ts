import { ok, type Result } from '../app/result.ts';
import { hideObject } from './cluster-inventory.ts';
import { TRAFFIC_SERVICES } from './kube-proxy.ts';
import type { LabPlan } from './lab-plan.ts';
import { changeServices } from './pod-changes.ts';
import { type RunningFailure, withRunningLab } from './running.ts';
import { type StateFailure, writeState } from './state.ts';

/** Makes the Services for tagged traffic, in the API and in every node's rules, or takes them away. @returns what there is. */
export async function setTrafficServices(
  lab: string,
  on: boolean,
): Promise<Result<string, RunningFailure | StateFailure>> {
  return withRunningLab(lab, async ({ folder, state }) => {
    const { name, mode, etcd, nodes } = state.plan;
    const plan: LabPlan = { name, mode, etcd, nodes, ...(on ? { trafficServices: true } : {}) };
    await writeState(folder, { ...state, plan });
    await changeServices(folder, plan);
    if (!on) {
      for (const { name } of TRAFFIC_SERVICES) {
        const namespace = 'default';
        await hideObject(folder, { apiVersion: 'v1', kind: 'Service', name, namespace });
        await hideObject(folder, { apiVersion: 'v1', kind: 'Endpoints', name, namespace });
        await hideObject(folder, {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          name: `${name}-ipv4`,
          namespace,
        });
      }
      return ok('no Services for traffic');
    }
    return ok(
      TRAFFIC_SERVICES.map(
        ({ name, clusterIp, protocol, port, nodePort }) =>
          `${name} ${clusterIp}:${String(port)}/${protocol}, node port ${String(nodePort)}`,
      ).join('\n'),
    );
  });
}
