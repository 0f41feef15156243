// Tables of objects, pasted: as the printers make them, and what people leave of them.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipamOf } from '../route/ipam.ts';
import type { NodeEntity } from '../topology/model.ts';
import { runs } from '../testing/runs.ts';
import { OBJECT_TABLE_KINDS, readObjectTable } from './object-tables.ts';
import { built, pasted, type BuiltPaste } from './testing/built.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/tables/${name}.txt`, import.meta.url), 'utf8');
const one = (text: string): BuiltPaste => built([pasted(text)]);
const servicesOf = ({ inventory }: BuiltPaste) =>
  Object.values(inventory?.services ?? {}).map(({ namespace, name, type, clusterIps, ports }) => [
    `${namespace}/${name}`,
    type,
    clusterIps.join(),
    ports
      .map(({ port, nodePort, protocol }) => `${port}${nodePort === null ? '' : `:${nodePort}`}/${protocol}`)
      .join(),
  ]);

const SERVICES = [
  ['default/kubernetes', 'ClusterIP', '10.96.0.1', '443/TCP'],
  ['kube-system/kube-dns', 'ClusterIP', '10.96.0.10', '53/UDP,53/TCP,9153/TCP'],
  ['shop/db', 'ClusterIP', '', '5432/TCP'],
  ['shop/legacy', 'ExternalName', '', ''],
  ['shop/web', 'NodePort', '10.96.14.7', '80:30080/TCP'],
  ['shop/web-lb', 'LoadBalancer', '10.96.14.8,fd00:10:96::8', '443:31443/TCP'],
];

describe('kubectl get services, pasted', () => {
  const whole = fixture('services');
  const squeezed = whole.replaceAll(/ {2,}/g, ' ');
  const lines = whole.trimEnd().split('\n');

  it.each([
    ['as it is printed', whole],
    ['with blanks squeezed', squeezed],
    ['with tabs', whole.replaceAll(/ {2,}/g, '\t')],
    ['without its heading', lines.slice(1).join('\n')],
    ['without SELECTOR, as not wide', squeezed.replaceAll(/ \S+$/gm, '')],
    [
      'behind comment marks, after a prompt',
      `$ kubectl get svc -A -o wide\n${whole.trimEnd().replaceAll(/^/gm, '# ')}`,
    ],
    ['cut by a terminal', lines.flatMap((line) => line.match(/.{1,80}/g) ?? []).join('\n')],
    ['of several kinds at once', whole.replaceAll(/^(\S+\s+)(?=[a-z])/gm, '$1service/')],
    [
      'with labels',
      whole.replaceAll(
        /^(.+)$/gm,
        (line) => `${line.padEnd(150)}   ${line.startsWith('NAMESPACE') ? 'LABELS' : 'app=x,y.z/w=1'}`,
      ),
    ],
    ['with only some columns', squeezed.replaceAll(/^(\S+ \S+ \S+ \S+) \S+ (\S+) .*$/gm, '$1 $2')],
  ])('%s', (_, text) => {
    const paste = one(text);
    expect(servicesOf(paste).sort()).toEqual(SERVICES);
    expect(paste.report.unread).toEqual([]);
    expect(paste.report.pieces.map(({ use, home }) => [use, home.kind])).toEqual([['read', 'cluster']]);
  });

  it('tells external addresses, and which Services have no selector', () => {
    const { services } = one(whole).inventory ?? {};
    expect(services?.['shop/web-lb']).toMatchObject({ loadBalancerIps: ['203.0.113.9'], externalIps: [] });
    expect(services?.['shop/legacy']).toMatchObject({ externalName: 'db.example.com', hasSelector: false });
    expect(services?.['shop/web']).toMatchObject({ externalIps: ['198.51.100.4'], hasSelector: true });
  });

  it('rows that are masked or cut are unread with their line, and the others are read', () => {
    const { report, ...paste } = one(
      `${lines.slice(0, 3).join('\n')}\nshop          web           NodePort       10.96.x.x    <none>   80:30080/TCP   5d   app=web\nshop   we...   NodePort   10.96.1.1   <none>   80/TCP   5d   app=web\n`,
    );
    expect(servicesOf({ report, ...paste })).toHaveLength(2);
    expect(report.unread.map(({ line }) => line)).toEqual([4, 5]);
  });

  it('where neither table nor command says a namespace, default is assumed, and said', () => {
    const rows =
      'NAME   TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)   AGE\nweb    ClusterIP   10.96.14.7    <none>        80/TCP    5d\n';
    expect(one(rows).report.notes.join(' ')).toContain('The namespace of the Services web was not pasted');
    const asked = one(`$ kubectl -n shop get svc\n${rows}`);
    expect(servicesOf(asked)).toEqual([['shop/web', 'ClusterIP', '10.96.14.7', '80/TCP']]);
    expect(asked.report.notes.join(' ')).not.toContain('namespace of the Services');
  });

  it('an object that was pasted whole tells more than its row', () => {
    const object = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        type: 'NodePort',
        clusterIP: '10.96.14.7',
        ports: [{ name: 'http', port: 80, targetPort: 'web' }],
      },
    });
    const ports = (text: string) => one(text).inventory?.services['shop/web']?.ports;
    expect(ports(`${object}\n${whole}`)).toMatchObject([{ name: 'http', targetPort: 'web' }]);
    // Made anew since, with another address.
    expect(ports(`${object.replace('10.96.14.7', '10.96.99.9')}\n${whole}`)).toMatchObject([
      { name: null, nodePort: 30080 },
    ]);
  });
});

