// The collector on the real kernel, in a namespace made here: what it prints, read back through a console that wraps, indents and
// drops, is what a live reading of the same moment says. Needs root.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addNamespace, ownPrefix } from '../probe/testing/real-namespace.ts';
import { collectScript, discoveryScript } from '../probe/discovery-script.ts';
import { parseDiscovery } from '../probe/discovery.ts';
import { FACT_NAMES, type NodeSnapshot } from '../probe/snapshot.ts';
import { runs } from '../testing/runs.ts';
import { cksum, fromBase64, readCollected } from './collected.ts';
import { built, pasted } from './testing/built.ts';

const prefix = ownPrefix('collect');
const [node, podName] = [`${prefix}-node`, `${prefix}-pod`];
const processes: ChildProcess[] = [];
const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });
const inside = (command: readonly string[], input: string): Buffer =>
  execFileSync('nsenter', [`--net=/run/netns/${node}`, ...command], {
    input,
    maxBuffer: 64_000_000,
    stdio: ['pipe', 'pipe', 'ignore'],
  });

beforeAll(async () => {
  for (const name of [node, podName]) addNamespace(name);
  ip('-n', node, 'link', 'set', 'lo', 'up');
  ip('-n', node, 'link', 'add', 'cali0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', podName);
  // Without link-local addresses of IPv6, which would come up between two readings.
  ip('-n', node, 'link', 'set', 'cali0', 'addrgenmode', 'none');
  ip('-n', podName, 'link', 'set', 'eth0', 'addrgenmode', 'none');
  ip('-n', node, 'link', 'set', 'cali0', 'up');
  ip('-n', podName, 'link', 'set', 'eth0', 'up');
  ip('-n', podName, 'addr', 'add', '192.168.77.2/32', 'dev', 'eth0');
  ip('-n', node, 'route', 'add', '192.168.77.2/32', 'dev', 'cali0');
  ip('-n', node, 'route', 'add', 'blackhole', '192.168.77.0/24', 'proto', '80');
  const words = [`--net=/run/netns/${podName}`, 'sh', '-c', 'echo in; read end'];
  const child = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  processes.push(child);
  await once(child.stdout, 'data');
});
afterAll(() => {
  for (const child of processes) child.kill();
  for (const name of [node, podName]) ip('netns', 'del', name);
});

/** Without times, costs, evidence and what other programs of this machine do meanwhile. */
function essence(snapshot: NodeSnapshot): unknown {
  const steady = FACT_NAMES.filter((name) => !['netns', 'pods', 'counters', 'nsids', 'cost'].includes(name));
  const ours = snapshot.pods?.value?.filter(({ addresses }) => addresses.includes('192.168.77.2'));
  return {
    meta: snapshot.meta,
    cutOff: snapshot.cutOff,
    facts: steady.map((name) => [name, snapshot[name]?.state, withoutCounters(snapshot[name]?.value)]),
    pods: ours?.map(({ links }) => links.map((link) => [link.name, link.ifindex, link.mtu, link.addresses])),
  };
}

function withoutCounters(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, each: unknown) =>
      // Sockets that lose packets are told of every namespace, and the kernel's log of the whole machine, by times that come out
      // milliseconds apart.
      key === 'sockets' || key === 'messages' ? [] : /^(?:packets|bytes|count|used)$/i.test(key) ? 0 : each,
    ),
  );
}

describe('the collector', () => {
  it.each([[['sh', '-s']], [['busybox', 'ash', '-s']], [['bash', '-s']]])(
    'run by %j, is read whole: as good as a live reading',
    (shell) => {
      const twice = () => {
        const nonce = 'abcdefghijklmnop';
        const live = parseDiscovery(inside(shell, discoveryScript({ nonce })), {
          nonce,
          nodeLabel: 'k8s-worker-1',
          seenAt: 1,
        });
        if (!live.ok) throw new Error(live.failure.sentence);
        const printed = inside(shell, collectScript()).toString();
        // A console 77 columns wide, that indents, ends lines with CR LF and shows its prompt.
        const wrapped = `root@k8s-worker-1:~# sh collect.sh\r\n${printed
          .split('\n')
          .flatMap((line) => (line.startsWith('-----') ? [line] : (line.match(/.{1,77}/g) ?? [])))
          .map((line) => `  ${line}\r\n`)
          .join('')}`;
        const { moments, report } = built([pasted(wrapped)]);
        const reading = moments[0]?.find(({ label }) => label === 'k8s-worker-1')?.reading;
        if (reading === undefined) throw new Error('nothing was read');
        return { report, collected: essence(reading.snapshot), lived: essence(live.value) };
      };
      // Of processes and the kernel's log a part is the machine's, and may change between the two.
      let { report, collected, lived } = twice();
      for (let round = 0; round < 3 && !isDeepStrictEqual(collected, lived); round++)
        ({ report, collected, lived } = twice());
      expect(collected).toEqual(lived);
      expect(report.unread).toEqual([]);
      expect(report.missing.filter(({ about }) => about.kind === 'node')).toEqual([]);
    },
  );

  it('what came incomplete is not believed, and says what to do', () => {
    const lines = inside(['sh', '-s'], collectScript()).toString().trimEnd().split('\n');
    const short = [...lines.slice(0, 3), ...lines.slice(4)].join('\n');
    const { report, topology } = built([pasted(short, 'w1.txt', 'w1')]);
    expect(report.unread[0]?.why).toMatch(/not whole \(\d+ of \d+ bytes came\): print it into a file/);
    expect(topology.nodes).toEqual({});
    const endless = built([pasted(lines.slice(0, -1).join('\n'), 'w1.txt', 'w1')]);
    expect(endless.report.unread[0]?.why).toContain('does not end');
  });

  it('hexadecimal, where there is no base64, is the same', () => {
    const script = collectScript().replace('base64 </dev/null', 'no-such-base64 </dev/null');
    const collected = readCollected(inside(['sh', '-s'], script).toString().trimEnd().split('\n'));
    expect(collected.ok && collected.value.kind).toBe('NODE');
  });

  it('checks as cksum does, and decodes as base64 does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(fromBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
      }),
      { numRuns: runs(200) },
    );
    for (const text of ['', 'a', 'hopscope\n', 'x'.repeat(70_000)]) {
      const said = execFileSync('cksum', { input: text, encoding: 'utf8' }).split(' ')[0];
      expect(cksum(new TextEncoder().encode(text))).toBe(Number(said));
    }
  });

  it('any lines are read without a throw', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom('-----BEGIN HOPSCOPE NODE hex-----', '-----END HOPSCOPE 0 0-----'),
          ),
          { maxLength: 8 },
        ),
        (lines) => {
          readCollected(lines);
        },
      ),
      { numRuns: runs(200) },
    );
  });
});
