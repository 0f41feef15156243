// Captures on the nodes of a real lab: which of our own packets they leave out, with which rights they run, and what a
// login shell may print before them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PacketStore } from '../../app/packet/store/packet-store.ts';
import { capture, type CaptureEvent, type CaptureRequest } from '../node/capture.ts';
import { nodeWrapper } from '../node/node-wrapper.ts';
import { CAPTURE_PATH, detectRights, type Rights } from '../node/rights.ts';
import { wrapperText, wrapperVersion } from '../node/wrapper.ts';
import { SshConnector } from '../ssh/ssh-connector.ts';
import { must, nobody, textOf } from '../ssh/testing/client-side.ts';
import type { NodeTarget, NodeTransport } from '../ssh/transport.ts';
import { readClusterFile } from './cluster-file.ts';
import { startLab, type Lab } from './testing/lab.ts';

const { signal } = new AbortController();
const request: CaptureRequest = {
  namespace: null,
  interfaceName: null,
  addresses: ['192.168.2.3'],
  expression: null,
  exclude: [],
  snaplen: 128,
};
/** UDP to it is no service's: only what the tests send. */
const DISCARD = 9;
let lab: Lab;
const targets = new Map<string, NodeTarget>();

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hopscope-capture-lab-'));
  const wrapper = join(folder, 'hopscope-node');
  await writeFile(wrapper, wrapperText(nodeWrapper));
  lab = await startLab('capture-test', '--wrapper', wrapper);
  await rm(folder, { recursive: true });
  const file = must(await readClusterFile(lab.rightsClusterFile));
  for (const { name, host, port = null, user = null, identityFile = null } of file.nodes) {
    const knownHostsFile = file.knownHosts ?? null;
    const at = { label: name, host, port, user, identityFile, knownHostsFile };
    targets.set(name, { ...at, proxyJump: null, hostKeyAlias: null });
  }
}, 90_000);
afterAll(() => lab[Symbol.asyncDispose]());

async function reach(node: string, over: Partial<NodeTarget> = {}): Promise<NodeTransport> {
  const target = targets.get(node);
  if (target === undefined) throw new Error(`no node ${node}`);
  const local = { home: '/nonexistent', user: 'root', uid: 0, hostname: 'client', env: {} };
  return must(await new SshConnector({ local }).connect({ ...target, ...over }, { signal, prompts: nobody }));
}

async function rightsOn(transport: NodeTransport, sudo = false): Promise<Rights> {
  return must(
    await detectRights(transport, {
      signal,
      sudo,
      wrapperVersion: sudo ? wrapperVersion(nodeWrapper) : null,
    }),
  );
}

interface Watched extends AsyncDisposable {
  readonly store: PacketStore;
  /** Packets so far that hold true. */
  count(holds: (packet: { ports: readonly number[]; seconds: number }) => boolean): number;
  /** Reads on until it holds. */
  until(holds: () => boolean): Promise<void>;
}

