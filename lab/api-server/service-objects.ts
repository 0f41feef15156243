// Service, Endpoints and EndpointSlice as the API server and the endpoint controllers leave them
// (k8s.io/api core/v1 and discovery/v1 types of 1.32).
import type { JsonObject, KubeObject } from './json.ts';

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  readonly nodePort?: number;
}

export interface ServiceSpec {
  readonly name: string;
  readonly namespace: string;
  /** Empty makes a headless Service. */
  readonly clusterIps: readonly string[];
  /** Absent for a Service whose endpoints somebody else keeps, as `default/kubernetes`. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  readonly type?: 'ClusterIP' | 'NodePort';
}

export function serviceObject(service: ServiceSpec): KubeObject {
  const { name, namespace, selector, ports, type = 'ClusterIP' } = service;
  const clusterIPs = service.clusterIps.length === 0 ? ['None'] : service.clusterIps;
  const ipFamilies = service.clusterIps.map((ip) => (ip.includes(':') ? 'IPv6' : 'IPv4'));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      clusterIP: clusterIPs[0],
      clusterIPs,
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ipFamilies.length === 0 ? ['IPv4'] : ipFamilies,
      ipFamilyPolicy: clusterIPs.length > 1 ? 'PreferDualStack' : 'SingleStack',
      ports: ports.map((port) => ({
        ...portName(port),
        ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }),
        port: port.port,
        protocol: port.protocol ?? 'TCP',
        targetPort: port.targetPort,
      })),
      ...(selector === undefined ? {} : { selector }),
      sessionAffinity: 'None',
      type,
    },
    status: { loadBalancer: {} },
  };
}

function portName(port: ServicePort): JsonObject {
  return port.name === undefined ? {} : { name: port.name };
}

export interface Endpoint {
  readonly ip: string;
  readonly nodeName: string;
  /** Absent for an endpoint that is no Pod, as the API server's own. */
  readonly pod?: string;
}

export interface EndpointsSpec {
  /** The Service's name. */
  readonly name: string;
  readonly namespace: string;
  readonly ready: readonly Endpoint[];
  readonly notReady?: readonly Endpoint[];
  readonly ports: readonly ServicePort[];
}

export function endpointsObject(endpoints: EndpointsSpec): KubeObject {
  const { name, namespace, ready, notReady = [] } = endpoints;
  const address = (endpoint: Endpoint): JsonObject => ({
    ip: endpoint.ip,
    nodeName: endpoint.nodeName,
    ...targetOf(endpoint, namespace),
  });
  const subset = {
    ...(ready.length === 0 ? {} : { addresses: ready.map(address) }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady.map(address) }),
    ports: endpoints.ports.map(endpointPort),
  };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace },
    ...(ready.length + notReady.length === 0 ? {} : { subsets: [subset] }),
  };
}

function targetOf(endpoint: Endpoint, namespace: string): JsonObject {
  return endpoint.pod === undefined ? {} : { targetRef: { kind: 'Pod', name: endpoint.pod, namespace } };
}

function endpointPort(port: ServicePort): JsonObject {
  return { ...portName(port), port: port.targetPort, protocol: port.protocol ?? 'TCP' };
}

/** One slice holds one address family: `endpoints` of the other are left out. */
export function endpointSliceObject(endpoints: EndpointsSpec, family: 'IPv4' | 'IPv6'): KubeObject {
  const { name, namespace, ready, notReady = [] } = endpoints;
  const entry = (endpoint: Endpoint, isReady: boolean): JsonObject => ({
    addresses: [endpoint.ip],
    conditions: { ready: isReady, serving: isReady, terminating: false },
    nodeName: endpoint.nodeName,
    ...targetOf(endpoint, namespace),
  });
  const ofFamily = (endpoint: Endpoint): boolean => endpoint.ip.includes(':') === (family === 'IPv6');
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${family.toLowerCase()}`,
      namespace,
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
    },
    addressType: family,
    endpoints: [
      ...ready.filter(ofFamily).map((endpoint) => entry(endpoint, true)),
      ...notReady.filter(ofFamily).map((endpoint) => entry(endpoint, false)),
    ],
    ports: endpoints.ports.map((port) => ({ ...endpointPort(port), name: port.name ?? '' })),
  };
}
