// Traces are as `etcdFindScript` prints them on the lab's master (etcd 3.4.23), answers as its `etcdctl -w json` does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { base64Bytes } from './base64.ts';
import { etcdAccess, etcdFindScript, type EtcdAccess, parseEtcdTraces } from './etcd-access.ts';
import {
  etcdFailure,
  keysCommand,
  parseEtcdKeys,
  parseEtcdValue,
  valueCommand,
  valueRefusal,
} from './etcd-keys.ts';
import { shellWord } from './shell-word.ts';

const pki = '/etc/kubernetes/pki/etcd';
const kubeadm = `etcdctl=here
process=98 here
etcd.flag=--advertise-client-urls=https://10.12.22.150:2379
etcd.flag=--listen-client-urls=https://10.12.22.150:2379,https://127.0.0.1:2379
etcd.flag=--trusted-ca-file=${pki}/ca.crt
readable=${pki}/ca.crt
readable=${pki}/healthcheck-client.crt
readable=${pki}/healthcheck-client.key
`;
const access = (text: string, given = {}): EtcdAccess | string => {
  const found = etcdAccess(parseEtcdTraces(text), given, 'master');
  return found.ok ? found.value : found.failure.sentence;
};
const plain: EtcdAccess = {
  endpoint: 'http://127.0.0.1:2379',
  foundIn: 'x',
  certificates: null,
  inContainerOf: null,
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const range = (keys: readonly string[], more = false, count = keys.length): string =>
  JSON.stringify({
    header: { revision: 9 },
    kvs: keys.map((key) => ({ key: base64(key), version: 2, mod_revision: 7 })),
    count,
    more,
  });

describe('where etcd is', () => {
  it('kubeadm: its manifest’s own address of this node, and the certificate made for asking', () => {
    expect(access(kubeadm)).toEqual({
      endpoint: 'https://127.0.0.1:2379',
      foundIn: '/etc/kubernetes/manifests/etcd.yaml',
      certificates: {
        cacert: `${pki}/ca.crt`,
        cert: `${pki}/healthcheck-client.crt`,
        key: `${pki}/healthcheck-client.key`,
      },
      inContainerOf: null,
    });
  });

  it('plain: what the process says, 0.0.0.0 as an address that one can reach; else the default', () => {
    const flag = 'process.flag=--listen-client-urls=http://0.0.0.0:2379';
    expect(access(`etcdctl=here\nprocess=5 here\n${flag}\n`)).toMatchObject({
      endpoint: 'http://127.0.0.1:2379',
      certificates: null,
    });
    expect(access('etcdctl=here\nprocess=5 here\n')).toMatchObject({ endpoint: 'http://127.0.0.1:2379' });
  });

  it('external: kube-apiserver’s servers and certificates', () => {
    const api = `etcdctl=here
api.flag=--etcd-servers=https://10.0.0.7:2379,https://10.0.0.8:2379
api.flag=--etcd-cafile=/pki/ca
api.flag=--etcd-certfile=/pki/c
api.flag=--etcd-keyfile=/pki/k
readable=/pki/ca
readable=/pki/c
readable=/pki/k
`;
    expect(access(api)).toMatchObject({
      endpoint: 'https://10.0.0.7:2379',
      certificates: { cacert: '/pki/ca', cert: '/pki/c', key: '/pki/k' },
    });
  });

  it('the cluster file goes before all', () => {
    expect(access(kubeadm, { endpoint: 'http://10.9.9.9:2379' })).toMatchObject({
      endpoint: 'http://10.9.9.9:2379',
      foundIn: 'the cluster file',
    });
  });

  it.each([
    ['etcdctl=here\n', /^No etcd was found on master: .*under etcd/],
    ['etcdctl=here\nunreadable=/etc/kubernetes/manifests/etcd.yaml\n', /may not be read by this login/],
    [
      kubeadm.replaceAll('readable', 'unreadable'),
      /may not read one \(not readable: .*healthcheck-client.*log in as root/,
    ],
    [kubeadm.replace('etcdctl=here\n', ''), /etcdctl is not on master; install it/],
    [
      kubeadm.replace('etcdctl=here\n', '').replace('98 here', '98 other'),
      /runs in a container with fewer rights.*kubectl exec -n kube-system etcd-master -- etcdctl --endpoints/,
    ],
    ['etcdctl=here\netcd.flag=--listen-client-urls=https://a$(id):1\n', /^No etcd was found/],
  ])('says why not, and what to do: %#', (text, sentence) => {
    expect(access(text)).toMatch(sentence);
  });

  it('in the container of one that could do the same by itself', () => {
    const found = access(kubeadm.replace('etcdctl=here\n', '').replace('98 here', '98 trusted'));
    expect(typeof found === 'string' ? found : keysCommand(found, '/', null).typed).toMatch(
      /^ETCDCTL_API=3 nsenter -t 98 -m -- etcdctl --endpoints=https:\/\/127\.0\.0\.1:2379 --cacert=/,
    );
  });

  it('quotes what the cluster file gives', () => {
    expect(etcdFindScript({ cert: "/a b/$(id)'.crt" })).toContain(`'/a b/$(id)'\\''.crt'`);
  });
});

describe('commands', () => {
  it('the classic one to type, a bounded one to run', () => {
    const { run, typed } = keysCommand(plain, '/', null);
    expect(typed).toBe('ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 get / --prefix --keys-only');
    expect(run).toBe(
      'ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 get --keys-only --limit=2000 -w json --prefix -- /',
    );
  });

  it('go on from a key to the end of the prefix', () => {
    expect(keysCommand(plain, '/calico/', '/calico/x').run).toMatch(/ -- \/calico\/x \/calico0$/);
    expect(keysCommand(plain, 'a\u{10ffff}', 'k').run).toMatch(/ -- k b$/);
    expect(keysCommand(plain, '', 'k').run).toMatch(/ --from-key -- k$/);
  });

  it('whatever a prefix or a key holds, it is one word after --', () => {
    expect(keysCommand(plain, "--x;$(id)'", null).run).toMatch(/ -- '--x;\$\(id\)'\\''?''$/);
    expect(keysCommand(plain, '-w', null).typed).toMatch(/--keys-only -- -w$/);
    expect(valueCommand(plain, '/calico/a b')).toMatch(/ -- '\/calico\/a b'$/);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const word = shellWord(text);
        const opened = /^'(.*)'$/s.exec(word)?.[1]?.replaceAll(`'\\''`, "'");
        expect(opened ?? word).toBe(text);
        if (opened === undefined) expect(word).toMatch(/^[\w@%+=:,./-]+$/);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('keys', () => {
  it('of a page, and where the next begins', () => {
    expect(parseEtcdKeys(range(['/a', '/b'], true, 10), null)).toEqual({
      ok: true,
      value: {
        keys: [
          { key: '/a', version: 2, modRevision: 7 },
          { key: '/b', version: 2, modRevision: 7 },
        ],
        count: 10,
        next: '/b',
        unread: 0,
      },
    });
    expect(parseEtcdKeys(range(['/b', '/c'], false, 9), '/b')).toMatchObject({
      value: { keys: [{ key: '/c' }], count: 8, next: null },
    });
  });

  it('hostile ones are kept as they are, or counted', () => {
    const hostile = ['/\u001b[2J<b>x</b>', `/${'n'.repeat(253)}`, `/${'x'.repeat(3000)}`, '/a\nb'];
    const text = range(hostile).replace(
      '"kvs":[',
      `"kvs":[{"key":"${Buffer.from([0xff]).toString('base64')}"},`,
    );
    const read = parseEtcdKeys(text, null);
    expect(read.ok && read.value.keys.map(({ key }) => key)).toEqual([hostile[0], hostile[1], hostile[3]]);
    expect(read.ok && read.value.unread).toBe(2);
  });

  it('an answer that never moves on ends', () => {
    expect(parseEtcdKeys(range(['/a'], true), '/a')).toMatchObject({ value: { next: null } });
  });
});

describe('values', () => {
  it.each([
    ['/registry/secrets/default/x', false],
    ['/registry/pods/default/x', false],
    ['/calico', false],
    ['/calicox/a', false],
    ['/calico/a\u0000/registry', false],
    ['/calico/ipam/v2/x', true],
  ])('%j: may be read is %s', (key, may) => {
    expect(valueRefusal(key) === null).toBe(may);
  });

  const value = (text: string): string =>
    JSON.stringify({ kvs: [{ key: base64('/calico/x'), value: base64(text) }], count: 1 });

  it('JSON is indented, what is secret by its name is not shown', () => {
    const spec = { password: 'hunter2', passwordSecretRef: 'name', n: 1, deep: { PrivateKey: 'k' } };
    const read = parseEtcdValue(value(JSON.stringify(spec)), '/calico/x');
    expect(read.ok && JSON.parse(read.value)).toEqual({
      password: '(not shown)',
      passwordSecretRef: 'name',
      n: 1,
      deep: { PrivateKey: '(not shown)' },
    });
  });

  it.each([
    ['k8s\u0000\n\u000cprotobuf', /is not JSON/],
    ['"text"', /is not JSON/],
    ['', /is not JSON/],
  ])('%j is not shown', (text, sentence) => {
    const read = parseEtcdValue(value(text), '/calico/x');
    expect(read.ok ? '' : read.failure).toMatch(sentence);
  });

  it('another key’s value is never taken for it', () => {
    expect(parseEtcdValue(value('{}'), '/calico/y').ok).toBe(false);
    expect(parseEtcdValue('{"count":0}', '/calico/y').ok).toBe(false);
  });
});

it('any text is understood or said, and never throws', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ kvs: fc.jsonValue(), count: fc.jsonValue(), more: fc.jsonValue() })
      .map((one) => JSON.stringify(one)),
    fc.array(fc.string()).map((lines) => lines.map((line) => `etcd.flag=--${line}`).join('\n')),
  );
  fc.assert(
    fc.property(text, (one) => {
      expect(typeof parseEtcdKeys(one, null).ok).toBe('boolean');
      expect(typeof parseEtcdValue(one, '/calico/x').ok).toBe('boolean');
      expect(typeof etcdAccess(parseEtcdTraces(one), {}, 'n').ok).toBe('boolean');
      expect(etcdFailure(one, plain, 'n')).not.toBe('');
    }),
    { numRuns: runs(500) },
  );
});

it('base64 is what Buffer says it is', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(base64Bytes(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
    }),
    { numRuns: runs(300) },
  );
  expect([base64Bytes('a'), base64Bytes('ab=c'), base64Bytes('a===')]).toEqual([null, null, null]);
});
