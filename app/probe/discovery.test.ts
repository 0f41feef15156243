import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseDiscovery } from './discovery.ts';
import { FACT_NAMES, mergeSnapshots, type NodeSnapshot } from './snapshot.ts';

const nonce = 'abcdef0123456789';
const bytes = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const parse = (output: Uint8Array, seenAt = 1) => parseDiscovery(output, { nonce, nodeLabel: 'w', seenAt });
const snapshotOf = (output: Uint8Array, seenAt = 1): NodeSnapshot => {
  const parsed = parse(output, seenAt);
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  return parsed.value;
};
const joined = (...parts: (string | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => [...(typeof part === 'string' ? new TextEncoder().encode(part) : part)]),
  );

const root = bytes('discovery-root.txt');
const plain = bytes('discovery-plain-user.txt');

describe('a discovery by root', () => {
  const snapshot = snapshotOf(root);

  it('reads every part', () => {
    expect(snapshot.cutOff).toBeNull();
    // Recorded before these were read.
    const later: readonly string[] = [
      'logs',
      'counters',
      'firewall',
      'fdb',
      'cni',
      'settings',
      'cost',
      'kernelLog',
      'insides',
      'tracked',
    ];
    const recorded = FACT_NAMES.filter((name) => !later.includes(name));
    expect(recorded.map((name) => [name, snapshot[name]?.state])).toEqual(
      recorded.map((name) => [name, 'ok']),
    );
    expect(snapshot.meta).toMatchObject({ hostname: 'k8s-worker-1', uid: 0 });
    expect(snapshot.meta.tools).toContain('tcpdump');
    expect(snapshot.links?.value?.map(({ name }) => name)).toEqual([
      'lo',
      'ens192',
      'docker0',
      'calid9d486e54a8',
      'cali0761ccbeace',
    ]);
    expect(snapshot.bird?.value).toMatchObject({ state: 'running', version: '2.0.12' });
    expect(snapshot.bird?.value?.protocols.map(({ name, info }) => [name, info])).toEqual([
      ['Mesh_10_12_22_150', 'Established'],
      ['Mesh_10_12_22_152', 'Established'],
    ]);
    expect(snapshot.at.s).toBe(snapshot.evidence[0]?.at?.s);
  });

  it('sees into Pods', () => {
    const pods = snapshot.pods?.value ?? [];
    expect(pods.map(({ addresses }) => addresses).sort()).toEqual([['192.168.1.2'], ['192.168.1.3']]);
    const inside = pods
      .find(({ addresses }) => addresses[0] === '192.168.1.2')
      ?.links.find(({ name }) => name === 'eth0');
    expect(inside).toMatchObject({
      ifindex: 3,
      peerIfindex: 4,
      mtu: 1440,
      operstate: 'UP',
      adminUp: true,
      carrier: true,
    });
    expect(inside?.addresses[0]).toEqual({
      address: '192.168.1.2',
      prefixLength: 32,
      family: 4,
      scope: 'global',
    });
  });

  it('keeps the command and the raw output of everything', () => {
    expect(snapshot.evidence.map(({ id }) => id)).toContain('w/bird:/var/run/calico/bird.ctl');
    const links = snapshot.evidence.find(({ id }) => id === 'w/links');
    expect(links).toMatchObject({
      command: 'ip -j -d addr show',
      exitStatus: 0,
      state: 'ok',
      nodeLabel: 'w',
      seenAt: 1,
    });
    const range = snapshot.outputs.find(({ evidenceId }) => evidenceId === 'w/links');
    const text = new TextDecoder('utf-8').decode(root.subarray(range?.start, range?.end));
    expect(JSON.parse(text)).toHaveLength(5);
    expect((range?.end ?? 0) - (range?.start ?? 0)).toBe(links?.bytes);
  });
});

describe('a discovery by a plain user', () => {
  const snapshot = snapshotOf(plain);

  it('says what it may not see, and never that there is nothing', () => {
    expect([
      snapshot.netns?.state,
      snapshot.pods?.state,
      snapshot.nsids?.state,
      snapshot.bird?.state,
    ]).toEqual(Array(4).fill('not-permitted'));
    for (const part of [snapshot.netns, snapshot.pods, snapshot.nsids, snapshot.bird])
      expect(part?.sentence).toMatch(/login/);
    expect(snapshot.bird?.value?.state).toBe('not-permitted');
    expect(snapshot.evidence.find(({ id }) => id === 'w/netns')?.state).toBe('not-permitted');
  });

  it('sees what everybody sees', () => {
    expect(snapshot.routes4?.state).toBe('ok');
    expect(snapshot.links?.value?.length).toBe(5);
  });
});

