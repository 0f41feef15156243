import { expect, it } from 'vitest';
import { applyList, emptyInventory } from '../../probe/inventory.ts';
import type { IpPoolFact } from '../../probe/kube-facts.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { bgp, route } from '../../topology/testing/synthetic-node.ts';
import { kubeNode } from '../../topology/testing/scenario.ts';
import { diagnose } from '../diagnose.ts';
import {
  counters,
  drafted,
  found,
  foundAt,
  knocking,
  known,
  link,
  mesh,
  neighbour,
  section,
  settings,
  told,
  withList,
  type CaseNode,
} from '../testing/case.ts';
import { bgpNotEstablished } from './bgp-not-established.ts';

const between = (one: string, other: string) => (own: string, peer: string) =>
  [own, peer].sort().join() === [one, other].sort().join();

it('a mesh in which every session is up: nothing', () => {
  expect(found(mesh())).toEqual([]);
});

it('both sides knock and neither hears: the port, at the node that has it with all its peers', () => {
  expect(found(mesh((own, peer) => (own === 'b' || peer === 'b' ? knocking : {})))).toEqual([
    'bgp-port-blocked b (bgp-not-established)',
    'bgp-port-blocked b (bgp-not-established)',
  ]);
  expect(found(mesh((own, peer) => (between('a', 'c')(own, peer) ? knocking : {})))).toEqual([
    'bgp-port-blocked a (bgp-not-established)',
  ]);
});

it('Established on both sides with no keepalive when one was due: the port; one keepalive late: nothing', () => {
  const quiet = (holdTimer: number) => (own: string, peer: string) =>
    between('a', 'b')(own, peer) ? { holdTimer, holdTime: 240, keepaliveTime: 80 } : {};
  expect(found(mesh(quiet(50)))).toEqual(['bgp-port-blocked a (bgp-not-established)']);
  expect(found(mesh(quiet(100)))).toEqual([]);
});

it('Established on both sides, and one side’s kernel sends again what the other does not acknowledge: the port; once lost: nothing', () => {
  const cut = (again: number, remote = { address: '10.0.0.2', port: 40_000 }) =>
    mesh(
      () => ({}),
      (label) => ({
        facts: () => ({
          settings: settings(
            {},
            label === 'a'
              ? {
                  unanswered: [
                    {
                      pid: null,
                      state: 'established',
                      local: { address: '10.0.0.1', port: 179 },
                      remote,
                      again,
                    },
                  ],
                }
              : {},
          ),
        }),
      }),
    );
  expect(found(cut(2))).toEqual(['bgp-port-blocked a']);
  expect(found(cut(1))).toEqual([]);
  // Somebody's else.
  expect(found(cut(9, { address: '10.0.0.9', port: 40_000 }))).toEqual([]);
});

it('sessions that are up and bring nothing: who knows no way to the other’s Pods but the default route; right after they came up: nothing', () => {
  const ends = {
    a: ['10.0.0.1', '10.0.0.2', '192.168.2.0/24'],
    b: ['10.0.0.2', '10.0.0.1', '192.168.1.0/24'],
  } as const;
  const pool = (disableBgpExport: boolean): IpPoolFact => ({
    ...{ name: 'p', cidr: '192.168.0.0/16', blockSize: 26, ipipMode: 'Never', vxlanMode: 'Never' },
    ...{ natOutgoing: true, disabled: false, disableBgpExport, nodeSelector: 'all()' },
  });
  const seen = (lacking: readonly ('a' | 'b')[], since: number, kept = false) => {
    const side = (label: 'a' | 'b') => {
      const [localAddress, neighbourAddress, block] = ends[label];
      const name = `Mesh_${neighbourAddress.replaceAll('.', '_')}`;
      const learned = lacking.includes(label)
        ? []
        : [route(block, { via: neighbourAddress, dev: 'ens192', proto: 'bird' })];
      const session = { localAddress, neighbourAddress, sinceAt: { s: since, ns: 0 } };
      return {
        bird: { state: 'running' as const, protocols: [bgp(name, session)] },
        facts: ({ routes4 }: NodeSnapshot) => ({
          routes4: section('routes4', [...(routes4?.value ?? []), ...learned]),
        }),
      };
    };
    return foundAt({ a: side('a'), b: side('b') }, (inventory) =>
      withList(inventory, 'calico.pools', [pool(kept)]),
    ).filter((one) => one.startsWith('bgp'));
  };
  expect(seen([], 900)).toEqual([]);
  expect(seen(['b'], 900)).toEqual(['bgp-not-established b']);
  expect(seen(['b'], 995)).toEqual([]);
  // A pool of which BGP is to tell nobody.
  expect(seen(['b'], 900, true)).toEqual([]);
});

