// Kubernetes' own kinds: Pods, nodes, Services, EndpointSlices and NetworkPolicies (k8s.io/api core/v1, discovery/v1,
// networking/v1), and what Multus writes on Pods (Kubernetes Network Custom Resource Definition De-facto Standard 1.3, §3).
import { z } from 'zod';
import { jsonOf } from '../json-text.ts';
import type {
  EndpointSliceFact,
  KubeNodeFact,
  PodFact,
  PodNetwork,
  PolicyFact,
  ServiceFact,
} from './kube-facts.ts';
import { containerStatuses, restartsOf } from './kube-events.ts';
import { objectMetadata, orNull, podLabels, selectorText, stringMap } from './kube-object.ts';

const NETWORK_STATUS = 'k8s.v1.cni.cncf.io/network-status';
/** The status of a Pod with a hundred interfaces is about 20 KB. */
const longestNetworkStatus = 64 * 1024;
const mostNetworks = 64;

const podSchema = z.object({
  metadata: objectMetadata,
  spec: z.object({
    nodeName: z.string().optional(),
    hostNetwork: z.boolean().optional(),
    dnsPolicy: z.string().optional(),
    dnsConfig: z
      .object({ nameservers: z.array(z.string()).nullish() })
      .nullish()
      .catch(null),
    containers: z.array(z.unknown()).default([]),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      podIPs: z.array(z.object({ ip: z.string().optional() })).optional(),
      containerStatuses,
    })
    .default({}),
});

export function podFact(object: unknown): PodFact | null {
  const read = podSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata: meta, spec, status } = read.data;
  const namespace = meta.namespace ?? 'default';
  const several = (status.podIPs ?? []).flatMap(({ ip }) => orNull(ip) ?? []);
  const created = Date.parse(meta.creationTimestamp ?? '');
  const restarts = restartsOf(status.containerStatuses);
  const nameservers = spec.dnsConfig?.nameservers ?? [];
  return {
    uid: meta.uid ?? `${namespace}/${meta.name}`,
    namespace,
    name: meta.name,
    nodeName: orNull(spec.nodeName),
    ips: several.length > 0 ? several : [orNull(status.podIP) ?? []].flat(),
    phase: status.phase ?? null,
    ready: {
      containers: spec.containers.length,
      ready: (status.containerStatuses ?? []).filter(({ ready }) => ready === true).length,
    },
    hostNetwork: spec.hostNetwork ?? false,
    ...(spec.dnsPolicy === undefined ? {} : { dnsPolicy: spec.dnsPolicy }),
    ...(nameservers.length === 0 ? {} : { nameservers }),
    terminating: (meta.deletionTimestamp ?? null) !== null,
    createdAt: Number.isNaN(created) ? null : Math.floor(created / 1000),
    networks: networksOf(meta.annotations),
    ...(isLimited(meta.annotations) ? { isLimited: true as const } : {}),
    ...(restarts.length === 0 ? {} : { restarts }),
    ...podLabels(meta.labels),
  };
}

const networkStatus = z.array(
  z.object({
    name: z.string().max(507),
    interface: z.string().max(15).optional(),
    ips: z.array(z.string().max(64)).nullable().optional(),
    mac: z.string().max(64).optional(),
    default: z.boolean().optional(),
  }),
);

/** The plugin bandwidth of CNI, Calico's QoS, Terway, Kube-OVN: its interface is limited (a queue, or filters that police). */
function isLimited(annotations: unknown): boolean {
  const noted = z.record(z.string(), z.unknown()).safeParse(annotations).data ?? {};
  return Object.keys(noted).some((name) =>
    /^(.+\/(in|e)gress[-_](bandwidth|rate)|qos\.projectcalico\.org\/.*)$/.test(name),
  );
}

/** All but the cluster's own network; none where the annotation is not what the standard says. */
function networksOf(annotations: unknown): readonly PodNetwork[] {
  const noted = z.record(z.string(), z.unknown()).safeParse(annotations).data?.[NETWORK_STATUS];
  if (typeof noted !== 'string' || noted.length > longestNetworkStatus) return [];
  const read = networkStatus.safeParse(jsonOf(noted));
  return (read.data ?? [])
    .filter((one) => one.default !== true)
    .slice(0, mostNetworks)
    .map((one) => ({
      name: one.name,
      interfaceName: orNull(one.interface),
      ips: one.ips ?? [],
      mac: orNull(one.mac),
    }));
}

const nodeSchema = z.object({
  metadata: objectMetadata,
  spec: z.object({ podCIDR: z.string().optional(), podCIDRs: z.array(z.string()).optional() }).default({}),
  status: z
    .object({
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
      nodeInfo: z.object({ bootID: z.string().optional() }).optional(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), lastTransitionTime: z.string().nullish() }))
        .nullish()
        .catch(null),
    })
    .default({ addresses: [] }),
});

const networkPlugin = /(^|[./])(projectcalico\.org|flannel\.alpha\.coreos\.com|network\.cilium\.io)\//;

export function nodeFact(object: unknown): KubeNodeFact | null {
  const read = nodeSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata: meta, spec, status } = read.data;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const since = Date.parse(ready?.lastTransitionTime ?? '');
  return {
    name: meta.name,
    ...(ready === undefined ? {} : { ready: ready.status === 'True' }),
    ...(Number.isNaN(since) ? {} : { readySince: Math.floor(since / 1000) }),
    addresses: status.addresses.filter(({ type }) => type.endsWith('IP')).map(({ address }) => address),
    bootId: orNull(status.nodeInfo?.bootID),
    podCidrs: spec.podCIDRs ?? [orNull(spec.podCIDR) ?? []].flat(),
    labels: stringMap(meta.labels),
    annotations: stringMap(meta.annotations, (key) => networkPlugin.test(key)),
  };
}

