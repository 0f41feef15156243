// Posts as they come from forums and chats: prose in another language around fences, what editors and mail programs do to text.
import { describe, expect, it } from 'vitest';
import { built, pasted } from './testing/built.ts';

const post = `大家好，我的集群里 pod 不通，请帮忙看看：

\`\`\`bash
$ kubectl get pods -o wide -A
NAMESPACE     NAME                    READY   STATUS    RESTARTS       AGE     IP             NODE           NOMINATED NODE   READINESS GATES
default       nginx-7c5ddbdf54-x2x8k  1/1     Running   1 (3d ago)     5d      192.168.1.2    k8s-worker-1   <none>           <none>
kube-system   calico-node-8xk2p       1/1     Running   0              9d      10.12.22.151   k8s-worker-1   <none>           <none>
web           api-0                   1/1     Running   0              9d      192.168.2.9    k8s-worker-2   <none>           <none>
\`\`\`
然后在 worker-1：
\`\`\`
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
    link/ether 00:50:56:b4:bf:01 brd ff:ff:ff:ff:ff:ff
    inet 10.12.22.151/16 brd 10.12.255.255 scope global noprefixroute ens192
......
\`\`\`
[root@k8s-worker-2 ~]$ ip r | cat -n
     1\tdefault via 10.12.0.1 dev ens192
     2\t192.168.2.9 dev cali1234567890a scope link
[root@k8s-worker-2 ~]$ ping 192.168.1.2
PING 192.168.1.2 (192.168.1.2) 56(84) bytes of data.
^C
请问是什么原因？
`;

describe('a post', () => {
  const { report, pod, inventory, topology } = built([pasted(post.replaceAll('\n', '\r\n'), 'post.txt')]);

  it('is each node’s by prompts, and by sentences that end with a colon and name one', () => {
    expect(report.pieces.map(({ home, command }) => [home.name, command])).toEqual([
      ['the cluster', 'kubectl get pods -o wide -A'],
      ['k8s-worker-1', 'ip addr'],
      ['k8s-worker-2', 'ip r | cat -n'],
    ]);
    expect(topology.nodes[pod('nginx-7c5ddbdf54-x2x8k').nodeId ?? '']?.label).toBe('k8s-worker-1');
  });

  it('leaves prose unread with its line, and neither fences nor ^C', () => {
    expect(report.unread.map(({ line }) => line)).toEqual([1, 18, 24, 26]);
    expect(report.unread[1]?.why).toBe('something was left out here');
  });

  it('a Pod with an address that its node showed is on the node’s network', () => {
    const onHost = Object.values(inventory?.pods ?? {}).filter(({ hostNetwork }) => hostNetwork);
    expect(onHost.map(({ name }) => name)).toEqual(['calico-node-8xk2p']);
    expect(report.missing.map(({ about }) => about.name)).not.toContain('kube-system/calico-node-8xk2p');
  });

  it('numbers of lines are no part of them', () => {
    expect(Object.values(topology.forwarding).flatMap(({ routes }) => routes.map(({ dst }) => dst))).toEqual([
      '0.0.0.0/0',
      '192.168.2.9/32',
    ]);
  });
});

describe('names that somebody cut', () => {
  it('are nobody’s: neither a node nor a Pod is made of one', () => {
    const { inventory, report } = built([
      pasted(`NAME      READY   STATUS    RESTARTS   AGE   IP            NODE
web-1     1/1     Running   0          5m    192.168.1.2   k8s-wor...
web-2     1/1     Running   0          5m    192.168.2.2   k8s-worker-2
web-3-7...   1/1     Running   0          5m    192.168.2.3   k8s-worker-2
`),
    ]);
    expect(Object.keys(inventory?.nodes ?? {})).toEqual(['k8s-worker-2']);
    expect(Object.values(inventory?.pods ?? {}).map(({ name, nodeName }) => [name, nodeName])).toEqual([
      ['web-1', null],
      ['web-2', 'k8s-worker-2'],
    ]);
    expect(report.unread.map(({ line, why }) => [line, why])).toEqual([
      [4, 'a row of a table that is not whole'],
    ]);
  });
});