it('one side knocks for seconds and the other still says Established: the port; right after a restart: nothing yet', () => {
  const half = (s: number) => (own: string, peer: string) =>
    own === 'a' && peer === 'b' ? { ...knocking, sinceAt: { s, ns: 0 } } : {};
  expect(found(mesh(half(990)))).toEqual(['bgp-port-blocked a (bgp-not-established)']);
  expect(found(mesh(half(999)))).toEqual(['bgp-not-established a']);
});

it('a side that was answered, one whose peer gives no answer to ARP, one whose peer cannot be asked: not the port', () => {
  const down = (extra: object) =>
    mesh((own, peer) => (between('a', 'b')(own, peer) ? { ...knocking, ...extra } : {}));
  expect(found(down({ lastError: 'Socket: Connection refused' }))).toEqual(['bgp-not-established a']);
  expect(
    found(
      down({}).map((node) =>
        node.label === 'a'
          ? {
              ...node,
              facts: () => ({
                neighbours: section('neighbours', [neighbour('10.0.0.2', { mac: null, state: 'FAILED' })]),
              }),
            }
          : node,
      ),
    ),
  ).toEqual(['bgp-not-established a']);
  expect(found(down({}).filter(({ label }) => label !== 'b'))).toEqual([]);
});

it('a router beside others that is silent is a warning, as long as nothing of its node is lost for want of a route', () => {
  const router = (peers: readonly string[]) =>
    mesh((_, peer) => (peers.includes(peer) ? {} : null)).map((node) =>
      node.label === 'a'
        ? {
            ...node,
            bird: {
              state: 'running' as const,
              protocols: [
                ...(node.bird?.protocols ?? []),
                bgp('Node_10_0_0_254', {
                  ...knocking,
                  ...{ localAddress: '10.0.0.1', neighbourAddress: '10.0.0.254', neighbourAs: 64999 },
                }),
              ],
            },
          }
        : node,
    );
  const told_ = (peers: readonly string[], change: (node: CaseNode) => CaseNode = (node) => node) =>
    drafted(bgpNotEstablished, router(peers).map(change)).map(
      ({ severity, where }) => `${severity} ${where.node ?? ''}`,
    );
  expect(told_(['a', 'b', 'c'])).toEqual(['warning a']);
  // It has no other session.
  expect(told_([])).toEqual(['error a']);
});

it('a switched-off session is that; where it is not configured is told', () => {
  const off = mesh((own, peer) =>
    own === 'a' && peer === 'b'
      ? { ...knocking, state: 'down', info: '', bgpState: null }
      : between('a', 'b')(own, peer)
        ? knocking
        : {},
  );
  const [one] = drafted(bgpNotEstablished, off);
  expect(one).toMatchObject({ confidence: 'certain', where: { node: 'a' } });
  expect(one?.title).toBe('The BGP session a – b is switched off on a');
  const lacking = mesh((own, peer) =>
    own === 'c' && peer === 'a' ? null : own === 'a' && peer === 'c' ? knocking : {},
  );
  expect(drafted(bgpNotEstablished, lacking)).toMatchObject([
    { where: { node: 'c' }, confidence: 'certain' },
  ]);
});

