import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from './control.ts';
import { textAt, type Json, type KubeObject } from './json.ts';
import { KubectlFixture } from './kubectl-fixture.ts';
import { podObject, type PodSpec } from './objects.ts';

let fixture: KubectlFixture;
let client: ControlClient;
const signal = AbortSignal.timeout(120_000);

beforeEach(async () => {
  fixture = await KubectlFixture.start({
    historyLimit: 20,
    watchLimits: { bookmarkMs: 300, watchers: 3, backlog: 40 },
  });
  client = new ControlClient(fixture.control);
});

afterEach(async () => {
  client[Symbol.dispose]();
  await fixture[Symbol.asyncDispose]();
});

function pod(name: string, over: Partial<PodSpec> = {}): KubeObject {
  const startedAt = new Date(1_700_000_000_000);
  const nodeAddress = '10.12.22.151';
  return podObject({
    name,
    namespace: 'default',
    nodeName: 'n1',
    nodeAddress,
    ips: ['192.168.1.2'],
    startedAt,
    ...over,
  });
}

async function apply(object: KubeObject): Promise<KubeObject> {
  const applied = await client.apply(object, { signal });
  if (!applied.ok) throw new Error(applied.failure.sentence);
  return applied.value;
}

async function remove(name: string): Promise<void> {
  const removed = await client.remove(
    { apiVersion: 'v1', kind: 'Pod', name, namespace: 'default' },
    { signal },
  );
  expect(removed).toEqual({ ok: true, value: true });
}

const shape = (event: Json): string =>
  `${textAt(event, 'type')} ${textAt(event, 'object', 'metadata', 'name')}`;
const revisionOf = (event: Json): number => Number(textAt(event, 'object', 'metadata', 'resourceVersion'));