const serviceSchema = z.object({
  metadata: objectMetadata,
  spec: z.object({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().optional(),
    clusterIPs: z.array(z.string()).optional(),
    externalIPs: z.array(z.string()).default([]),
    externalName: z.string().optional(),
    selector: z.record(z.string(), z.unknown()).nullable().optional(),
    internalTrafficPolicy: z.string().default('Cluster'),
    externalTrafficPolicy: z.string().default('Cluster'),
    sessionAffinity: z.string().default('None'),
    ports: z
      .array(
        z.object({
          name: z.string().optional(),
          protocol: z.string().default('TCP'),
          port: z.number(),
          targetPort: z.union([z.number(), z.string()]).optional(),
          nodePort: z.number().optional(),
        }),
      )
      .default([]),
  }),
  status: z
    .object({
      loadBalancer: z
        .object({
          ingress: z
            .array(z.object({ ip: z.string().optional() }))
            .nullable()
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

export function serviceFact(object: unknown): ServiceFact | null {
  const read = serviceSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata: meta, spec, status } = read.data;
  const clusterIps = spec.clusterIPs ?? [spec.clusterIP ?? []].flat();
  return {
    namespace: meta.namespace ?? 'default',
    name: meta.name,
    type: spec.type,
    clusterIps: clusterIps.filter((ip) => ip !== '' && ip !== 'None'),
    externalIps: spec.externalIPs,
    loadBalancerIps: (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => orNull(ip) ?? []),
    externalName: orNull(spec.externalName),
    ports: spec.ports.map((one) => ({
      name: orNull(one.name),
      protocol: one.protocol,
      port: one.port,
      // As the API server's default has it.
      targetPort: `${one.targetPort ?? one.port}`,
      nodePort: one.nodePort === 0 ? null : (one.nodePort ?? null),
    })),
    hasSelector: Object.keys(spec.selector ?? {}).length > 0,
    selector: stringMap(spec.selector ?? {}),
    internalTrafficPolicy: spec.internalTrafficPolicy,
    externalTrafficPolicy: spec.externalTrafficPolicy,
    sessionAffinity: spec.sessionAffinity,
  };
}

const sliceSchema = z.object({
  metadata: objectMetadata,
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()).default([]),
        conditions: z
          .object({
            ready: z.boolean().nullable().optional(),
            serving: z.boolean().nullable().optional(),
            terminating: z.boolean().nullable().optional(),
          })
          .default({}),
        hints: z
          .object({ forZones: z.array(z.unknown()).nullish(), forNodes: z.array(z.unknown()).nullish() })
          .nullish()
          .catch(null),
        nodeName: z.string().optional(),
        targetRef: z.object({ kind: z.string().optional(), name: z.string().optional() }).optional(),
      }),
    )
    .nullable()
    .default([]),
  ports: z
    .array(
      z.object({
        name: z.string().optional(),
        protocol: z.string().default('TCP'),
        port: z.number().nullable().optional(),
      }),
    )
    .nullable()
    .default([]),
});

export function endpointSliceFact(object: unknown): EndpointSliceFact | null {
  const read = sliceSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata: meta, endpoints, ports } = read.data;
  return {
    namespace: meta.namespace ?? 'default',
    name: meta.name,
    service: stringMap(meta.labels)['kubernetes.io/service-name'] ?? null,
    endpoints: (endpoints ?? []).map(({ addresses, conditions, hints, nodeName, targetRef }) => {
      // discovery/v1: an unknown `ready` is to be taken as true, an unknown `serving` as `ready`.
      const ready = conditions.ready ?? true;
      return {
        addresses,
        ready,
        serving: conditions.serving ?? ready,
        terminating: conditions.terminating ?? false,
        hinted: (hints?.forZones ?? hints?.forNodes ?? []).length > 0,
        nodeName: orNull(nodeName),
        pod: targetRef?.kind === 'Pod' ? orNull(targetRef.name) : null,
      };
    }),
    ports: (ports ?? []).map((one) => ({
      name: orNull(one.name),
      protocol: one.protocol,
      port: one.port ?? null,
    })),
  };
}

const policySchema = z.object({
  metadata: objectMetadata,
  spec: z
    .object({
      podSelector: z.unknown().optional(),
      policyTypes: z.array(z.string()).optional(),
      ingress: z.array(z.unknown()).nullable().optional(),
      egress: z.array(z.unknown()).nullable().optional(),
    })
    .default({}),
});

export function networkPolicyFact(object: unknown): PolicyFact | null {
  const read = policySchema.safeParse(object);
  if (!read.success) return null;
  const { metadata: meta, spec } = read.data;
  const { ingress, egress } = spec;
  return {
    namespace: meta.namespace ?? 'default',
    name: meta.name,
    tier: null,
    order: null,
    selector: selectorText(spec.podSelector),
    // networking/v1: Ingress always, Egress where there are rules for it.
    types: spec.policyTypes ?? ['Ingress', ...((egress ?? []).length > 0 ? ['Egress'] : [])],
    ingressRules: (ingress ?? []).length,
    egressRules: (egress ?? []).length,
  };
}