it('no daemon where peers want one is the root, and its sessions its consequences', () => {
  const nodes = mesh((_, peer) => (peer === 'b' ? knocking : {}));
  expect(
    found(nodes.map((node) => (node.label === 'b' ? { ...node, bird: { state: 'absent' as const } } : node))),
  ).toEqual(['bgp-not-established b (bgp-not-established, bgp-not-established)']);
});

it('silent: a peer that Kubernetes knows to be not ready, a mesh session to nobody’s node, a passive side', () => {
  const list = { resourceVersion: '1', next: null, unread: { count: 0, first: null } };
  const facts = ['a', 'b', 'c'].map((name, at) => ({
    ...kubeNode(name, `10.0.0.${at + 1}`),
    ready: name !== 'b',
  }));
  const inventory = applyList(emptyInventory, [{ ...list, kind: 'nodes', facts }]);
  const nodes = mesh((own, peer) => (own === 'b' || peer === 'b' ? knocking : {}));
  expect(told(diagnose(known([nodes], inventory)))).toEqual([]);
  // It has none with the one that is away, nor that one with it.
  const apart = mesh((own, peer) => ([own, peer].sort().join('') === 'ab' ? null : {}));
  expect(told(diagnose(known([apart], inventory)))).toEqual([]);
  expect(found(apart)).toEqual(['bgp-not-established a']);
  expect(
    found(
      mesh((own, peer) =>
        own === 'a' && peer === 'b'
          ? { ...knocking, name: 'Mesh_10_0_0_9', neighbourAddress: '10.0.0.9' }
          : {},
      )
        .map((node) => (node.label === 'b' ? { ...node, bird: { ...node.bird, protocols: [] } } : node))
        .filter(({ label }) => label === 'a'),
    ),
  ).toEqual([]);
});

it('VXLAN with sessions that are left over: nothing', () => {
  const nodes = mesh(
    (own, peer) => (own === 'b' || peer === 'b' ? knocking : {}),
    () => ({
      facts: ({ links }) => ({
        links: section('links', [
          ...(links?.value ?? []),
          link('vxlan.calico', { kind: 'vxlan', ifindex: 9 }),
        ]),
        routes4: section('routes4', [
          route('192.168.9.0/26', {
            dev: 'vxlan.calico',
            via: '192.168.9.0',
            proto: '80',
            flags: ['onlink'],
          }),
        ]),
      }),
    }),
  );
  expect(found(nodes).filter((one) => one.startsWith('bgp'))).toEqual([]);
});

it('passwords: which counters at which end; old counts of a session that is up say nothing; counts that stand still are over', () => {
  const down = (own: string, peer: string) => (between('a', 'b')(own, peer) ? knocking : {});
  const counting = (of: Record<string, Record<string, number>>, at = 1000) =>
    mesh(down, (label) => ({
      at,
      facts: () => ({ counters: { ...counters(of[label] ?? {}), at: { s: at, ns: 0 } } }),
    }));
  const failing = { a: { TcpExtTCPMD5Failure: 9 }, b: { TcpExtTCPMD5Failure: 7 } };
  expect(found(counting(failing))).toEqual(['bgp-auth-mismatch a (bgp-not-established)']);
  expect(found(counting({ a: { TcpExtTCPMD5NotFound: 3 }, b: { TcpExtTCPMD5Unexpected: 3 } }))).toEqual([
    'bgp-auth-mismatch a (bgp-not-established)',
  ]);
  // Long enough looked at, and nothing moved.
  expect(told(diagnose(known([counting(failing), counting(failing, 1008)])))).toEqual([
    'bgp-port-blocked a (bgp-not-established)',
  ]);
  expect(
    found(
      mesh(
        () => ({}),
        () => ({ facts: () => ({ counters: counters({ TcpExtTCPMD5Failure: 9 }) }) }),
      ),
    ),
  ).toEqual([]);
});
