// One object of each kind, in the fields that decide something. Calico's and Cilium's are as their clusters keep them
// (projectcalico/calico 3.29 and cilium/cilium 1.16 type definitions), the Service as `kubectl get -o json` prints it.
import { describe, expect, it } from 'vitest';
import type { KubeFacts, KubeKind } from './kube-facts.ts';
import { KUBE_KINDS } from './kube-kinds.ts';

const read = <K extends KubeKind>(kind: K, object: object): KubeFacts[K] | null =>
  KUBE_KINDS[kind].factOf(object);
const named = (name: string, spec: object, more: object = {}): object => ({
  metadata: { name, namespace: 'shop', ...more },
  spec,
});

describe('Pods', () => {
  const status = JSON.stringify([
    { name: 'k8s-pod-network', ips: ['192.168.1.2'], default: true, dns: {} },
    { name: 'shop/sriov', interface: 'net1', ips: ['10.7.0.5', 'fd00:7::5'], mac: '02:42:00:00:00:01' },
  ]);
  const pod = (annotation: unknown): object => ({
    metadata: { name: 'p', uid: 'u', annotations: { 'k8s.v1.cni.cncf.io/network-status': annotation } },
    spec: {},
    status: { podIP: '192.168.1.2', podIPs: [{ ip: '192.168.1.2' }, { ip: 'fd00::2' }] },
  });

  it('have both families and Multus’ interfaces without the default one', () => {
    expect(read('pods', pod(status))).toMatchObject({
      ips: ['192.168.1.2', 'fd00::2'],
      networks: [
        {
          name: 'shop/sriov',
          interfaceName: 'net1',
          ips: ['10.7.0.5', 'fd00:7::5'],
          mac: '02:42:00:00:00:01',
        },
      ],
    });
  });

  it.each([['no JSON'], ['{}'], ['[{"name":5}]'], [7], ['[{"name":"x","ips":null}]'.padEnd(70_000)]])(
    'have none where the annotation is %j',
    (annotation) => expect(read('pods', pod(annotation))?.networks).toEqual([]),
  );
});

describe('nodes', () => {
  it('keep what network plugins note, and no other annotation', () => {
    const annotations = {
      'projectcalico.org/IPv4Address': '10.0.0.1/24',
      'flannel.alpha.coreos.com/public-ip': '10.0.0.1',
      'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/x.sock',
    };
    const node = {
      metadata: { name: 'n', annotations, labels: { a: 'b', c: 5 } },
      spec: { podCIDR: '10.1.0.0/24' },
    };
    expect(read('nodes', node)).toEqual({
      name: 'n',
      addresses: [],
      bootId: null,
      podCidrs: ['10.1.0.0/24'],
      labels: { a: 'b' },
      annotations: {
        'projectcalico.org/IPv4Address': '10.0.0.1/24',
        'flannel.alpha.coreos.com/public-ip': '10.0.0.1',
      },
    });
  });

  it('keep 64 labels of a map without end', () => {
    const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`l${n}`, '<b>x</b>']));
    const node = read('nodes', { metadata: { name: 'n', labels: { ...labels, deep: { er: {} } } } });
    expect(Object.keys(node?.labels ?? {})).toHaveLength(64);
  });

  it('with a name longer than Kubernetes allows are none', () => {
    expect(read('nodes', { metadata: { name: 'n'.repeat(253) } })?.name).toHaveLength(253);
    expect(read('nodes', { metadata: { name: 'n'.repeat(254) } })).toBeNull();
  });
});

describe('Services', () => {
  it('have all their addresses and ports', () => {
    const service = {
      ...named('web', {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.7',
        clusterIPs: ['10.96.0.7', 'fd00:96::7'],
        externalIPs: ['203.0.113.7'],
        selector: { app: 'web' },
        externalTrafficPolicy: 'Local',
        ports: [
          { name: 'http', port: 80, targetPort: 'http', nodePort: 30080 },
          { port: 53, protocol: 'UDP' },
        ],
      }),
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.1' }, { hostname: 'lb.example' }] } },
    };
    expect(read('services', service)).toEqual({
      namespace: 'shop',
      name: 'web',
      type: 'LoadBalancer',
      clusterIps: ['10.96.0.7', 'fd00:96::7'],
      externalIps: ['203.0.113.7'],
      loadBalancerIps: ['198.51.100.1'],
      externalName: null,
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, targetPort: 'http', nodePort: 30080 },
        { name: null, protocol: 'UDP', port: 53, targetPort: '53', nodePort: null },
      ],
      hasSelector: true,
      selector: { app: 'web' },
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Local',
      sessionAffinity: 'None',
    });
  });

  it('without an address are headless or a name', () => {
    expect(read('services', named('h', { clusterIP: 'None', clusterIPs: ['None'] }))?.clusterIps).toEqual([]);
    const name = read('services', named('e', { type: 'ExternalName', externalName: 'db.example' }));
    expect(name).toMatchObject({ externalName: 'db.example', clusterIps: [], hasSelector: false });
  });
});