describe('endpoints, pasted', () => {
  const slicesOf = ({ inventory }: BuiltPaste) =>
    Object.values(inventory?.endpointSlices ?? {}).map(
      ({ namespace, service, endpoints, ports, fromTable }) => [
        `${namespace}/${service ?? ''}`,
        endpoints.flatMap(({ addresses }) => addresses).join(),
        ports.map(({ port }) => port).join(),
        fromTable?.more,
      ],
    );

  it.each(['endpoints', 'endpoint-slices'])(
    '%s: three of them, and what the table leaves out is said',
    (name) => {
      for (const text of [
        fixture(name),
        fixture(name).split('\n').slice(1).join('\n'),
        fixture(name).replaceAll(/ {2,}/g, ' '),
      ]) {
        const paste = one(text);
        const more = name === 'endpoints' ? 3 : 1;
        expect(slicesOf(paste)).toContainEqual([
          'shop/web',
          '192.168.1.2,192.168.2.3,192.168.2.4',
          '8080',
          more,
        ]);
        expect(slicesOf(paste)).toContainEqual(['default/kubernetes', '10.12.22.150', '6443', 0]);
        expect(paste.report.unread.map(({ line }) => line)).toEqual([]);
        expect(paste.report.missing.map(({ sentence, command }) => [sentence, command])).toContainEqual([
          expect.stringContaining(`${more} of shop/web`),
          'kubectl get endpointslices -A -o yaml',
        ]);
      }
    },
  );
});

