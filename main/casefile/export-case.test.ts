import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yauzl from 'yauzl';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noLoss, noWatch, type WatchView } from '../../app/contract/watch.ts';
import type { PacketColumns, PacketStretch } from '../../app/packet/file/pcapng-writer.ts';
import { parseRulesText } from '../../app/probe/ip-rules.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { PodEntity, Topology } from '../../app/topology/model.ts';
import { exportCase, type SessionParts } from './export-case.ts';
import { readCaseManifest } from './read-manifest.ts';

const { signal } = new AbortController();
const at = { s: 1_700_000_000, ns: 1 };
const now = Date.UTC(2026, 10, 26, 2, 0, 0);

const demo: PodEntity = {
  id: 'pod:1',
  namespace: 'default',
  name: 'c2c-network-demo',
  nodeId: 'node:1',
  nodeName: 'k8s-worker-1',
  ips: ['192.168.1.2'],
  phase: 'Running',
  ready: null,
  hostNetwork: false,
  labels: {},
  moreLabels: 0,
  netnsId: 'netns:2',
  podInterfaceId: null,
  hostInterfaceId: null,
  contradictions: [],
  since: at,
  until: null,
  evidence: ['e1'],
};

const topology: Topology = {
  ...emptyTopology('lab'),
  revision: 7,
  pods: { [demo.id]: demo },
  forwarding: {
    'netns:1': {
      netnsId: 'netns:1',
      nodeId: 'node:1',
      at,
      routes: [],
      rules: parseRulesText('0:\tfrom all lookup local', 4).entries,
      neighbours: [],
      evidence: ['e1'],
    },
  },
  evidence: {
    e1: {
      id: 'e1',
      nodeLabel: 'k8s-worker-1',
      command: 'ip -j route',
      at,
      seenAt: now,
      state: 'ok',
      exitStatus: 0,
      bytes: 12,
    },
  },
  warnings: ['Two Pods have the address 192.168.1.9.'],
};

const watch: WatchView = {
  ...noWatch,
  run: 1,
  state: 'ended',
  target: { podId: demo.id, name: 'default/c2c-network-demo', addresses: ['192.168.1.2'] },
  since: now - 10_000,
  sentences: ['The Pod is gone.'],
  packets: { total: 1000, kept: 3, bytes: 4096 },
  loss: { kernel: 5, governor: 0, ours: 0 },
  captures: [
    {
      id: 1,
      nodeLabel: 'k8s-worker-1',
      pod: null,
      state: 'off',
      since: now,
      sentence: null,
      packets: 998,
      loss: { kernel: 5, governor: 0, ours: 0 },
      watermark: at,
    },
    {
      id: 2,
      nodeLabel: 'k8s-worker-1',
      pod: { id: demo.id, name: 'c2c-network-demo' },
      state: 'off',
      since: now,
      sentence: 'The Pod is gone.',
      packets: 2,
      loss: noLoss,
      watermark: null,
    },
  ],
  vantagePoints: [
    {
      id: 11,
      captureId: 1,
      label: 'k8s-worker-1/ens192',
      nodeLabel: 'k8s-worker-1',
      podName: null,
      interfaceName: 'ens192',
      interfaceId: 'if:1',
      packets: 998,
    },
    {
      id: 12,
      captureId: 2,
      label: 'k8s-worker-1/c2c-network-demo/eth0',
      nodeLabel: 'k8s-worker-1',
      podName: 'c2c-network-demo',
      interfaceName: 'eth0',
      interfaceId: null,
      packets: 2,
    },
  ],
};

/** SLL2, IPv4, UDP from the Pod, and a payload. */
const udp = Buffer.concat([
  Buffer.from('0800000000000002000100060a0b0c0d0e0f0000', 'hex'),
  Buffer.from('450000230000400040110000c0a80102c0a80203', 'hex'),
  Buffer.from('9c400fa0000f0000', 'hex'),
  Buffer.from('secret!'),
]);

function segment(
  places: readonly (readonly [captureId: number, ifindex: number])[],
  raw: PacketColumns['raw'] = () => udp,
): PacketStretch {
  const every = (value: number): number[] => places.map(() => value);
  const columns: PacketColumns = {
    seconds: every(at.s),
    nanoseconds: places.map((_, index) => index),
    captureId: places.map(([captureId]) => captureId),
    ifindex: places.map(([, ifindex]) => ifindex),
    linkType: every(276),
    packetType: every(4),
    len: every(udp.length),
    payloadOffset: () => 48,
    comment: () => null,
    raw,
  };
  return { count: places.length, open: () => columns };
}