describe('EndpointSlices', () => {
  it('say of each endpoint whether it is ready, by discovery/v1’s defaults', () => {
    const slice = {
      metadata: { name: 'web-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [
        { addresses: ['192.168.1.2'], nodeName: 'n', targetRef: { kind: 'Pod', name: 'web-1' } },
        { addresses: ['192.168.1.3'], conditions: { ready: false, serving: true, terminating: true } },
      ],
      ports: [{ name: '', port: 8080 }, { port: null }],
    };
    expect(read('endpointSlices', slice)).toMatchObject({
      service: 'web',
      endpoints: [
        { ready: true, serving: true, terminating: false, hinted: false, nodeName: 'n', pod: 'web-1' },
        { ready: false, serving: true, terminating: true, hinted: false, nodeName: null, pod: null },
      ],
      ports: [
        { name: null, protocol: 'TCP', port: 8080 },
        { name: null, protocol: 'TCP', port: null },
      ],
    });
  });

  it('without endpoints are empty, not none', () => {
    const none = { metadata: { name: 'x' }, endpoints: null, ports: null };
    expect(read('endpointSlices', none)).toMatchObject({ service: null, endpoints: [], ports: [] });
  });
});

describe('policies', () => {
  it('of Kubernetes say for whom, in kubectl’s notation, and in which directions', () => {
    const podSelector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    };
    const policy = named('allow', { podSelector, ingress: [{}], egress: [{}, {}] });
    expect(read('networkPolicies', policy)).toEqual({
      namespace: 'shop',
      name: 'allow',
      tier: null,
      order: null,
      selector: 'app=web,tier in (a,b),!old',
      types: ['Ingress', 'Egress'],
      ingressRules: 1,
      egressRules: 2,
    });
    expect(read('networkPolicies', named('deny', { podSelector: {} }))).toMatchObject({
      selector: '',
      types: ['Ingress'],
    });
  });

  it('of Calico have a tier and an order', () => {
    const policy = {
      metadata: { name: 'default.dns' },
      spec: { order: 10, selector: 'all()', egress: [{}] },
    };
    expect(read('calico.globalNetworkPolicies', policy)).toEqual({
      namespace: null,
      name: 'default.dns',
      tier: 'default',
      order: 10,
      selector: 'all()',
      types: ['Egress'],
      ingressRules: 0,
      egressRules: 1,
    });
  });
});

describe('Calico’s IPAM', () => {
  it('blocks say whose they are, and which address whom', () => {
    const secondary = { namespace: 'shop', node: 'n2', pod: 'web-1', timestamp: 'x' };
    const spec = {
      affinity: 'host:n1',
      cidr: '192.168.1.0/30',
      allocations: [null, 1, null, 0],
      attributes: [{ handle_id: 'h', secondary }, { secondary: { node: 'n1', type: 'vxlanTunnelAddress' } }],
    };
    expect(read('calico.blocks', named('192-168-1-0-30', spec))).toMatchObject({
      node: 'n1',
      cidr: '192.168.1.0/30',
      allocations: [
        { address: '192.168.1.1', node: 'n1', pod: null, type: 'vxlanTunnelAddress' },
        { address: '192.168.1.3', node: 'n2', namespace: 'shop', pod: 'web-1', type: null },
      ],
    });
  });

  it('blocks of IPv6 and across a byte', () => {
    const allocations = Array.from({ length: 258 }, (_, n) => (n > 255 ? 0 : null));
    const six = read('calico.blocks', named('b', { cidr: 'fd00:10::ff00/116', allocations }));
    expect(six?.allocations.map(({ address }) => address)).toEqual(['fd00:10::1:0', 'fd00:10::1:1']);
    const four = read('calico.blocks', named('b', { cidr: '10.0.0.0/16', allocations }));
    expect(four?.allocations.map(({ address }) => address)).toEqual(['10.0.1.0', '10.0.1.1']);
    expect(read('calico.blocks', named('b', { cidr: 'no cidr' }))).toBeNull();
  });

  it('pools and affinities', () => {
    expect(
      read('calico.pools', named('p', { cidr: '192.168.0.0/16', ipipMode: '', vxlanMode: 'Always' })),
    ).toEqual({
      name: 'p',
      cidr: '192.168.0.0/16',
      blockSize: null,
      ipipMode: 'Never',
      vxlanMode: 'Always',
      natOutgoing: false,
      disabled: false,
      disableBgpExport: false,
      nodeSelector: 'all()',
    });
    expect(
      read('calico.pools', named('lb', { cidr: '10.1.0.0/24', allowedUses: ['LoadBalancer'] })),
    ).toMatchObject({ allowedUses: ['LoadBalancer'] });
    expect(
      read('calico.affinities', named('a', { cidr: '10.0.0.0/26', node: 'n', deleted: 'false' })),
    ).toEqual({
      name: 'a',
      node: 'n',
      cidr: '10.0.0.0/26',
      state: 'confirmed',
    });
  });
});