describe('an output that is not as it should be', () => {
  it('may have noise around it', () => {
    const noisy = snapshotOf(
      joined('Welcome to k8s-worker-1!\n#abcdef begin links 1 x\n', root, '\nlogout\n'),
    );
    expect({ ...noisy, outputs: [] }).toEqual({ ...snapshotOf(root), outputs: [] });
  });

  it('keeps whole sections when it is cut anywhere', () => {
    const whole = snapshotOf(root);
    for (let length = 0; length < root.length; length += 97) {
      const parsed = parse(root.subarray(0, length));
      if (!parsed.ok) {
        expect(['no-answer', 'cut-off', 'no-identity']).toContain(parsed.failure.kind);
        continue;
      }
      // The very last line may be cut without loss.
      if (length < root.length - 80) expect(parsed.value.cutOff).toContain('cut off');
      for (const name of ['links', 'routes4', 'rules4', 'neighbours'] as const) {
        const part = parsed.value[name];
        if (part === null || part.value === null) expect([undefined, 'truncated']).toContain(part?.state);
        else expect(part.value).toEqual(whole[name]?.value);
      }
    }
  });

  it('says what a login shell answered instead', () => {
    const parsed = parse(joined('This account is currently not available.\n'));
    expect(parsed).toMatchObject({
      ok: false,
      failure: { kind: 'no-answer', detail: 'This account is currently not available.' },
    });
    expect(!parsed.ok && parsed.failure.sentence).toContain('login shell');
  });

  const section = (name: string, status: number, stdout: string, stderr = ''): string =>
    `\n#${nonce} begin ${name} 100.50 ip -j ${name}\n${stdout}\n#${nonce} end ${name} ${status} 101.00\n` +
    `\n#${nonce} stderr ${name}\n${stderr}\n`;
  const meta = section('meta', 0, 'sys/kernel/random/boot_id 00000000-0000-0000-0000-000000000000\nuid 0\n');

  it('tells a missing tool, a refusal, a failure and garbage apart', () => {
    const snapshot = snapshotOf(
      joined(
        meta,
        section('links', 127, '', 'sh: 1: ip: not found'),
        section('routes4', 2, '', 'RTNETLINK answers: Operation not permitted'),
        section('routes6', 1, '', 'Dump terminated'),
        section('rules4', 124, ''),
        section('rules6', 0, 'what?'),
        section('neighbours', 0, ''),
      ),
    );
    const states = ['links', 'routes4', 'routes6', 'rules4', 'rules6', 'neighbours'] as const;
    expect(states.map((name) => snapshot[name]?.state)).toEqual([
      'missing-tool',
      'not-permitted',
      'failed',
      'timeout',
      'failed',
      'ok',
    ]);
    expect(snapshot.links?.sentence).toBe('The network devices of w are unknown: ip is not installed there.');
    expect(snapshot.neighbours?.value).toEqual([]);
    expect(snapshot.addresses?.sentence).toBe('The addresses of w are unknown: ip is not installed there.');
    expect(snapshot.nsids).toBeNull();
  });

  it('of a list of settings that was refused or cut nothing is known, and least that it is empty', () => {
    const lists = (sockets: string, wireguard = ''): unknown[] => {
      const snapshot = snapshotOf(joined(meta, section('procsys', 0, ''), sockets, wireguard));
      return [snapshot.settings?.value?.sockets, snapshot.settings?.value?.wireguard];
    };
    expect(lists(section('sockets', 0, ''), section('wireguard', 0, ''))).toEqual([[], []]);
    const refused = section('wireguard', 1, '', 'Unable to access interface: Operation not permitted');
    expect(lists(section('sockets', 124, '==> self/net/tcp <=='), refused)).toEqual([null, null]);
    expect(lists('')).toEqual([null, null]);
  });

  it('reads text from an ip that takes -j and prints text all the same (iproute2 4.14 to 4.16)', () => {
    const snapshot = snapshotOf(
      joined(
        meta,
        section('routes4', 0, 'default via 10.0.0.1 dev eth0 proto 12'),
        section('rules4', 0, '0:\tfrom all lookup local'),
        section('neighbours', 0, '10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE'),
      ),
    );
    expect(snapshot.routes4?.value).toMatchObject([{ dst: '0.0.0.0/0', via: '10.0.0.1', proto: '12' }]);
    expect(snapshot.rules4?.value).toMatchObject([{ priority: 0, table: 'local' }]);
    expect(snapshot.neighbours?.value).toMatchObject([{ dst: '10.0.0.1', state: 'REACHABLE' }]);
  });

  it('says what is missing from the insides of Pods', () => {
    const partly = snapshotOf(
      joined(
        meta,
        section('netns', 0, 'ns 4026532000 7 99 pause\nhidden 0\nunread 23'),
        section('pods', 0, '==> 7/net/dev <=='),
        section('podsys', 124, ''),
      ),
    );
    expect(partly.pods?.state).toBe('ok');
    expect(partly.pods?.sentence).toBe(
      'The inside of 23 network namespaces on w was not read: there are too many. ' +
        'The MTUs, MACs and other ends of devices in Pods of w are unknown: “ip -j podsys” did not end in time.',
    );
    expect(snapshotOf(root).pods?.sentence).toBeNull();
  });

  it('quotes what a tool said when it told a part only', () => {
    const said = section(
      'nsids',
      0,
      'nsid 0 \nlsns failed',
      'lsns: unknown column: NETNSID\nTry lsns --help',
    );
    const { nsids } = snapshotOf(joined(meta, said));
    expect(nsids?.state).toBe('ok');
    expect(nsids?.sentence).toBe(
      'How w numbers its network namespaces is known in part only (lsns: unknown column: NETNSID).',
    );
  });

  it('reads a device name with an escape sequence in it', () => {
    const snapshot = snapshotOf(
      joined(meta, section('links', 0, '[{"ifindex":1,"ifname":"a\u001b[31m","flags":[]}]')),
    );
    expect(snapshot.links?.value?.[0]?.name).toBe('a\u001b[31m');
  });

  it('never throws, and stays bounded, whatever bytes come', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(root, plain),
        fc.array(fc.tuple(fc.nat(30_000), fc.nat(255)), { maxLength: 40 }),
        fc.nat(30_000),
      )
      .map(([output, changes, cut]) => {
        const copy = Uint8Array.from(output);
        for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
        return copy.subarray(0, Math.max(200, cut));
      });
    const forged = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            'begin',
            'end',
            'stderr',
            'links',
            'meta',
            'bird:',
            ' 0 ',
            '\n',
            `\n#${nonce} `,
            '==> 1/net/dev <==\n',
          ),
          fc.string(),
        ),
      )
      .map((parts) => joined(...parts));
    fc.assert(
      fc.property(fc.oneof(mutated, forged, fc.uint8Array({ maxLength: 500 })), (output) => {
        const parsed = parse(output);
        if (parsed.ok) expect(parsed.value.evidence.length).toBeLessThanOrEqual(100);
        else expect(parsed.failure.sentence).not.toBe('');
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('laying a re-read over what was known', () => {
  const whole = snapshotOf(root, 1);
  const empty = Object.fromEntries(FACT_NAMES.map((name) => [name, null]));
  const partial: NodeSnapshot = {
    ...whole,
    ...empty,
    seenAt: 2,
    links: whole.links,
    evidence: whole.evidence.slice(0, 2).map((head) => ({ ...head, seenAt: 2 })),
  };

  it('keeps the parts that were not asked for', () => {
    const merged = mergeSnapshots(whole, partial);
    expect(merged.routes4).toBe(whole.routes4);
    expect(merged.evidence.length).toBe(whole.evidence.length);
    expect(merged.evidence.filter(({ seenAt }) => seenAt === 2).map(({ id }) => id)).toEqual([
      'w/meta',
      'w/links',
    ]);
  });

  it('keeps the last known value of a part that failed, and says that it did', () => {
    const failed = {
      state: 'timeout',
      evidence: ['w/links'],
      at: null,
      value: null,
      sentence: 'Too slow.',
    } as const;
    expect(mergeSnapshots(whole, { ...partial, links: failed }).links).toEqual({
      ...failed,
      // What is still known is as old as it was.
      at: whole.links?.at,
      value: whole.links?.value,
    });
    const forbidden = { ...failed, state: 'not-permitted' } as const;
    expect(mergeSnapshots(whole, { ...partial, links: forbidden }).links).toEqual(forbidden);
  });

  it('keeps nothing over a reboot', () => {
    const rebooted = { ...partial, meta: { ...partial.meta, bootId: 'another' } };
    expect(mergeSnapshots(whole, rebooted)).toBe(rebooted);
  });
});