const parts: SessionParts = {
  topology,
  watch,
  captures: new Map([
    [1, { filter: 'host 192.168.1.2', snaplen: 128, linkType: 276, received: 1003 }],
    [2, { filter: 'host 192.168.1.2', snaplen: 128, linkType: 276, received: 2 }],
  ]),
  ifindexes: new Map([
    [11, 2],
    [12, 3],
  ]),
  pointOf: () => 0,
  segments: [
    segment([
      [1, 2],
      [2, 3],
    ]),
    segment([[1, 9]]),
  ],
  sentences: ['k8s-worker-2: nobody answers.', 'The Pod is gone.'],
  since: now - 60_000,
  now,
  payload: false,
};

async function unzip(file: string): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  const zip = await yauzl.openPromise(file, { autoClose: false, lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    members.set(entry.fileName, Buffer.concat(chunks));
  }
  zip.close();
  return members;
}

describe('a case file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hopscope-case-'));
    file = join(folder, 'session.zip');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('holds what its manifest says, byte for byte', async () => {
    expect(await exportCase(file, parts, { signal })).toEqual({ ok: true, value: { packets: 3 } });
    const members = await unzip(file);
    const manifest = await readCaseManifest(file);
    if (!manifest.ok) throw new Error(manifest.failure.sentence);
    expect([...members.keys()]).toEqual([
      'readme.txt',
      'packets.pcapng',
      'topology.json',
      'routes.json',
      'manifest.json',
    ]);
    members.delete('manifest.json');
    expect(manifest.value.files).toEqual(
      [...members].map(([name, content]) => ({
        name,
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      })),
    );
    expect({ ...manifest.value, files: [] }).toEqual({
      format: 'hopscope-case',
      schema: 0,
      program: 'Hopscope 0.1.0',
      cluster: 'lab',
      created: '2026-11-26T02:00:00.000Z',
      session: { since: '2026-11-26T01:59:00.000Z', until: '2026-11-26T02:00:00.000Z' },
      watch: { since: '2026-11-26T01:59:50.000Z', target: watch.target, expression: null },
      packets: { written: 3, decoded: 1000 },
      loss: { kernel: 5, governor: 0, ours: 0 },
      captures: [
        {
          id: 1,
          node: 'k8s-worker-1',
          pod: null,
          linkType: 276,
          snaplen: 128,
          filter: 'host 192.168.1.2',
          packets: 998,
          loss: { kernel: 5, governor: 0, ours: 0 },
          watermark: at,
          sentence: null,
        },
        {
          id: 2,
          node: 'k8s-worker-1',
          pod: 'c2c-network-demo',
          linkType: 276,
          snaplen: 128,
          filter: 'host 192.168.1.2',
          packets: 2,
          loss: noLoss,
          watermark: null,
          sentence: 'The Pod is gone.',
        },
      ],
      vantagePoints: [
        {
          id: 11,
          captureId: 1,
          ifindex: 2,
          label: 'k8s-worker-1/ens192',
          linkType: 276,
          interfaceId: 'if:1',
          packets: 1,
        },
        {
          id: 12,
          captureId: 2,
          ifindex: 3,
          label: 'k8s-worker-1/c2c-network-demo/eth0',
          linkType: 276,
          interfaceId: null,
          packets: 1,
        },
        {
          id: null,
          captureId: 1,
          ifindex: 9,
          label: 'k8s-worker-1/if9',
          linkType: 276,
          interfaceId: null,
          packets: 1,
        },
      ],
      files: [],
      redactions: ['payload'],
      sentences: [
        'The Pod is gone.',
        'k8s-worker-2: nobody answers.',
        'Two Pods have the address 192.168.1.9.',
      ],
    });
  });

  it('has packets that tshark reads by interface and name, without payload', async () => {
    await exportCase(file, parts, { signal });
    const packets = (await unzip(file)).get('packets.pcapng') ?? Buffer.alloc(0);
    const pcapng = join(folder, 'packets.pcapng');
    await writeFile(pcapng, packets);
    const out = execFileSync(
      'tshark',
      [
        ...['-N', 'n', '-r', pcapng, '-T', 'fields'],
        ...['frame.interface_name', 'frame.cap_len', 'frame.len', 'ip.src_host'].flatMap((field) => [
          '-e',
          field,
        ]),
      ],
      { encoding: 'utf8', stdio: 'pipe' },
    );
    expect(out.trimEnd().split('\n')).toEqual([
      'k8s-worker-1/ens192\t48\t55\tc2c-network-demo',
      'k8s-worker-1/c2c-network-demo/eth0\t48\t55\tc2c-network-demo',
      'k8s-worker-1/if9\t48\t55\tc2c-network-demo',
    ]);
    expect(packets.includes('secret!')).toBe(false);
  });

  it('gives a packet to the device that had its number then', async () => {
    const [wire] = watch.vantagePoints;
    if (wire === undefined) throw new Error('no vantage point');
    const again = { ...wire, id: 13, label: 'k8s-worker-1/calinew', interfaceId: 'if:2' };
    const twice: SessionParts = {
      ...parts,
      watch: { ...watch, vantagePoints: [...watch.vantagePoints, again] },
      ifindexes: new Map([...parts.ifindexes, [13, 2]]),
      // The segment's packets are a nanosecond apart.
      pointOf: (captureId, _, { ns }) => (captureId === 2 ? 12 : ns === 0 ? 11 : 13),
      segments: [
        segment([
          [1, 2],
          [1, 2],
          [2, 3],
          [1, 2],
        ]),
      ],
    };
    await exportCase(file, twice, { signal });
    const manifest = await readCaseManifest(file);
    if (!manifest.ok) throw new Error(manifest.failure.sentence);
    expect(
      manifest.value.vantagePoints.map(({ id, label, interfaceId, packets }) => [
        id,
        label,
        interfaceId,
        packets,
      ]),
    ).toEqual([
      [11, 'k8s-worker-1/ens192', 'if:1', 1],
      [12, 'k8s-worker-1/c2c-network-demo/eth0', null, 1],
      [13, 'k8s-worker-1/calinew', 'if:2', 2],
    ]);
  });

  it('holds payload when it is asked for, and says so', async () => {
    await exportCase(file, { ...parts, payload: true }, { signal });
    const members = await unzip(file);
    expect(members.get('packets.pcapng')?.includes('secret!')).toBe(true);
    expect(members.get('readme.txt')?.toString()).toContain('it may hold secrets');
    const manifest = await readCaseManifest(file);
    expect(manifest.ok && manifest.value.redactions).toEqual([]);
  });

  it('has topology and routes apart, whole', async () => {
    await exportCase(file, parts, { signal });
    const members = await unzip(file);
    const parse = (name: string): unknown => JSON.parse(members.get(name)?.toString() ?? '');
    const { forwarding, ...rest } = topology;
    expect(parse('topology.json')).toEqual(rest);
    expect(parse('routes.json')).toEqual({
      schema: 0,
      namespaces: [{ node: 'node:1', pod: null, ...forwarding['netns:1'] }],
    });
  });

  it('of a session without a watch is one, too', async () => {
    const result = await exportCase(file, { ...parts, watch: noWatch, segments: [] }, { signal });
    expect(result).toEqual({ ok: true, value: { packets: 0 } });
    const manifest = await readCaseManifest(file);
    expect(manifest.ok && manifest.value.watch).toBeNull();
  });

  it('called off in the middle of the packets leaves the old file and nothing else', async () => {
    await writeFile(file, 'old');
    const stop = new AbortController();
    let asked = 0;
    const raw = (): Uint8Array => {
      if (++asked === 50_000) stop.abort();
      return udp;
    };
    const result = await exportCase(
      file,
      {
        ...parts,
        segments: [
          segment(
            Array.from({ length: 100_000 }, () => [1, 2] as const),
            raw,
          ),
        ],
      },
      { signal: stop.signal },
    );
    expect(result.ok).toBe(false);
    // Nobody goes on reading packets for a file that will not be.
    expect(asked).toBeLessThan(100_000);
    expect(await readdir(folder)).toEqual(['session.zip']);
    expect(await readFile(file, 'utf8')).toBe('old');
  });

  it('says how many packets left while it was written', async () => {
    const gone: PacketStretch = { count: 7, open: () => null };
    const result = await exportCase(file, { ...parts, segments: [gone, ...parts.segments] }, { signal });
    expect(result).toEqual({ ok: true, value: { packets: 3 } });
    const manifest = await readCaseManifest(file);
    if (!manifest.ok) throw new Error(manifest.failure.sentence);
    expect(manifest.value.sentences.at(-1)).toMatch(/^7 of the oldest packets are not in it/u);
  });

  it('whose packets cannot be read is not written', async () => {
    const raw = (): Uint8Array => {
      throw new Error('a packet segment is cut off');
    };
    const result = await exportCase(file, { ...parts, segments: [segment([[1, 2]], raw)] }, { signal });
    expect(result.ok ? '' : result.failure.sentence).toContain('a packet segment is cut off');
    expect(await readdir(folder)).toEqual([]);
  });
});
