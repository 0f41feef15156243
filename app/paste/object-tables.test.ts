// Tables of objects, pasted: as the printers make them, and what people leave of them.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

  it('what was cut is not known, which is not that there is none', () => {
    const { inventory, report } = one(
      [
        'NAMESPACE   NAME   TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)       AGE   SELECTOR',
        'shop        a      ClusterIP   10.96.1...    <none>        80/TCP        5d    app=a',
        'shop        b      ClusterIP   10.96.1.2     <none>        80/TCP,44..   5d    app=b',
        'shop        c      ClusterIP   10.96.1.3     <none>        80/TCP        5d    app=a-long-n…',
        '',
        'NAMESPACE   NAME   ENDPOINTS            AGE',
        'shop        d      10.0.0.1:80,10...   5d',
        '',
        'NAMESPACE   NAME   POD-SELECTOR   AGE',
        'shop        e      app=...        5d',
        'shop        f      <none>         5d',
        '',
        'NAME   PEERIP      NODE   ASN',
        'g      10.0.0.1    ra..   64512',
      ].join('\n'),
    );
    expect(Object.keys(inventory?.services ?? {})).toEqual(['shop/c']);
    expect(inventory?.services['shop/c']?.hasSelector).toBe(true);
    expect(Object.keys(inventory?.endpointSlices ?? {})).toEqual([]);
    expect(Object.keys(inventory?.networkPolicies ?? {})).toEqual(['shop/f']);
    expect(Object.keys(inventory?.calico.bgpPeers ?? {})).toEqual([]);
    expect(report.unread.map(({ line }) => line).sort((x, y) => x - y)).toEqual([2, 3, 7, 10, 14]);
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
