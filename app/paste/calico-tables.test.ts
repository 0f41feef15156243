// Tables of what Calico keeps, pasted, and of policies.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ipamOf } from '../route/ipam.ts';
import type { NodeEntity } from '../topology/model.ts';
import { built, pasted, type BuiltPaste } from './testing/built.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/tables/${name}.txt`, import.meta.url), 'utf8');
const one = (text: string): BuiltPaste => built([pasted(text)]);

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
