// An etcd for the development scenes: Calico's keys of three nodes, and a page more than one look shows.
import type { EtcdKeys, EtcdKeysRequest, EtcdValue } from '../../app/contract/etcd.ts';

const nodes = ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'];
const resources = '/calico/resources/v3/projectcalico.org';
const names = [
  ...nodes.map((_, n) => `/calico/ipam/v2/assignment/ipv4/block/192.168.${String(n)}.0-24`),
  ...nodes.map((node, n) => `/calico/ipam/v2/host/${node}/ipv4/block/192.168.${String(n)}.0-24`),
  `${resources}/bgpconfigurations/default`,
  `${resources}/felixconfigurations/default`,
  `${resources}/ippools/default-ipv4-ippool`,
  '/calico/\u001b[31m<b>hostile</b>/raw',
  ...nodes.map((node) => `/registry/minions/${node}`),
  ...Array.from({ length: 3000 }, (_, n) => `/registry/pods/default/web-${String(n).padStart(4, '0')}`),
  '/registry/secrets/kube-system/bootstrap-token-abcdef',
];
const page = 2000;
const etcdctl =
  'ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key get';

export function fakeEtcdKeys({ prefix, from }: EtcdKeysRequest): EtcdKeys {
  if (prefix.startsWith('/refuse'))
    return {
      ok: false,
      sentence:
        'etcd does not answer k8s-master at https://127.0.0.1:2379 (Error: context deadline exceeded): see whether it runs (crictl ps, systemctl status etcd) and listens there (ss -ltn).',
      command: `${etcdctl} --keys-only -- ${prefix}`,
    };
  const rest = names.filter((name) => name.startsWith(prefix) && (from === null || name > from));
  const keys = rest.slice(0, page).map((key) => ({ key, version: 3, modRevision: 812 }));
  return {
    ok: true,
    node: 'k8s-master',
    endpoint: 'https://127.0.0.1:2379',
    foundIn: '/etc/kubernetes/manifests/etcd.yaml',
    command: `${etcdctl} --keys-only --limit=2000 -w json --prefix -- ${prefix}`,
    typed: `${etcdctl} ${prefix} --prefix --keys-only`,
    keys,
    count: rest.length,
    next: rest.length > page ? (keys.at(-1)?.key ?? null) : null,
    unread: 0,
  };
}

export function fakeEtcdValue({ key }: { readonly key: string }): EtcdValue {
  const command = `${etcdctl} -w json -- ${key}`;
  if (key.endsWith('/raw'))
    return {
      ok: false,
      sentence: 'The value of this key is not JSON; only Calico’s JSON is shown.',
      command,
    };
  const spec = { cidr: '192.168.0.0/16', blockSize: 24, ipipMode: 'Never', natOutgoing: true };
  return {
    ok: true,
    command,
    json: JSON.stringify({ kind: 'IPPool', metadata: { name: key }, spec }, null, 2),
  };
}
