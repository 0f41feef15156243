import { describe, expect, it } from 'vitest';
import { traceAnswerSchema, type TraceAnswer } from './model.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { tracePath } from './trace.ts';

const known = knownCluster(new URL('../paste/fixtures/walkthrough/', import.meta.url));

function traced(from: string, to: string): Extract<TraceAnswer, { ok: true }> {
  const answer = tracePath(known, { from, to, proto: 'tcp', port: 8080, size: null });
  if (!answer.ok) throw new Error(answer.sentence);
  expect(traceAnswerSchema.parse(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
  return answer;
}

describe('the walkthrough, traced', () => {
  const { paths, reverse, missing, kernel } = traced('192.168.1.2', '192.168.2.3');

  it('goes the way that the operator found by hand, with its reasons', () => {
    const [path] = paths;
    expect(paths).toHaveLength(1);
    expect(path?.verdict).toBe('delivered');
    expect(
      path?.hops.map(({ place, action, ingress, egress, nextHop, route }) => [
        place,
        action,
        ingress,
        egress,
        nextHop,
        route?.dst ?? null,
      ]),
    ).toEqual([
      ['c2c-network-demo on k8s-worker-1', 'send', null, null, null, null],
      ['k8s-worker-1', 'forward', 'calid9d486e54a8', 'ens192', '10.12.22.152', '192.168.2.0/24'],
      ['k8s-worker-2', 'forward', 'ens192', 'calia4d5046802b', '192.168.2.3', '192.168.2.3/32'],
      ['c2c-network-demo-w2 on k8s-worker-2', 'deliver', 'eth0', null, null, null],
    ]);
    expect(path?.hops[1]?.because).toBe(
      '192.168.2.3 goes by ens192 to 10.12.22.152: the route 192.168.2.0/24 leads there.',
    );
    expect(path?.hops[1]?.evidence).toContain('paste:k8s-worker-1.route-n.txt:1');
    // Worker 2's devices are known by their names alone.
    expect(path?.mtu).toBeNull();
  });

  it('comes back the same way', () => {
    expect(reverse?.verdict).toBe('delivered');
    expect(reverse?.hops.map(({ place, egress, route }) => [place, egress, route?.dst ?? null])).toEqual([
      ['c2c-network-demo-w2 on k8s-worker-2', 'eth0', null],
      ['k8s-worker-2', 'ens192', '192.168.1.0/24'],
      ['k8s-worker-1', 'calid9d486e54a8', '192.168.1.2/32'],
      ['c2c-network-demo on k8s-worker-1', null, null],
    ]);
  });

  it('says what no one pasted, and types nothing where there is nothing to type', () => {
    expect(missing.join('\n')).toMatch(/^Not pasted of k8s-worker-1, and so unknown: .*insides of Pods/m);
    const presumed = paths.flatMap(({ hops }) =>
      hops.flatMap(({ steps }) => steps.flatMap((one) => one.presumed)),
    );
    expect(presumed.join('\n')).toContain('The packet filters of k8s-worker-1 were not read');
    expect(presumed.join('\n')).toContain('What lies between the nodes is not seen');
    const commands = paths.flatMap(({ hops }) =>
      hops.flatMap(({ steps }) => steps.map(({ command }) => command)),
    );
    expect(commands.filter((command) => /nsenter|its interface/.test(command ?? ''))).toEqual([]);
    expect(kernel).toEqual({ asked: 0, agrees: null, disagreements: [] });
  });

  it('ends in the block’s blackhole where nobody has the address', () => {
    const [path] = traced('192.168.1.2', '192.168.2.77').paths;
    expect(path).toMatchObject({
      verdict: 'dropped',
      stopsAt: { node: 'k8s-worker-2', interface: 'ens192', reason: 'blackhole' },
    });
  });

  it('leaves the cluster for an address that is nobody’s', () => {
    const {
      paths: [path],
      reverse: back,
      to,
    } = traced('c2c-network-demo', '8.8.8.8');
    expect([to, path?.verdict, back?.verdict]).toEqual(['8.8.8.8', 'delivered', 'delivered']);
    expect(path?.sentence).toBe(
      '10.12.0.1 is nobody known, a router: by ens192 of k8s-worker-1 the packet leaves what is read of this cluster.',
    );
  });
});
