import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { applyList, emptyInventory } from './inventory.ts';
import type { KubeKind } from './kube-facts.ts';
import { ALL_KUBE_KINDS, KUBE_KINDS } from './kube-kinds.ts';
import {
  listPath,
  parseKubeGroups,
  parseKubeList,
  parseWatchLine,
  rawCommand,
  refusalOf,
  splitTogether,
  togetherCommand,
  watchPath,
} from './kubernetes.ts';

const commandOf = (kind: KubeKind, next: string | null): string =>
  rawCommand(listPath(KUBE_KINDS[kind].resources[0] ?? { groupVersion: '', plural: '' }, next));

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

describe('lists', () => {
  it('reads Pods in the fields we use', () => {
    const list = parseKubeList(fixture('kubectl-pods.txt'), 'pods');
    expect(list.ok && list.value.next).toBeNull();
    expect(list.ok && list.value.facts.find(({ name }) => name === 'c2c-network-demo-w2')).toMatchObject({
      namespace: 'default',
      nodeName: 'k8s-worker-2',
      ips: ['192.168.2.3'],
      phase: 'Running',
      ready: { containers: 1, ready: 1 },
      hostNetwork: false,
      terminating: false,
    });
  });

  it('keeps Pods’ labels, as many and as long as labels are, and counts the rest', () => {
    const labelsOf = (labels: unknown): unknown => {
      const fact = KUBE_KINDS.pods.factOf({ metadata: { name: 'web', labels }, spec: {} });
      return [fact?.labels, fact?.moreLabels];
    };
    const longest = { [`${'p'.repeat(253)}/${'n'.repeat(63)}`]: 'v'.repeat(63), empty: '' };
    expect(labelsOf(longest)).toEqual([longest, 0]);
    expect(labelsOf({ ...longest, more: 'v'.repeat(64), number: 7 })).toEqual([longest, 2]);
    const thousands = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`key-${at}`, '<b>\u001b']));
    expect(labelsOf(thousands)).toEqual([
      Object.fromEntries(Object.entries(thousands).slice(0, 64)),
      5000 - 64,
    ]);
    for (const none of [undefined, null, 'app=web', ['app']]) expect(labelsOf(none)).toEqual([{}, 0]);
  });

  it('reads of Pods whom they are to ask for names', () => {
    const asks = (spec: object): unknown => {
      const { dnsPolicy, nameservers } = KUBE_KINDS.pods.factOf({ metadata: { name: 'web' }, spec }) ?? {};
      return [dnsPolicy, nameservers];
    };
    expect(asks({ dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.53'] } })).toEqual([
      'None',
      ['10.0.0.53'],
    ]);
    expect(asks({ dnsPolicy: 'ClusterFirst', dnsConfig: { options: [] } })).toEqual([
      'ClusterFirst',
      undefined,
    ]);
    expect(asks({ dnsConfig: { nameservers: 'odd' } })).toEqual([undefined, undefined]);
  });

  it('reads nodes with their addresses and boot ids', () => {
    const list = parseKubeList(fixture('kubectl-nodes.txt'), 'nodes');
    expect(list.ok && list.value.facts.map(({ name, addresses }) => [name, addresses])).toEqual([
      ['k8s-master', ['10.12.22.150']],
      ['k8s-worker-1', ['10.12.22.151']],
      ['k8s-worker-2', ['10.12.22.152']],
    ]);
    expect(
      list.ok && list.value.facts.every(({ bootId }) => bootId !== null && /^[0-9a-f-]{36}$/.test(bootId)),
    ).toBe(true);
  });

  it('goes on where a page ends, and quotes what the server calls that place', () => {
    const list = parseKubeList(
      '{"metadata":{"resourceVersion":"5","continue":"a\'b;$(id)"},"items":[]}',
      'pods',
    );
    const next = list.ok ? list.value.next : null;
    expect(next).toBe("a'b;$(id)");
    expect(commandOf('pods', next)).toBe(
      "kubectl --cache-dir=/dev/null get --raw '/api/v1/pods?limit=500&continue=a%27b%3B%24(id)'",
    );
    expect(commandOf('pods', null)).toBe("kubectl --cache-dir=/dev/null get --raw '/api/v1/pods?limit=500'");
  });

  it('takes a Pod that is not scheduled and has no status', () => {
    const list = parseKubeList(
      '{"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"x","namespace":"n","uid":"u"},"spec":{}}]}',
      'pods',
    );
    expect(list.ok && list.value.facts).toMatchObject([
      { uid: 'u', nodeName: null, ips: [], phase: null, ready: { containers: 0, ready: 0 } },
    ]);
  });

  it('says that an error page is not a list', () => {
    const list = parseKubeList('Error from server (Forbidden): pods is forbidden', 'pods');
    expect(list.ok || list.failure).toContain('Forbidden');
  });
});

