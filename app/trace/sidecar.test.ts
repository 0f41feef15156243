// Rules inside a Pod, as Istio's sidecar has them: what they lead to the proxy has got as far as its socket.
import { describe, expect, it } from 'vitest';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { InsidesReading, NamespaceInside } from '../probe/inside-facts.ts';
import type { Section } from '../probe/section.ts';
import type { ListeningSocket } from '../probe/settings-facts.ts';
import { parseXtablesSave } from '../probe/xtables-save.ts';
import type { TraceAnswer } from './model.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { tracePath } from './trace.ts';

const folder = new URL('./fixtures/vxlan-bridge/', import.meta.url);

/** istio-iptables 1.20, as iptables-save prints it, without what is for DNS. */
const ISTIO = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:ISTIO_INBOUND - [0:0]
:ISTIO_IN_REDIRECT - [0:0]
:ISTIO_OUTPUT - [0:0]
:ISTIO_REDIRECT - [0:0]
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A OUTPUT -p tcp -j ISTIO_OUTPUT
-A ISTIO_INBOUND -p tcp -m tcp --dport 15008 -j RETURN
-A ISTIO_INBOUND -p tcp -m tcp --dport 15090 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`;

/** @param name of the Pod inside which these rules are, and in which these ports are listened on. */
function traced(
  name: string,
  port: number,
  listening: readonly number[],
): Extract<TraceAnswer, { ok: true }> {
  const known = knownCluster(folder);
  const { topology } = known;
  const pod = Object.values(topology.pods).find((one) => one.name === name);
  const netns = topology.netns[pod?.netnsId ?? ''];
  const label = topology.nodes[pod?.nodeId ?? '']?.label ?? '';
  const reading = known.readings.get(label);
  const pid = netns?.process?.pid;
  if (reading === undefined || netns === undefined || pid === undefined) throw new Error(name);
  const { tables } = parseXtablesSave(ISTIO, { backend: 'nft-compat', family: 'ip', evidence: 'x' });
  const rules: FirewallReading = {
    ...{ tables: tables.entries, ipsets: [], virtualServers: [] },
    ...{ conntrack: null, unread: [], unreadCount: 0 },
  };
  const inside: NamespaceInside = {
    ...{ pid, inode: netns.inode, startTicks: 0 },
    ...{ links: null, addresses: null, routes4: null, routes6: null, rules4: null, rules6: null },
    ...{ neighbours: null, fdb: null, sysctls: new Map<string, string>(), socketsCut: [], unanswered: [] },
    sockets: listening.map((one): ListeningSocket => ({
      ...{ pid: null, protocol: 'tcp', address: '0.0.0.0', port: one, waiting: 0, drops: 0 },
    })),
    filters: { state: 'ok', value: rules, evidence: ['inside/filters'], sentence: null, at: null },
    ...{ at: null, evidence: [], sentence: null },
  };
  const insides: Section<InsidesReading> = {
    ...{ state: 'ok', value: { read: [inside], unread: [] }, evidence: [], sentence: null, at: null },
  };
  const readings = new Map(known.readings);
  readings.set(label, { ...reading, snapshot: { ...reading.snapshot, insides } });
  const answer = tracePath({ ...known, readings }, { from: 'q', to: 'r', proto: 'tcp', port, size: null });
  if (!answer.ok) throw new Error(answer.sentence);
  return answer;
}

describe('a sidecar', () => {
  it('takes what its Pod sends, and what becomes of that is not known', () => {
    const { paths, missing } = traced('q', 80, [15001, 15006]);
    expect(paths).toHaveLength(1);
    const [path] = paths;
    expect(path?.verdict).toBe('unknown');
    expect(path?.sentence).toBe(
      'Rules inside q on node-A lead it to a program there, at 127.0.0.1:15001 (a proxy): what that sends on, and to whom, is not known.',
    );
    const steps = path?.hops.flatMap((hop) => hop.steps) ?? [];
    expect(steps.flatMap(({ rewrote }) => rewrote ?? [])).toEqual([
      'destination 10.244.2.2:80 → 127.0.0.1:15001',
    ]);
    expect(steps.flatMap(({ presumed }) => presumed)).toContain(
      'It is presumed that no program of the user 1337 sends it.',
    );
    // What it passed was read.
    expect(missing.join(' ')).not.toContain('filters inside Pods');
  });

  it('takes what is sent to its Pod', () => {
    const [path] = traced('r', 80, [15001, 15006]).paths;
    expect(path?.verdict).toBe('unknown');
    expect(path?.hops.at(-1)?.place).toBe('r on node-B');
    expect(path?.sentence).toContain('at 10.244.2.2:15006 (a proxy)');
    // Its own port is left alone.
    expect(traced('r', 15090, [15090]).paths[0]?.verdict).toBe('delivered');
  });

  it('that is gone lets nothing in', () => {
    const [path] = traced('r', 80, [80]).paths;
    expect(path?.verdict).toBe('rejected');
    expect(path?.stopsAt?.reason).toBe('no-socket');
    expect(path?.sentence).toContain('nobody listens on TCP 10.244.2.2:15006');
  });
});
