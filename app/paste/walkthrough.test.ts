import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { routesToPods } from '../route/routes-to-pods.ts';
import { built } from './testing/built.ts';

const folder = new URL('./fixtures/walkthrough/', import.meta.url);
const texts = readdirSync(folder)
  .sort()
  .map((source) => ({
    source,
    text: readFileSync(new URL(source, folder), 'utf8'),
    modifiedAt: Date.UTC(2019, 3, 1, 22),
    place: null,
  }));
const { topology, pod, device, report } = built(texts);

describe('the walkthrough, pasted', () => {
  it('gives the path that the operator found by hand', () => {
    const ways = routesToPods(topology, 100).map(
      ({ node, address, route }) => `${node} ${address}: ${route?.dst} ${route?.via ?? ''} ${route?.dev}`,
    );
    expect(ways).toEqual([
      'k8s-worker-1 192.168.1.2: 192.168.1.2/32  calid9d486e54a8',
      'k8s-worker-1 192.168.2.3: 192.168.2.0/24 10.12.22.152 ens192',
      'k8s-worker-2 192.168.1.2: 192.168.1.0/24 10.12.22.151 ens192',
      'k8s-worker-2 192.168.2.3: 192.168.2.3/32  calia4d5046802b',
    ]);
    const nodes = Object.values(topology.nodes).map(({ label, addresses }) => [label, addresses[0]]);
    expect(nodes).toEqual([
      ['k8s-worker-1', '10.12.22.151'],
      ['k8s-worker-2', '10.12.22.152'],
    ]);
  });

  it('keeps the two veth pairs apart', () => {
    const host1 = device('k8s-worker-1', 'calid9d486e54a8');
    const host2 = device('k8s-worker-2', 'calia4d5046802b');
    expect(host1.peer).toMatchObject({
      podId: pod('c2c-network-demo').id,
      interfaceId: null,
      proofs: ['host-route', 'calico-name-hash'],
    });
    // Its number stands in the Pod's eth0@if5; its name is in worker-2's routes, and the hash says whose it is.
    const eth0 = topology.interfaces[pod('c2c-network-demo-w2').podInterfaceId ?? ''];
    expect(eth0).toMatchObject({ name: 'eth0', ifindex: 3, mtu: 1440 });
    expect(host2).toMatchObject({
      ifindex: 5,
      peer: { interfaceId: eth0?.id, proofs: ['host-route', 'calico-name-hash'] },
    });
    expect(eth0?.peer?.interfaceId).toBe(host2.id);
    expect(host2.role).toBe('workload');
  });

  it('says what is missing, and asks for the one output that would decide most', () => {
    const [next] = report.missing;
    expect(next).toEqual({
      about: { kind: 'node', name: 'k8s-worker-2' },
      command: 'ip -d addr; ip route show table all; ip rule; ip neigh',
      sentence: expect.stringContaining(
        'its own addresses (that calia4d5046802b is c2c-network-demo-w2’s is proven by Calico’s hash all the same)',
      ) as string,
    });
    expect(report.missing.map(({ about }) => about.name)).toEqual([
      'k8s-worker-2',
      'k8s-worker-1',
      'default/c2c-network-demo',
    ]);
    const worker2 = Object.values(topology.nodes).find(({ label }) => label === 'k8s-worker-2');
    // Without any MAC: the names of devices in its routes are Calico's alone.
    expect(worker2?.cni.name).toBe('Calico');
    expect(worker2?.unknowns.join(' ')).toContain('only the name is known, from routes');
    // Not asked is not none.
    expect(device('k8s-worker-2', 'ens192')).toMatchObject({ mtu: null, mac: null, operstate: null });
  });

  it('understands *, and takes 1440 under 1500 for no fault', () => {
    const block = Object.values(topology.forwarding)[0]?.routes.find(({ dst }) => dst === '192.168.1.0/24');
    expect(block).toMatchObject({ type: 'blackhole', dev: null, flags: ['maybe-throw'] });
    expect(report.notes.filter((note) => note.includes('with * as its device'))).toHaveLength(2);
    expect(report.notes).toContain(
      'The Pods’ MTU is 1440, under the 1500 of ens192: room for a tunnel’s header, and no fault.',
    );
    expect(topology.warnings).toEqual([]);
    expect(Object.values(topology.pods).flatMap(({ contradictions }) => contradictions)).toEqual([]);
  });

  it('joins what the terminal cut, and not the two captures', () => {
    const captures = report.pieces.filter(({ command }) => command.startsWith('tcpdump'));
    expect(
      captures.map(({ home, line, lastLine, at }) => [home.name, line, lastLine, new Date(at).toISOString()]),
    ).toEqual([
      ['k8s-worker-1', 1, 10, '2019-04-01T21:10:19.000Z'],
      ['k8s-worker-2', 1, 14, '2019-04-01T21:58:11.000Z'],
    ]);
    expect(report.notes.join(' ')).toContain('packets of one are not joined with another’s');
    expect(report.notes.join(' ')).toContain('up to 48 minutes apart');
    expect([report.unread, report.unreadCount]).toEqual([[], 0]);
  });
});