describe('many kinds in one list', () => {
  const asked = (['networkPolicies', 'calico.networkPolicies', 'calico.pools'] as const).map((kind) => ({
    kind,
    place: KUBE_KINDS[kind].resources[0] ?? { groupVersion: '', plural: '' },
  }));
  const object = fc.record({
    of: fc.nat(asked.length - 1),
    name: fc.string({ maxLength: 20 }),
  });
  const typeOf = (of: number): object => ({
    apiVersion: asked[of]?.place.groupVersion,
    kind: of === 2 ? 'IPPool' : 'NetworkPolicy',
  });
  const itemsOf = (page: string | undefined): unknown[] =>
    (JSON.parse(page ?? '') as { items: unknown[] }).items;

  it('are asked for by resource, version and group', () => {
    expect(togetherCommand(asked.map(({ place }) => place))).toBe(
      'kubectl --cache-dir=/dev/null get networkpolicies.v1.networking.k8s.io,networkpolicies.v1.crd.projectcalico.org,ippools.v1.crd.projectcalico.org -A -o json',
    );
  });

  it('are parted by what each object says that it is, in their order, and none is lost', () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 30 }), (objects) => {
        const items = objects.map(({ of, name }) => ({ ...typeOf(of), metadata: { name } }));
        const pages = splitTogether(JSON.stringify({ kind: 'List', items }), asked);
        expect([...(pages?.keys() ?? [])]).toEqual(asked.map(({ kind }) => kind));
        for (const [at, { kind }] of asked.entries()) {
          expect(itemsOf(pages?.get(kind))).toEqual(
            items.filter((_item, index) => objects[index]?.of === at),
          );
          expect(parseKubeList(pages?.get(kind) ?? '', kind).ok).toBe(true);
        }
      }),
      { numRuns: runs(50) },
    );
  });

  it.each([
    '',
    'null',
    '{}',
    '{"items":{}}',
    '{"items":[7]}',
    '{"items":[{"apiVersion":"v1","kind":"Secret"}]}',
    '{"items":[{"apiVersion":"v2","kind":"IPPool"}]}',
  ])('%s is no answer', (text) => expect(splitTogether(text, asked)).toBeNull());

  it('has one name for each kind in each group', () => {
    const names = ALL_KUBE_KINDS.flatMap((kind) => {
      const { resources, objectKind } = KUBE_KINDS[kind];
      return objectKind === undefined
        ? []
        : resources.map(({ groupVersion }) => `${groupVersion} ${objectKind}`);
    });
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(12);
  });
});

describe('what is served', () => {
  it('is every version of every group', () => {
    const apis =
      '{"groups":[{"name":"a.b","versions":[{"groupVersion":"a.b/v1"},{"groupVersion":"a.b/v2"}]}]}';
    expect(parseKubeGroups(apis)).toEqual(new Set(['a.b/v1', 'a.b/v2']));
    expect(parseKubeGroups('Error from server (Forbidden)')).toBeNull();
  });

  // As kubectl 1.20 prints them (Debian 12); the third from an API server with RBAC.
  it.each([
    ['Error from server (NotFound): the server could not find the requested resource', 'absent'],
    ['error: You must be logged in to the server (Unauthorized)', 'not-permitted'],
    [
      'Error from server (Forbidden): services is forbidden: User "x" cannot list resource "services" in API group "" at the cluster scope',
      'not-permitted',
    ],
    [
      'The connection to the server 10.12.22.150:6443 was refused - did you specify the right host or port?',
      'failed',
    ],
  ])('%s', (said, state) => expect(refusalOf(said)).toBe(state));
});

describe('watches', () => {
  it('starts at a version', () => {
    expect(rawCommand(watchPath({ groupVersion: 'v1', plural: 'nodes' }, '57'))).toBe(
      "kubectl --cache-dir=/dev/null get --raw '/api/v1/nodes?watch=1&allowWatchBookmarks=1&resourceVersion=57'",
    );
  });

  it('reads what the API server streamed', () => {
    const events = fixture('kubectl-pods-watch.txt')
      .trim()
      .split('\n')
      .map((line) => parseWatchLine(line, 'pods'));
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['upsert', 'delete']));
    const told = events.map((event) => ('fact' in event ? [event.type, event.fact.name] : []));
    expect(told.slice(-2)).toEqual([
      ['upsert', 'extra'],
      ['delete', 'extra'],
    ]);
  });

  it('reads bookmarks, a version that is too old, and other errors', () => {
    expect(
      parseWatchLine(
        '{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"90","creationTimestamp":null}}}',
        'pods',
      ),
    ).toEqual({
      type: 'bookmark',
      resourceVersion: '90',
    });
    expect(
      parseWatchLine('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}', 'pods'),
    ).toEqual({ type: 'expired' });
    expect(
      parseWatchLine('{"type":"ERROR","object":{"code":500,"message":"etcd is away"}}', 'pods'),
    ).toMatchObject({
      type: 'error',
      sentence: expect.stringContaining('etcd is away') as string,
    });
    expect(parseWatchLine('{"type":"ADDED"', 'pods').type).toBe('error');
  });

  it('never throws, whatever any kind says', () => {
    const name = fc.oneof(fc.constantFrom('web', 'node-1.example'), fc.string());
    const object = fc.record(
      {
        metadata: fc.record(
          { name, namespace: name, labels: fc.jsonValue(), annotations: fc.jsonValue() },
          { requiredKeys: ['name'] },
        ),
        spec: fc.jsonValue(),
        status: fc.jsonValue(),
        endpoints: fc.jsonValue(),
        ports: fc.jsonValue(),
      },
      { requiredKeys: ['metadata'] },
    );
    const list = fc
      .array(fc.oneof(object, fc.jsonValue()))
      .map((items) => JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
    const event = fc
      .record({
        type: fc.constantFrom('ADDED', 'DELETED', 'ERROR', 'x'),
        object: fc.oneof(object, fc.jsonValue()),
      })
      .map((one) => JSON.stringify(one));
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL_KUBE_KINDS),
        fc.oneof(fc.string(), fc.json(), list, event),
        (kind, text) => {
          expect(typeof parseWatchLine(text, kind).type).toBe('string');
          const read = parseKubeList(text, kind);
          if (!read.ok) return;
          const { items } = JSON.parse(text) as { items: unknown[] | null };
          expect(read.value.facts.length + read.value.unread.count).toBe((items ?? []).length);
          expect(applyList(emptyInventory, [read.value]).kinds[kind].state).toBe('listed');
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});
