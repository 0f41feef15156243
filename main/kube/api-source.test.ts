// The lab's API server, started as the program that it is, asked with kubeconfigs; TLS, client certificates and tokens
// through a door in front of it that a cluster's own API server would be.
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseKubeList, parseWatchLine, rawCommand } from '../../app/probe/kubernetes.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import { InventoryWatch } from '../engine/inventory-watch.ts';
import type { KubeSource } from '../engine/kube-source.ts';
import { TopologyHost } from '../engine/topology-host.ts';
import { apiSource } from './api-source.ts';
import { readKubeconfig } from './kubeconfig.ts';

const lab = (path: string): string => fileURLToPath(new URL(`../../lab/${path}`, import.meta.url));
const pods = '/api/v1/pods?limit=500';
const stop = new AbortController();
const ask = { deadlineMs: 5_000, signal: stop.signal };

let folder = '';
let plain = '';
let door: https.Server;
let tls = '';
let server: ReturnType<typeof spawn>;
/** What the door lets in: a client certificate, a token. */
let seen: { authorization: string | undefined; client: string | undefined }[] = [];
/** As whom. */
let acting: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-kube-'));
  server = spawn(
    process.execPath,
    ['--import', 'tsx', lab('api-server/index.ts'), '--listen', '127.0.0.1:0', '--bookmark-seconds', '1'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (server.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const { listening } = JSON.parse(line) as { listening: string[] };
    plain = `http://${listening[0] ?? ''}`;
    break;
  }
  const metadata = { name: 'n1' };
  await create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata, status: {} });
  await promisify(execFile)('sh', [lab('sh/etcd-certificates.sh'), folder, 'api', '127.0.0.1']);
  const read = (name: string): Promise<Buffer> => readFile(join(folder, 'etcd', name));
  const [ca, cert, key] = await Promise.all([read('ca.crt'), read('server.crt'), read('server.key')]);
  door = https.createServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { socket } = request;
      const client =
        socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject.CN : undefined;
      const { authorization } = request.headers;
      acting.push(request.headers['impersonate-user'], request.headers['impersonate-group']);
      seen.push({ authorization, client: typeof client === 'string' ? client : undefined });
      if (client === undefined && authorization !== 'Bearer good') {
        const message =
          'pods is forbidden: User "x" cannot list resource "pods" in API group "" at the cluster scope';
        response.writeHead(403).end(JSON.stringify({ kind: 'Status', message }));
        return;
      }
      http.get(plain + (request.url ?? ''), (inner) => {
        response.writeHead(inner.statusCode ?? 500);
        inner.pipe(response);
      });
    },
  );
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  tls = `https://127.0.0.1:${(door.address() as AddressInfo).port}`;
}, 30_000);

afterAll(async () => {
  stop.abort();
  door.closeAllConnections();
  door.close();
  server.kill();
  await rm(folder, { recursive: true });
});

async function create(path: string, object: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(plain + path, { method: 'POST', headers, body: JSON.stringify(object) });
  if (!answer.ok) throw new Error(await answer.text());
}

async function kubeconfig(server: string, cluster: object, user: object): Promise<string> {
  const file = join(folder, `config-${Math.random().toString(36).slice(2)}`);
  await writeFile(
    file,
    JSON.stringify({
      'current-context': 'lab',
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me' } }],
      clusters: [{ name: 'lab', cluster: { server, ...cluster } }],
      users: [{ name: 'me', user }],
    }),
  );
  return file;
}

function sourceOf(
  file: string,
  allowExec = false,
  lines: Pick<Parameters<typeof apiSource>[0], 'onLine' | 'onEnded'> = {
    onLine: () => Promise.resolve(),
    onEnded: () => undefined,
  },
): KubeSource {
  return apiSource({
    file,
    login: () => readKubeconfig(file, null, allowExec),
    signal: stop.signal,
    now: () => Date.now(),
    ...lines,
  });
}

const reason = async (source: KubeSource): Promise<string> => {
  const answer = await source.get(pods, ask);
  return answer.ok ? '' : `${answer.failure.state}: ${answer.failure.reason}`;
};