describe('Calico’s settings', () => {
  it('peers have a password or none, never its value', () => {
    const password = { secretKeyRef: { name: 's', key: 'k' } };
    const peer = read('calico.bgpPeers', named('rr', { peerIP: '10.0.0.9', asNumber: '1.10', password }));
    expect(peer).toEqual({
      name: 'rr',
      node: null,
      nodeSelector: null,
      peerIp: '10.0.0.9',
      peerSelector: null,
      asNumber: 65_546,
      hasPassword: true,
    });
  });

  it('the mesh is on unless it is off', () => {
    expect(read('calico.bgpConfigurations', { metadata: { name: 'default' } })?.nodeToNodeMesh).toBe(true);
    const spec = { nodeToNodeMeshEnabled: false, serviceClusterIPs: [{ cidr: '10.96.0.0/12' }] };
    expect(read('calico.bgpConfigurations', named('default', spec))).toMatchObject({
      nodeToNodeMesh: false,
      serviceCidrs: ['10.96.0.0/12'],
    });
  });

  it('Felix’s plain values are text', () => {
    const spec = {
      bpfEnabled: false,
      vxlanPort: 4789,
      mtuIfacePattern: 'eth.*',
      healthTimeoutOverrides: [{}],
    };
    expect(read('calico.felixConfigurations', named('default', spec))?.settings).toEqual({
      bpfEnabled: 'false',
      vxlanPort: '4789',
      mtuIfacePattern: 'eth.*',
    });
  });

  it('workload endpoints tell the interface on the host', () => {
    const spec = { node: 'n', pod: 'web-1', interfaceName: 'cali1234', ipNetworks: ['192.168.1.2/32'] };
    expect(read('calico.workloadEndpoints', named('w', spec))).toMatchObject({
      interfaceName: 'cali1234',
      networks: ['192.168.1.2/32'],
    });
  });
});

describe('Cilium', () => {
  it('nodes and endpoints', () => {
    const addresses = [{ type: 'InternalIP', ip: '10.0.0.1' }, { type: 'CiliumInternalIP' }];
    expect(read('cilium.nodes', named('n', { addresses, ipam: { podCIDRs: ['10.1.0.0/24'] } }))).toEqual({
      name: 'n',
      addresses: [{ type: 'InternalIP', ip: '10.0.0.1' }],
      podCidrs: ['10.1.0.0/24'],
    });
    const networking = { node: '10.0.0.1', addressing: [{ ipv4: '10.1.0.7', ipv6: 'fd00::7' }] };
    const endpoint = {
      metadata: { name: 'web-1', namespace: 'shop' },
      status: { id: 77, networking, state: 'ready' },
    };
    expect(read('cilium.endpoints', endpoint)).toEqual({
      namespace: 'shop',
      name: 'web-1',
      id: 77,
      addresses: ['10.1.0.7', 'fd00::7'],
      node: '10.0.0.1',
      state: 'ready',
    });
  });
});

it('a node’s readiness, and since when, by its kubelet’s own word', () => {
  const at = '2026-11-27T08:00:00Z';
  const node = (status: string, lastTransitionTime?: string) =>
    read('nodes', {
      metadata: { name: 'n' },
      status: {
        conditions: [
          { type: 'DiskPressure', status: 'False', lastTransitionTime: at },
          { type: 'Ready', status, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) },
        ],
      },
    });
  expect(node('True', at)).toMatchObject({ ready: true, readySince: Date.parse(at) / 1000 });
  expect(node('Unknown', at)).toMatchObject({ ready: false });
  expect(node('True')).not.toHaveProperty('readySince');
});