async function watch(
  transport: NodeTransport,
  rights: Rights,
  over: Partial<CaptureRequest> = {},
): Promise<Watched> {
  const asked = { ...request, ...over };
  const running = must(await capture(transport, rights, asked, { signal, label: 'the node' }));
  const events = running.events[Symbol.asyncIterator]();
  const store = new PacketStore({ maxBytes: 8e6 });
  const decoder = store.decoder(1);
  const next = async (): Promise<CaptureEvent> => {
    const { value } = (await events.next()) as { value: CaptureEvent };
    if (value.kind === 'end') throw new Error(value.failure?.sentence);
    if (value.kind === 'bytes') decoder.push(value.bytes);
    expect(decoder.broken).toBeNull();
    return value;
  };
  // tcpdump answers: it listens.
  for (let listens = false; !listens;) listens = (await next()).kind === 'tick';
  return {
    store,
    count: (holds) =>
      store.segments.reduce((sum, segment) => {
        for (let row = 0; row < segment.count; row += 1) {
          const ports = [segment.sourcePort[row] ?? 0, segment.destinationPort[row] ?? 0];
          if (holds({ ports, seconds: segment.seconds[row] ?? 0 })) sum += 1;
        }
        return sum;
      }, 0),
    async until(holds) {
      while (!holds()) await next();
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Why a capture does not run, whether it is told at once or at its end. */
async function refused(transport: NodeTransport, rights: Rights, over: Partial<CaptureRequest> = {}) {
  const asked = { ...request, ...over };
  const running = await capture(transport, rights, asked, { signal, label: 'the node' });
  if (!running.ok) return running.failure;
  for await (const event of running.value.events) if (event.kind === 'end') return event.failure;
  return null;
}

const first = (watched: Watched) => watched.until(() => watched.store.total > 0);

async function nothingLeftOn(node: string): Promise<void> {
  const look = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -a '^[^ ]*tcpdump '; done; true";
  await expect.poll(async () => (await lab.exec(node, 'sh', '-c', look)).trim(), { timeout: 8_000 }).toBe('');
}

const DATAGRAMS = 20;
/** Sends so many, a second long. */
async function datagrams(node: string, address: string): Promise<void> {
  const send = `for i in $(seq ${DATAGRAMS}); do echo >/dev/udp/${address}/${DISCARD}; sleep 0.05; done`;
  await lab.exec(node, 'bash', '-c', send);
}

/** A Pod's process as its node counts, and its network namespace. */
async function podOf(node: string, address: string): Promise<{ pid: number; inode: number }> {
  const script = `for p in /proc/[0-9]*; do n=$(readlink $p/ns/net)
    if [ "$n" != "$(readlink /proc/1/ns/net)" ] && grep -q '${address}$' $p/net/fib_trie; then echo "$p $n"; break; fi; done`;
  const [, pid, inode] = /\/(\d+) net:\[(\d+)\]/.exec(await lab.exec(node, 'sh', '-c', script)) ?? [];
  return { pid: Number(pid), inode: Number(inode) };
}

describe('our own SSH', () => {
  it("is left out where it crosses another node's NIC as a jump, and would be there else", async () => {
    const worker1 = targets.get('k8s-worker-1');
    if (worker1 === undefined) throw new Error('no worker');
    const asRoot = { ...worker1, user: 'root' };
    await using transport1 = await reach('k8s-worker-1', { user: 'root' });
    await using transport2 = await reach('k8s-worker-2', {
      host: '10.12.22.152',
      port: 22,
      user: 'root',
      proxyJump: 'k8s-worker-1',
      namesakes: new Map([['k8s-worker-1', asRoot]]),
    });
    const root = await rightsOn(transport1);
    const { sshConnection } = await rightsOn(transport2);
    if (sshConnection === null) throw new Error('the node did not say how it sees us');
    expect(sshConnection).toMatchObject({ client: '10.12.22.151', server: '10.12.22.152', serverPort: 22 });

    const seen = async (exclude: CaptureRequest['exclude']): Promise<number> => {
      await using watched = await watch(transport1, root, { addresses: ['10.12.22.152'], exclude });
      const others = (): number => watched.count(({ ports }) => ports.includes(DISCARD));
      const before = datagrams('k8s-worker-1', '10.12.22.152');
      await watched.until(() => others() > 0);
      await using channel = must(await transport2.open('echo over the jump', { signal }));
      expect(await textOf(channel.stdout)).toBe('over the jump\n');
      await before;
      const after = datagrams('k8s-worker-1', '10.12.22.152');
      // In their order: what came before the last of these is there.
      await watched.until(() => others() >= 2 * DATAGRAMS);
      await after;
      return watched.count(({ ports }) => ports.includes(22));
    };
    expect(await seen([sshConnection])).toBe(0);
    expect(await seen([])).toBeGreaterThan(0);
    await nothingLeftOn('k8s-worker-1');
  }, 30_000);
});

describe('the rights of a login', () => {
  it('through the wrapper suffice for the node and for the inside of its Pods', async () => {
    await using transport = await reach('k8s-worker-1');
    const rights = await rightsOn(transport, true);
    expect(rights.tier).toBe(2);
    const namespace = await podOf('k8s-worker-1', '192.168.1.2');
    for (const over of [{}, { namespace }]) {
      await using watched = await watch(transport, rights, over);
      await first(watched);
    }
    await nothingLeftOn('k8s-worker-1');
    const gone = { ...namespace, inode: namespace.inode + 100_000 };
    expect(await refused(transport, rights, { namespace: gone })).toMatchObject({ kind: 'namespace-gone' });
    expect(await refused(transport, rights, { expression: 'hostt 1.2.3.4' })).toMatchObject({
      kind: 'filter-refused',
    });
    await nothingLeftOn('k8s-worker-1');
  }, 30_000);

  it('with the copy that may capture suffice for the node; without it for nothing, and each says so', async () => {
    await using transport = await reach('k8s-worker-2');
    const plain = await rightsOn(transport);
    expect(plain.tier).toBe(0);
    const nothing = await refused(transport, plain);
    expect(nothing).toMatchObject({ kind: 'not-permitted' });
    expect(nothing?.sentence).toMatch(
      /^This login may not capture on the node: log in as root, install the wrapper/,
    );

    const folder = CAPTURE_PATH.replace(/\/[^/]*$/, '');
    const copy = `mkdir -p ${folder} && cp /usr/bin/tcpdump ${CAPTURE_PATH} && chown root:viewer ${CAPTURE_PATH} && chmod 750 ${CAPTURE_PATH}`;
    await lab.exec('k8s-worker-2', 'sh', '-c', copy);
    const copied = await rightsOn(transport);
    expect(copied.tier).toBe(1);
    expect((await refused(transport, copied))?.sentence).toContain('give the copy its rights again (setcap');
    await lab.exec('k8s-worker-2', '/usr/sbin/setcap', 'cap_net_raw+ep', CAPTURE_PATH);
    {
      await using watched = await watch(transport, copied);
      await first(watched);
    }
    await nothingLeftOn('k8s-worker-2');
    const namespace = await podOf('k8s-worker-2', '192.168.2.3');
    const inside = await refused(transport, copied, { namespace });
    expect(inside).toMatchObject({ kind: 'not-permitted' });
    expect(inside?.sentence).toMatch(
      /^This login may not enter Pods on the node, so nothing is captured inside/,
    );
  }, 30_000);
});

describe('noise before a capture', () => {
  it('of a login shell is never taken for a packet, though it looks like a capture', async () => {
    // A whole capture of one ping of 1970, in the form of `any`: header, record, and the rest of a profile's words.
    const header = String.raw`\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\200\000\000\000\024\001\000\000`;
    const record = String.raw`\001\000\000\000\000\000\000\000\004\000\000\000\004\000\000\000noise`;
    const profile = `printf '${header}${record}'\ncat /etc/motd\necho 'Welcome to Debian' >&2\nprintf '${header}'\n`;
    const write = 'printf %s "$0" >/root/.bashrc && echo "Authorised use only" >/etc/motd';
    await lab.exec('k8s-master', 'sh', '-c', write, profile);
    await using transport = await reach('k8s-master');
    await using loud = must(await transport.open('echo done', { signal }));
    expect(await textOf(loud.stdout)).toContain('noiseAuthorised use only\n');
    const rights = await rightsOn(transport);
    expect(rights.tier).toBe(3);
    await using watched = await watch(transport, rights, { addresses: ['10.12.22.152'] });
    const sending = datagrams('k8s-master', '10.12.22.152');
    await watched.until(() => watched.count(({ ports }) => ports.includes(DISCARD)) > 0);
    await sending;
    expect(watched.count(({ seconds }) => seconds < 1e9)).toBe(0);
  }, 30_000);
});