describe('a kubeconfig', () => {
  it('lists what kubectl lists, and says how to do the same', async () => {
    const file = await kubeconfig(plain, {}, {});
    const source = sourceOf(file);
    const answer = await source.get('/api/v1/nodes?limit=500', ask);
    const list = answer.ok ? parseKubeList(answer.value, 'nodes') : null;
    expect(list?.ok === true && list.value.facts.map(({ name }) => name)).toEqual(['n1']);
    expect(source.command(pods)).toBe(
      `kubectl --kubeconfig=${file} --context=lab get --raw '/api/v1/pods?limit=500'`,
    );
    const { stdout } = await promisify(execFile)('sh', ['-c', source.command('/api/v1/nodes?limit=500')]);
    expect(parseKubeList(stdout, 'nodes')).toEqual(list);
    expect(rawCommand(pods)).toContain(pods);
    expect(await source.get('/apis/cilium.io/v2/ciliumnodes', ask)).toMatchObject({
      failure: { state: 'absent' },
    });
  });

  it('follows a watch, line by line', async () => {
    const told: string[] = [];
    const source = sourceOf(await kubeconfig(plain, {}, {}), false, {
      onLine: (_, line) => {
        const event = parseWatchLine(line, 'services');
        told.push('fact' in event ? event.fact.name : event.type);
        return Promise.resolve();
      },
      onEnded: () => undefined,
    });
    source.watch('s', '/api/v1/services?watch=1&allowWatchBookmarks=1&resourceVersion=1');
    const spec = { ports: [{ port: 80 }], clusterIP: '10.96.0.9' };
    const object = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec,
    };
    await create('/api/v1/namespaces/default/services', object);
    await vi.waitFor(() => expect(told).toContain('web'), 5_000);
    source.unwatch('s');
  });

  it('proves who we are by certificate or token, and knows whom it talks to', async () => {
    const etcd = join(folder, 'etcd');
    const authority = { 'certificate-authority': join(etcd, 'ca.crt') };
    const certificate = {
      'client-certificate': 'etcd/healthcheck-client.crt',
      'client-key-data': (await readFile(join(etcd, 'healthcheck-client.key'))).toString('base64'),
    };
    seen = [];
    expect(await reason(sourceOf(await kubeconfig(tls, authority, certificate)))).toBe('');
    expect(await reason(sourceOf(await kubeconfig(tls, authority, { token: 'good' })))).toBe('');
    expect(seen).toEqual([
      { authorization: undefined, client: 'kube-etcd-healthcheck-client' },
      { authorization: 'Bearer good', client: undefined },
    ]);
    expect(await reason(sourceOf(await kubeconfig(tls, authority, { token: 'bad' })))).toMatch(
      /^not-permitted: the API server says: pods is forbidden.*cannot list resource "pods"/,
    );
    expect(await reason(sourceOf(await kubeconfig(tls, {}, { token: 'good' })))).toMatch(/certificate/);
    expect(
      await reason(sourceOf(await kubeconfig(tls, { 'insecure-skip-tls-verify': true }, { token: 'good' }))),
    ).toBe('');
  });

  it('of several files the first that names something counts, each with paths of its own folder', async () => {
    const inner = await mkdtemp(join(folder, 'more-'));
    const first = join(folder, 'first');
    const contexts = [{ name: 'both', context: { cluster: 'theirs', user: 'me' } }];
    const clusters = [
      { name: 'theirs', cluster: { server: tls, 'certificate-authority': '../etcd/ca.crt' } },
    ];
    await writeFile(first, JSON.stringify({ users: [{ name: 'me', user: { tokenFile: 'token' } }] }));
    await writeFile(join(folder, 'token'), 'good\n');
    await writeFile(
      join(inner, 'second'),
      JSON.stringify({
        'current-context': 'both',
        contexts,
        clusters,
        users: [{ name: 'me', user: { token: 'bad' } }],
      }),
    );
    const merged = [join(folder, 'absent'), first, join(inner, 'second')].join(delimiter);
    const source = sourceOf(merged);
    expect(await reason(source)).toBe('');
    // kubectl's flag takes one file only.
    expect(source.command(pods)).toMatch(/^KUBECONFIG=\S+second'? kubectl --context=both get --raw /);
  });

  it('acts as whom the file says, and not as more', async () => {
    acting = [];
    const as = { token: 'good', as: 'viewer', 'as-groups': ['ops', 'audit'] };
    const insecure = { 'insecure-skip-tls-verify': true };
    expect(await reason(sourceOf(await kubeconfig(tls, insecure, as)))).toBe('');
    expect(acting).toEqual(['viewer', 'ops, audit']);
    const extra = await kubeconfig(tls, insecure, { ...as, 'as-user-extra': { scopes: ['x'] } });
    expect(await reason(sourceOf(extra))).toContain('as-user-extra is not understood');
  });

  it('says as long as it is so that nobody checks whom we talk to', async () => {
    const cautionOf = async (server: string, cluster: object, user: object): Promise<string | null> => {
      const source = sourceOf(await kubeconfig(server, cluster, user));
      await source.get(pods, ask);
      return source.caution();
    };
    expect(await cautionOf(tls, { 'insecure-skip-tls-verify': true }, { token: 'good' })).toMatch(
      /is not verified \(insecure-skip-tls-verify in .*Give the kubeconfig its certificate-authority\.$/,
    );
    const authority = { 'certificate-authority': join(folder, 'etcd', 'ca.crt') };
    expect(await cautionOf(tls, authority, { token: 'good' })).toBeNull();
    // Nobody is between us and ourselves.
    expect(await cautionOf(plain, {}, { token: 'good' })).toBeNull();
  });

  it('goes through the proxy that it names, and says when that is of no use', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = http.createServer().on('connect', (request: http.IncomingMessage, socket: Duplex) => {
      asked.push(request.url, request.headers['proxy-authorization']);
      if (request.headers['proxy-authorization'] === undefined) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const [host, port] = (request.url ?? '').split(':');
      const through = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        through.pipe(socket).pipe(through);
      });
      through.on('error', () => socket.destroy());
      socket.on('error', () => through.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    try {
      const through = (url: string): Promise<string> =>
        kubeconfig(
          tls,
          { 'certificate-authority': join(folder, 'etcd', 'ca.crt'), 'proxy-url': url },
          { token: 'good' },
        );
      expect(await reason(sourceOf(await through(`http://me:secret@127.0.0.1:${port}`)))).toBe('');
      expect(asked).toEqual([new URL(tls).host, `Basic ${Buffer.from('me:secret').toString('base64')}`]);
      expect(await reason(sourceOf(await through(`http://127.0.0.1:${port}`)))).toContain(
        `the proxy 127.0.0.1:${port} refuses ${new URL(tls).host} (407 Proxy Authentication Required)`,
      );
      expect(await reason(sourceOf(await through('http://127.0.0.1:1')))).toContain(
        'the proxy 127.0.0.1:1 cannot be reached',
      );
      expect(await reason(sourceOf(await through('socks5://127.0.0.1:1')))).toContain(
        'only http:// in front of',
      );
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it('runs a program to log in only where the cluster file allows it', async () => {
    const program = join(folder, 'login');
    await writeFile(
      program,
      `#!/bin/sh\nprintf %s "$KUBERNETES_EXEC_INFO" >${folder}/ran\necho '{"kind":"ExecCredential","status":{"token":"good"}}'\n`,
    );
    await chmod(program, 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './login',
      provideClusterInfo: true,
    };
    const file = await kubeconfig(tls, { 'insecure-skip-tls-verify': true }, { exec });
    expect(await reason(sourceOf(file))).toMatch(
      /would run the program \.\/login .* inventory\.allowExec: true/,
    );
    await expect(readFile(join(folder, 'ran'))).rejects.toThrow();
    expect(await reason(sourceOf(file, true))).toBe('');
    const told: unknown = JSON.parse(await readFile(join(folder, 'ran'), 'utf8'));
    expect(told).toMatchObject({ spec: { interactive: false, cluster: { server: tls } } });
    await writeFile(program, '#!/bin/sh\necho no way in >&2; exit 3\n');
    expect(await reason(sourceOf(file, true))).toBe('failed: ./login, which logs in, failed: no way in');
  });

  it.each([
    ['nothing', /cannot be read/],
    ['[]', /no kubeconfig/],
    [
      '{"current-context":"x","contexts":[{"name":"y","context":{"cluster":"c"}}]}',
      /no context "x"; name one of y/,
    ],
    [
      '{"current-context":"y","contexts":[{"name":"y","context":{"cluster":"c"}}],"clusters":[{"name":"c","cluster":{"server":"ftp://x"}}]}',
      /cluster "c" is not understood/,
    ],
    [': : :', /cannot be read/],
    [
      '{"contexts":[{"name":"y","context":{"cluster":"c"}}]}',
      /names no current-context; name one of y under/,
    ],
    ['{"current-context":"x"}', /it has no context/],
  ])('that is wrong says why: %s', async (text, sentence) => {
    const file = join(folder, 'wrong');
    if (text === 'nothing') await rm(file, { force: true });
    else await writeFile(file, text);
    const read = await readKubeconfig(file, null, false);
    expect(read.ok ? '' : read.failure.sentence).toMatch(sentence);
  });

  it('an API server that is not there or does not answer is said within the deadline', async () => {
    expect(await reason(sourceOf(await kubeconfig('http://127.0.0.1:1', {}, {})))).toMatch(
      /nothing listens there/,
    );
    const mute = http.createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => mute.once('listening', resolve));
    const source = sourceOf(
      await kubeconfig(`http://127.0.0.1:${(mute.address() as AddressInfo).port}`, {}, {}),
    );
    const answer = await source.get(pods, { deadlineMs: 200, signal: stop.signal });
    expect(answer.ok ? '' : answer.failure.reason).toMatch(/did not answer/);
    mute.closeAllConnections();
    mute.close();
  });
});

it('every kind is listed, absent or said; what changes is known', async () => {
  const host = new TopologyHost({
    workerFile: new URL('../engine/topology-worker.ts', import.meta.url),
    topology: () => emptyTopology('test'),
    onPatch: () => undefined,
    keepEvidence: () => undefined,
    onNotice: () => undefined,
  });
  const file = await kubeconfig(plain, {}, {});
  const changed: string[] = [];
  const watch: InventoryWatch = new InventoryWatch({
    source: sourceOf(file, false, {
      onLine: (stream, line) => watch.onStreamLine(stream, line),
      onEnded: (stream, said) => watch.onStreamEnded(stream, said),
    }),
    host,
    follow: true,
    now: () => Date.now(),
    onPodsChanged: (names) => changed.push(...names),
    onLimit: () => undefined,
  });
  watch.start();
  await vi.waitFor(() => expect([watch.listed, watch.whole]).toEqual([true, true]), 15_000);
  expect(watch.limit).toBeNull();
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] };
  const metadata = { name: 'p', namespace: 'default' };
  await create('/api/v1/namespaces/default/pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
  await vi.waitFor(() => expect(changed).toContain('n1'), 5_000);
  watch.close();
  await host[Symbol.asyncDispose]();
}, 40_000);
