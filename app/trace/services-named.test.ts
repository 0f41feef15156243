import { describe, expect, it } from 'vitest';
import { emptyInventory, type Inventory } from '../probe/inventory.ts';
import type { ServiceFact } from '../probe/kube-facts.ts';
import { servicesNamed } from './services-named.ts';

function service(name: string, said: Partial<ServiceFact>): ServiceFact {
  return {
    namespace: 'default',
    name,
    type: 'ClusterIP',
    clusterIps: ['10.96.0.1'],
    externalIps: [],
    loadBalancerIps: [],
    externalName: null,
    ports: [],
    hasSelector: true,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
    ...said,
  };
}

function inventoryOf(...services: ServiceFact[]): Inventory {
  return { ...emptyInventory, services: Object.fromEntries(services.map((one) => [one.name, one])) };
}

describe('the Services that a trace may be asked to', () => {
  it('are named as a trace takes them, by name, with what they listen on', () => {
    const web = service('web', {
      externalIps: ['203.0.113.7'],
      ports: [{ name: null, protocol: 'TCP', port: 80, targetPort: '8080', nodePort: null }],
    });
    expect(servicesNamed(inventoryOf(web, service('dns', {})))).toEqual({
      services: [
        { end: 'svc/default/dns', addresses: ['10.96.0.1'], ports: [] },
        {
          end: 'svc/default/web',
          addresses: ['10.96.0.1', '203.0.113.7'],
          ports: [{ proto: 'tcp', port: 80 }],
        },
      ],
      more: 0,
    });
  });

  it('are without those that have no address: headless ones and external names', () => {
    expect(servicesNamed(inventoryOf(service('headless', { clusterIps: [] }))).services).toEqual([]);
  });

  it('are none while nothing was read', () => {
    expect(servicesNamed(null)).toEqual({ services: [], more: 0 });
  });

  it('are bounded, and those left out counted', () => {
    const many = Array.from({ length: 2_003 }, (_, at) => service(`s${String(at)}`, {}));
    const { services, more } = servicesNamed(inventoryOf(...many));
    expect([services.length, more]).toEqual([2_000, 3]);
  });
});
