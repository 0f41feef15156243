import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listCommand, parseKubeList, parseWatchLine, watchCommand } from './kubernetes.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

describe('lists', () => {
  it('reads Pods in the fields we use', () => {
    const list = parseKubeList(fixture('kubectl-pods.txt'), 'pods');
    expect(list.ok && list.value.next).toBeNull();
    expect(list.ok && list.value.pods.find(({ name }) => name === 'c2c-network-demo-w2')).toMatchObject({
      namespace: 'default',
      nodeName: 'k8s-worker-2',
      ips: ['192.168.2.3'],
      phase: 'Running',
      ready: { containers: 1, ready: 1 },
      hostNetwork: false,
      terminating: false,
    });
  });

  it('reads nodes with their addresses and boot ids', () => {
    const list = parseKubeList(fixture('kubectl-nodes.txt'), 'nodes');
    expect(list.ok && list.value.nodes.map(({ name, addresses }) => [name, addresses])).toEqual([
      ['k8s-master', ['10.12.22.150']],
      ['k8s-worker-1', ['10.12.22.151']],
      ['k8s-worker-2', ['10.12.22.152']],
    ]);
    expect(
      list.ok && list.value.nodes.every(({ bootId }) => bootId !== null && /^[0-9a-f-]{36}$/.test(bootId)),
    ).toBe(true);
  });

  it('goes on where a page ends, and quotes what the server calls that place', () => {
    const list = parseKubeList(
      '{"metadata":{"resourceVersion":"5","continue":"a\'b;$(id)"},"items":[]}',
      'pods',
    );
    const next = list.ok ? list.value.next : null;
    expect(next).toBe("a'b;$(id)");
    expect(listCommand('pods', next)).toBe(
      "kubectl --cache-dir=/dev/null get --raw '/api/v1/pods?limit=500&continue=a%27b%3B%24(id)'",
    );
    expect(listCommand('pods', null)).toBe(
      "kubectl --cache-dir=/dev/null get --raw '/api/v1/pods?limit=500'",
    );
  });

  it('takes a Pod that is not scheduled and has no status', () => {
    const list = parseKubeList(
      '{"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"x","namespace":"n","uid":"u"},"spec":{}}]}',
      'pods',
    );
    expect(list.ok && list.value.pods).toMatchObject([
      { uid: 'u', nodeName: null, ips: [], phase: null, ready: { containers: 0, ready: 0 } },
    ]);
  });

  it('says that an error page is not a list', () => {
    const list = parseKubeList('Error from server (Forbidden): pods is forbidden', 'pods');
    expect(list.ok || list.failure).toContain('Forbidden');
  });
});

describe('watches', () => {
  it('starts at a version', () => {
    expect(watchCommand('nodes', '57')).toBe(
      "kubectl --cache-dir=/dev/null get --raw '/api/v1/nodes?watch=1&allowWatchBookmarks=1&resourceVersion=57'",
    );
  });

  it('reads what the API server streamed', () => {
    const events = fixture('kubectl-pods-watch.txt')
      .trim()
      .split('\n')
      .map((line) => parseWatchLine(line, 'pods'));
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['upsert', 'delete']));
    const told = events.map((event) =>
      'fact' in event && event.fact.kind === 'pods' ? [event.type, event.fact.pod.name] : [],
    );
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

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.record({ type: fc.string(), object: fc.jsonValue() }).map((one) => JSON.stringify(one)),
        ),
        (line) => {
          expect(typeof parseWatchLine(line, 'pods').type).toBe('string');
          expect(typeof parseKubeList(line, 'nodes').ok).toBe('boolean');
        },
      ),
    );
  });
});