it.each([
  [
    'ip -br a',
    `lo               UNKNOWN        127.0.0.1/8 ::1/128
ens192           UP             10.12.22.151/16 fe80::250:56ff:feb4:bf01/64
cali1234567890a@if4 UP             fe80::ecee:eeff:feee:eeee/64
docker0          DOWN           172.17.0.1/16
`,
  ],
  [
    'ip -o addr',
    `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: ens192    inet 10.12.22.151/16 brd 10.12.255.255 scope global noprefixroute ens192\\       valid_lft forever
2: ens192    inet6 fe80::250:56ff:feb4:bf01/64 scope link \\       valid_lft forever preferred_lft forever
5: docker0    inet 172.17.0.1/16 scope global docker0\\       valid_lft forever preferred_lft forever
`,
  ],
])('%s gives addresses to devices that routes name', (command, text) => {
  const routes = '# ip route\ndefault via 10.12.0.1 dev ens192\n';
  const { device, report } = built([pasted(`# ${command}\n${text}${routes}`, 'w1.txt', 'w1')]);
  expect(report.unread).toEqual([]);
  expect(report.pieces.map(({ use }) => use)).toEqual(['read', 'read']);
  expect(
    device('w1', 'ens192').addresses.map(({ address, prefixLength }) => [address, prefixLength]),
  ).toEqual([
    ['10.12.22.151', 16],
    ['fe80::250:56ff:feb4:bf01', 64],
  ]);
});

it('labels are kept where the table shows them', () => {
  const { pod } = built([
    pasted(`NAME    READY   STATUS    RESTARTS   AGE   IP            NODE   NOMINATED NODE   READINESS GATES   LABELS
web-1   1/1     Running   0          5m    192.168.1.2   w1     <none>           <none>            app=web,app.kubernetes.io/part-of=shop
web-2   1/1     Running   0          5m    192.168.1.3   w1     <none>           <none>            <none>
`),
  ]);
  expect(pod('web-1').labels).toEqual({ app: 'web', 'app.kubernetes.io/part-of': 'shop' });
  expect(pod('web-2').labels).toEqual({});
});

describe('a file', () => {
  const routes = 'default via 10.12.0.1 dev ens192\n';
  const labels = (...sources: string[]): string[] =>
    Object.values(built(sources.map((source) => pasted(routes, source))).topology.nodes)
      .map(({ label }) => label)
      .sort();

  it('is the node that it is named after, whatever its end is', () => {
    expect(labels('k8s-worker-1.md', 'k8s-worker-2 (1).txt')).toEqual(['k8s-worker-1', 'k8s-worker-2']);
  });

  it('of the same name in another folder is another node', () => {
    expect(labels('a/out.txt', 'b/out.txt')).toEqual(['a/out', 'b/out']);
  });

  it('with more lines than are read says so', () => {
    const { report } = built([pasted(`${'\n'.repeat(400_000)}${routes}${routes}`)]);
    expect(report.unread).toMatchObject([
      { line: 400_001, why: 'one of 3 lines beyond the first 400000, which alone are read' },
    ]);
  });
});

it('the other end of a point-to-point device has its own address', () => {
  const { device, report } = built([
    pasted(
      `# ip -br addr
ppp0             UNKNOWN        10.8.0.2 peer 10.8.0.1/32
ens192           UP             10.12.22.151/16 metric 100
# ip -o addr
9: tun0    inet 10.9.0.2 peer 10.9.0.1/24 scope global tun0\\       valid_lft forever
# ip route
10.8.0.1 dev ppp0
10.9.0.1 dev tun0
`,
      'w1.txt',
      'w1',
    ),
  ]);
  expect(report.unread).toEqual([]);
  const of = (name: string) =>
    device('w1', name).addresses.map(({ address, prefixLength }) => [address, prefixLength]);
  expect([of('ppp0'), of('tun0')]).toEqual([[['10.8.0.2', 32]], [['10.9.0.2', 24]]]);
});