describe('what Calico keeps, as tables', () => {
  it('pools: wide, and not wide, where no encapsulation is told', () => {
    const { inventory, report } = one(fixture('calico-pools'));
    expect(report.unread).toEqual([]);
    expect(Object.values(inventory?.calico.pools ?? {})).toMatchObject([
      {
        name: 'default-ipv4-ippool',
        cidr: '192.168.0.0/16',
        ipipMode: 'Never',
        vxlanMode: 'CrossSubnet',
        natOutgoing: true,
      },
      { name: 'rack-2', cidr: '10.9.0.0/24', nodeSelector: `rack == '2'`, disabled: true },
    ]);
    const narrow = one(
      'NAME                  CIDR             SELECTOR\ndefault-ipv4-ippool   192.168.0.0/16   all()\n',
    );
    const route = { dst: '192.168.2.0/24' } as never;
    expect(ipamOf(route, { label: 'w1', kubernetesName: null } as NodeEntity, narrow.inventory)[0]).toBe(
      'It lies in the pool default-ipv4-ippool (192.168.0.0/16, encapsulation not told).',
    );
  });

  it('blocks by custom columns: whose each is, and nothing of who has which address', () => {
    const { inventory, report } = one(
      'CIDR             NODE           STATE\n192.168.1.0/24   k8s-worker-1   confirmed\n192.168.2.0/24   k8s-worker-2   pending\n\nCIDR             AFFINITY\n192.168.3.0/24   host:k8s-worker-3\n',
    );
    expect(report.unread).toEqual([]);
    const said = (dst: string) =>
      ipamOf({ dst } as never, { label: 'k8s-worker-1', kubernetesName: null } as NodeEntity, inventory).join(
        ' ',
      );
    expect(said('192.168.1.7/32')).toContain('Its block 192.168.1.0/24 belongs to this node.');
    expect(said('192.168.2.0/24')).toContain('belongs to k8s-worker-2, pending.');
    expect(said('192.168.3.0/24')).toContain('belongs to k8s-worker-3.');
    expect(said('192.168.1.7/32')).not.toContain('given to');
  });

  it('workload endpoints are Pods, their nodes and their devices; how a Pod is, its own table tells', () => {
    const text = fixture('calico-endpoints');
    const { inventory, report, pod } = one(text);
    expect(report.unread).toEqual([]);
    expect(
      Object.values(inventory?.calico.workloadEndpoints ?? {}).map(({ pod: name, node, interfaceName }) => [
        name,
        node,
        interfaceName,
      ]),
    ).toEqual([
      ['c2c-network-demo', 'k8s-worker-1', 'calid9d486e54a8'],
      ['c2c-network-demo-w2', 'k8s-worker-2', 'cali7c6f3b7d2a1'],
      ['coredns-55cb58b774-djmlk', 'k8s-worker-2', 'cali7760be1255d'],
    ]);
    expect(pod('coredns-55cb58b774-djmlk')).toMatchObject({
      namespace: 'kube-system',
      ips: ['192.168.2.9', 'fd00:192:168:2::9'],
    });
    const both = one(`${text}\ndefault c2c-network-demo 2/2 Running 0 12m 192.168.1.2 k8s-worker-1\n${text}`);
    expect(Object.values(both.inventory?.pods ?? {}).map(({ name, phase }) => [name, phase])).toContainEqual([
      'c2c-network-demo',
      'Running',
    ]);
    expect(Object.keys(both.inventory?.pods ?? {})).toHaveLength(3);
  });

  it('nodes with the address by which they peer, beside what kubectl tells of them', () => {
    const { inventory, report } = one(
      `NAME           STATUS   ROLES    AGE   VERSION    INTERNAL-IP    EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME
k8s-worker-1   Ready    <none>   9d    v1.29.15   10.12.22.151   <none>        Debian     6.1              containerd://1.7
$ calicoctl get node -o wide
NAME           ASN       IPV4              IPV6
k8s-worker-1   (64512)   172.17.0.1/16
k8s-worker-2   65001     10.12.22.152/16   fd00:10:12::152/64
`,
    );
    expect(report.unread).toEqual([]);
    expect(Object.values(inventory?.nodes ?? {})).toMatchObject([
      {
        name: 'k8s-worker-1',
        addresses: ['10.12.22.151', '172.17.0.1'],
        annotations: { 'projectcalico.org/IPv4Address': '172.17.0.1/16' },
      },
      {
        name: 'k8s-worker-2',
        annotations: {
          'projectcalico.org/ASNumber': '65001',
          'projectcalico.org/IPv6Address': 'fd00:10:12::152/64',
        },
      },
    ]);
  });

  it('peers and the mesh', () => {
    const { inventory, report } = one(
      `NAME         PEERIP         NODE                    ASN
rr-1         10.12.22.160   (global)                64512
leaf         10.12.0.9      k8s-worker-1            65000
by-rack      10.12.0.10     rack == 'rack-1'        65000
selected                    has(route-reflector)    0

NAME      LOGSEVERITY   MESHENABLED   ASNUMBER
default   Info          false         64512
`,
    );
    expect(report.unread).toEqual([]);
    expect(
      Object.values(inventory?.calico.bgpPeers ?? {}).map((peer) => [
        peer.name,
        peer.node,
        peer.nodeSelector,
        peer.peerIp,
        peer.asNumber,
      ]),
    ).toEqual([
      ['rr-1', null, null, '10.12.22.160', 64512],
      ['leaf', 'k8s-worker-1', null, '10.12.0.9', 65000],
      ['by-rack', null, `rack == 'rack-1'`, '10.12.0.10', 65000],
      ['selected', null, 'has(route-reflector)', null, null],
    ]);
    expect(inventory?.calico.bgpConfigurations['default']).toMatchObject({
      nodeToNodeMesh: false,
      asNumber: 64512,
    });
  });

  it('policies of Kubernetes: whom they are for', () => {
    const { inventory, report } = one(
      'NAMESPACE   NAME               POD-SELECTOR          AGE\nshop        allow-web          app=web,tier=front    37s\nshop        default-deny-all   <none>                2m\n',
    );
    expect(report.unread).toEqual([]);
    expect(
      Object.values(inventory?.networkPolicies ?? {}).map(({ name, selector }) => [name, selector]),
    ).toEqual([
      ['allow-web', 'app=web,tier=front'],
      ['default-deny-all', ''],
    ]);
  });
});