describe('a raw watch through the real kubectl', () => {
  it('streams additions, changes and deletions after a resourceVersion, the last object with a deletion', async () => {
    await apply(pod('before'));
    const since = fixture.server.store.revision;
    await using watch = fixture.follow([
      'get',
      '--raw',
      `/api/v1/pods?watch=1&resourceVersion=${String(since)}`,
    ]);
    await apply(pod('a'));
    await watch.until(1);
    await apply(pod('a', { phase: 'Failed' }));
    await remove('a');
    const events = await watch.events(3);
    expect(events.map(shape)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(events.map(revisionOf)).toEqual([since + 1, since + 2, since + 3]);
    expect(textAt(events[2], 'object', 'status', 'phase')).toBe('Failed');
  });

  it('replays what was missed, and makes no event of a write that changes nothing', async () => {
    const since = fixture.server.store.revision;
    await apply(pod('a'));
    await apply(pod('a'));
    await remove('a');
    await using watch = fixture.follow([
      'get',
      '--raw',
      `/api/v1/pods?watch=1&resourceVersion=${String(since)}`,
    ]);
    expect((await watch.events(2)).map(shape)).toEqual(['ADDED a', 'DELETED a']);
  });

  it('begins with what is there when no resourceVersion is given', async () => {
    await apply(pod('b'));
    await apply(pod('a'));
    await using watch = fixture.follow(['get', '--raw', '/api/v1/namespaces/default/pods?watch=1']);
    await watch.until(2);
    await apply(pod('c'));
    expect((await watch.events(3)).map(shape)).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  it('sends bookmarks to those who ask, with the revision up to which nothing is missing', async () => {
    const since = fixture.server.store.revision;
    const path = `/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=${String(since)}`;
    await using watch = fixture.follow(['get', '--raw', path]);
    const [first] = await watch.events(1);
    expect(first).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1' } });
    expect(revisionOf(first ?? null)).toBe(since);
    // A change of another kind moves the bookmark on, so that a quiet watch never falls out of the history.
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' } });
    const later = await watch.events(watch.lines.length + 2);
    expect(revisionOf(later.at(-1) ?? null)).toBe(since + 1);
    await using plain = fixture.follow([
      'get',
      '--raw',
      `/api/v1/pods?watch=1&resourceVersion=${String(since)}`,
    ]);
    await expect.poll(() => fixture.server.watches.watchers, { timeout: 10_000 }).toBe(2);
    await watch.until(watch.lines.length + 2);
    await apply(pod('a'));
    expect((await plain.events(1)).map(shape)).toEqual(['ADDED a']);
  });

  it('shows objects that enter and leave a selector as added and deleted', async () => {
    const query = 'watch=1&resourceVersion=0&fieldSelector=status.phase%3DRunning&labelSelector=app%3Dweb';
    await using watch = fixture.follow(['get', '--raw', `/api/v1/pods?${query}`]);
    const labels = { app: 'web' };
    await expect.poll(() => fixture.server.watches.watchers, { timeout: 10_000 }).toBe(1);
    await apply(pod('a', { labels, phase: 'Pending' }));
    await apply(pod('b'));
    await apply(pod('a', { labels }));
    await watch.until(1);
    const left = await apply(pod('a', { labels, phase: 'Failed' }));
    const events = await watch.events(2);
    expect(events.map(shape)).toEqual(['ADDED a', 'DELETED a']);
    expect(textAt(events[1], 'object', 'status', 'phase')).toBe('Running');
    expect(revisionOf(events[1] ?? null)).toBe(Number(left.metadata.resourceVersion));
  });

  it('tells of a resourceVersion beyond the history with 410, and of one within it with the events', async () => {
    const since = fixture.server.store.revision;
    for (let n = 0; n < 20; n += 1) await apply(pod(`p${String(n)}`));
    await using kept = fixture.follow([
      'get',
      '--raw',
      `/api/v1/pods?watch=1&resourceVersion=${String(since)}`,
    ]);
    expect((await kept.events(20)).map(revisionOf)[0]).toBe(since + 1);
    await apply(pod('one-more'));
    await using gone = fixture.follow([
      'get',
      '--raw',
      `/api/v1/pods?watch=1&resourceVersion=${String(since)}`,
    ]);
    const [event] = await gone.events(1);
    expect(event).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
    });
    await gone.ended();
    expect(gone.lines).toHaveLength(1);
    await apply(pod('still-watching'));
    expect((await kept.events(22)).map(shape).at(-1)).toBe('ADDED still-watching');
  });

  it('refuses a resourceVersion from the future, as a list does, and watches from the present one', async () => {
    const since = fixture.server.store.revision;
    const path = '/api/v1/pods?watch=1&resourceVersion=';
    const refused = await fixture.run(['get', '--raw', `${path}${String(since + 1)}`]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    const now = `${String(since + 1)}, current: ${String(since)}`;
    expect(refused.stderr).toContain(`Too large resource version: ${now}`);
    expect(fixture.server.watches.watchers).toBe(0);
    await using watch = fixture.follow(['get', '--raw', `${path}${String(since)}`]);
    await expect.poll(() => fixture.server.watches.watchers, { timeout: 10_000 }).toBe(1);
    await apply(pod('a'));
    expect((await watch.events(1)).map(shape)).toEqual(['ADDED a']);
  });

  it('feeds `kubectl get -w` its table, row by row', async () => {
    await apply(pod('a'));
    await using watch = fixture.follow(['get', 'pods', '-w', '-o', 'wide']);
    await watch.until(2);
    await apply(pod('a', { containers: [{ name: 'a', image: 'i', ready: false, restarts: 2 }] }));
    const lines = await watch.until(3);
    expect(lines.map((line) => line.split(/ +/).slice(0, 4).join(' '))).toEqual([
      'NAME READY STATUS RESTARTS',
      'a 1/1 Running 0',
      'a 0/1 Running 2',
    ]);
  });

  it('ends a watch after timeoutSeconds', async () => {
    await using watch = fixture.follow(['get', '--raw', '/api/v1/pods?watch=1&timeoutSeconds=1']);
    const started = Date.now();
    await watch.ended();
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(fixture.server.watches.watchers).toBe(0);
  });
});

describe('limits', () => {
  const openSocket = async (path: string): Promise<ReturnType<typeof connect>> => {
    const [host = '', port = ''] = (fixture.server.addresses[0] ?? '').split(':');
    const socket = connect(Number(port), host);
    socket.on('error', () => undefined);
    socket.pause();
    const watchers = fixture.server.watches.watchers;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: lab\r\n\r\n`);
    await expect.poll(() => fixture.server.watches.watchers).toBe(watchers + 1);
    return socket;
  };

  it('cuts off a watcher that does not read, and only that one', async () => {
    const stuck = await openSocket('/api/v1/pods?watch=1&resourceVersion=0');
    await using reader = fixture.follow(['get', '--raw', '/api/v1/pods?watch=1&resourceVersion=0']);
    await expect.poll(() => fixture.server.watches.watchers, { timeout: 10_000 }).toBe(2);
    // Far more than the kernel's socket buffers hold.
    const image = 'x'.repeat(512 * 1024);
    for (let n = 0; n < 80; n += 1) await apply(pod(`p${String(n)}`, { containers: [{ name: 'c', image }] }));
    await expect.poll(() => fixture.server.watches.watchers, { timeout: 10_000 }).toBe(1);
    expect(await reader.until(80)).toHaveLength(80);
    stuck.destroy();
  }, 60_000);

  it('refuses more watches than it may hold, and has room again when one ends', async () => {
    const sockets = [];
    for (let n = 0; n < 3; n += 1) sockets.push(await openSocket('/api/v1/pods?watch=1'));
    const refused = await fetch(`${fixture.url}/api/v1/pods?watch=1`, { signal });
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ kind: 'Status', reason: 'TooManyRequests' });
    sockets[0]?.destroy();
    await expect.poll(() => fixture.server.watches.watchers).toBe(2);
    for (const socket of sockets) socket.destroy();
  });

  it('refuses a body over 2 MiB with its reason', async () => {
    const answer = await client.apply(
      pod('big', { containers: [{ name: 'c', image: 'x'.repeat(2 ** 21) }] }),
      { signal },
    );
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'refused', code: 413 } });
    const revision = fixture.server.store.revision;
    await apply(pod('small'));
    expect(fixture.server.store.revision).toBe(revision + 1);
  });
});