describe('kubectl describe pod', () => {
  const text = fixture('kubectl-describe-pod');

  it('tells node, addresses, labels and status; the next one is another Pod', () => {
    const next = text
      .replaceAll('x2x8k', 'zzzzz')
      .replaceAll('192.168.1.7', '10.12.22.151')
      .replace('fd00:192:168:1::7', 'fd00:10:12::151')
      .replace('Status:           Running', 'Status:           Pending');
    const { pod, report, inventory } = one(
      `$ kubectl describe pods -n shop\n${text}\n\n${next}# ip route\ndefault via 10.12.0.1 dev eth0\n`,
    );
    expect(report.unread).toEqual([]);
    expect(report.pieces.map(({ use, home }) => [use, home.kind])).toEqual([
      ['read', 'cluster'],
      ['read', 'cluster'],
      ['read', 'node'],
    ]);
    expect(pod('web-6d4cf56db6-x2x8k')).toMatchObject({
      namespace: 'shop',
      ips: ['192.168.1.7', 'fd00:192:168:1::7'],
      labels: { app: 'web', 'pod-template-hash': '6d4cf56db6' },
    });
    expect(Object.values(inventory?.pods ?? {})).toMatchObject([
      { nodeName: 'k8s-worker-1', phase: 'Running', ready: { containers: 2, ready: 1 }, hostNetwork: false },
      { phase: 'Pending', hostNetwork: true },
    ]);
  });

  it('of another kind is unread, with the command that is read', () => {
    const { report, inventory } = one(
      'Name:              web\nNamespace:         shop\nSelector:          app=web\nType:              ClusterIP\nIP:                10.96.14.7\n',
    );
    expect(Object.keys(inventory?.pods ?? {})).toEqual([]);
    expect(report.unread.map(({ line, why }) => [line, why])).toEqual([
      [1, 'this form is not read; what is: the same objects with kubectl get … -o yaml'],
    ]);
  });
});

it('a table that ends where prose begins leaves the prose unread, and what follows is its own', () => {
  const { report } = one(`${fixture('services')}The web Service does not answer at all, any idea please?
default via 10.12.0.1 dev ens192
`);
  expect(report.unread.map(({ line }) => line)).toEqual([8]);
  expect(report.pieces.map(({ command }) => command)).toEqual([
    'kubectl get services -A -o wide',
    'ip route',
  ]);
});

it('any text under any heading: no throw, and each row is an object or unread', () => {
  const good = [
    'services',
    'endpoints',
    'endpoint-slices',
    'calico-pools',
    'calico-endpoints',
    'kubectl-describe-pod',
  ].flatMap((name) => fixture(name).trimEnd().split('\n'));
  const text = fc.oneof(
    fc.string({ maxLength: 150 }),
    fc.constantFrom(...good),
    fc
      .tuple(fc.constantFrom(...good), fc.nat(150), fc.string({ maxLength: 5 }))
      .map(([line, at, put]) => line.slice(0, at) + put + line.slice(at)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...OBJECT_TABLE_KINDS), fc.array(text, { maxLength: 12 }), (kind, lines) => {
      const { unread } = readObjectTable(
        kind,
        lines.map((each, at) => ({ number: at + 1, last: at + 1, text: each })),
        null,
      );
      expect(unread.every(({ number }) => number >= 1 && number <= lines.length)).toBe(true);
      const paste = one(lines.join('\n'));
      expect(paste.report.unreadCount).toBeLessThanOrEqual(lines.length * 3);
    }),
    { numRuns: runs(150) },
  );
});
