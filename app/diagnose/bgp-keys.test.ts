// Passwords of BGP that differ, beside other faults of BGP: counters are a node's and not a session's, and what does not come is not counted.
import { expect, it } from 'vitest';
import type { SettingsReading, UnansweredConnection } from '../probe/settings-facts.ts';
import type { BgpProtocol } from '../probe/facts.ts';
import { diagnose } from './diagnose.ts';
import {
  counters,
  knocking,
  known,
  mesh,
  neighbour,
  nicMac,
  section,
  settings,
  told,
  type CaseNode,
} from './testing/case.ts';

const ADDRESSES: Readonly<Record<string, string>> = { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3' };
const listening = {
  pid: null,
  protocol: 'tcp',
  address: '0.0.0.0',
  port: 179,
  waiting: 0,
  drops: 0,
} as const;

interface Moment {
  readonly at?: number;
  /** "a-b": both sides knock; "a>b": a does, and b takes it for a good one. */
  readonly down: readonly string[];
  /** TcpExtTCPMD5… of each node. */
  readonly counts?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** For whom each node has a key; nodes that are left out do not tell. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  /** "b-c": b sends again what c does not answer. */
  readonly unanswered?: readonly string[];
  readonly extra?: (own: string, peer: string) => Partial<BgpProtocol>;
}

function unansweredOf(label: string, { unanswered = [], down }: Moment): UnansweredConnection[] {
  return unanswered.flatMap((one): UnansweredConnection[] => {
    const [own, peer = ''] = one.split('-');
    if (own !== label) return [];
    return [
      {
        ...{
          pid: null,
          again: 3,
          state: down.some((each) => isOf(each, own, peer)) ? 'opening' : 'established',
        },
        local: { address: ADDRESSES[own] ?? '', port: 40_000 },
        remote: { address: ADDRESSES[peer] ?? '', port: 179 },
      },
    ];
  });
}

function isOf(session: string, own: string, peer: string): boolean {
  return session === `${own}-${peer}` || session === `${peer}-${own}` || session === `${own}>${peer}`;
}

function cluster(moment: Moment): CaseNode[] {
  const { at = 1000, down, counts = {}, keys = {}, extra = () => ({}) } = moment;
  return mesh(
    (own, peer) => ({
      ...(down.some((one) => isOf(one, own, peer)) ? { ...knocking, sinceAt: { s: 900, ns: 0 } } : {}),
      ...extra(own, peer),
    }),
    (label) => {
      const held: Partial<SettingsReading> = { keyedPeers: keys[label] ?? null, sockets: [listening] };
      const own = Object.entries(counts[label] ?? {}).map(([name, n]) => [`TcpExtTCPMD5${name}`, n] as const);
      const none = { TcpExtTCPMD5Failure: 0, TcpExtTCPMD5NotFound: 0, TcpExtTCPMD5Unexpected: 0 };
      return {
        at,
        facts: () => ({
          settings: settings({}, { ...held, unanswered: unansweredOf(label, moment) }),
          counters: { ...counters({ ...none, ...Object.fromEntries(own) }), at: { s: at, ns: 0 } },
        }),
      };
    },
  );
}

const bgpOf = (...moments: readonly Moment[]): string[] =>
  told(diagnose(known(moments.map(cluster)))).map((one) => one.split(' (')[0] ?? '');
/** Eight seconds later. */
const later = (moment: Moment): [Moment, Moment] => [moment, { ...moment, at: 1008 }];

const A_ALONE = { a: { NotFound: 3 }, b: { Unexpected: 3 } };

it('what two ends count together is their session’s: another of the same node that hears nothing is blocked, at who has most trouble', () => {
  const both = { down: ['a-b'], counts: A_ALONE, unanswered: ['b-c'] };
  expect(bgpOf(both)).toEqual(['bgp-auth-mismatch a', 'bgp-port-blocked b']);
  expect(bgpOf({ ...both, down: ['a-b', 'b-c'] })).toEqual(['bgp-auth-mismatch a', 'bgp-port-blocked b']);
  // What one side alone has counted up to now.
  expect(bgpOf({ down: ['a-b'], counts: { a: { NotFound: 1 } } })).toEqual(['bgp-auth-mismatch a']);
});

it('a key for the peer, who has none: told before anything is counted; not where one does not tell its keys, or no daemon listens', () => {
  const keys = { a: ['10.0.0.2/32'], b: [], c: [] };
  expect(bgpOf({ down: ['a-b'], keys })).toEqual(['bgp-auth-mismatch a']);
  const both = { ...keys, b: ['10.0.0.0/24'] };
  expect(bgpOf({ down: ['a-b'], keys: both })).toEqual(['bgp-port-blocked a']);
  // Of others' sessions; these two have different ones.
  expect(bgpOf({ down: ['a-b'], keys: both, counts: A_ALONE })).toEqual(['bgp-port-blocked a']);
  const failing = { a: { Failure: 2 }, b: { Failure: 2 } };
  expect(bgpOf({ down: ['a-b'], keys: both, counts: failing })).toEqual(['bgp-auth-mismatch a']);
  expect(bgpOf({ down: ['a-b'], keys: { a: ['10.0.0.2/32'] } })).toEqual(['bgp-port-blocked a']);
  expect(bgpOf({ down: ['a-c'], keys })).toEqual(['bgp-port-blocked a']);
  expect(bgpOf({ down: [], keys })).toEqual([]);
  const deaf = cluster({ down: ['a-b'], keys }).map((node) =>
    node.label === 'b' ? { ...node, facts: () => ({ settings: settings({}, { keyedPeers: [] }) }) } : node,
  );
  expect(told(diagnose(known([deaf])))).toEqual(['bgp-port-blocked a (bgp-not-established)']);
});

it('keys that differ, and nothing comes that could be refused: the port as well; while both refuse, or it is too early to say: not', () => {
  const keys = { a: ['10.0.0.2/32'], b: [], c: [] };
  const blocked = { down: ['a-b'], keys, counts: A_ALONE };
  expect(bgpOf(...later(blocked))).toEqual(['bgp-auth-mismatch a', 'bgp-port-blocked a']);
  expect(diagnose(known([cluster(blocked)])).awaits).toEqual(expect.arrayContaining(['a', 'b']));
  const rising = (...counts: NonNullable<Moment['counts']>[]) =>
    bgpOf(...counts.map((one, at) => ({ ...blocked, counts: one, at: 1000 + 8 * at })));
  expect(rising(A_ALONE, { a: { NotFound: 5 }, b: { Unexpected: 6 } })).toEqual(['bgp-auth-mismatch a']);
  // From the one to the other alone.
  expect(rising(A_ALONE, { a: { NotFound: 5 }, b: { Unexpected: 3 } })).toEqual([
    'bgp-auth-mismatch a',
    'bgp-port-blocked a',
  ]);
  const young = { ...blocked, extra: () => ({ sinceAt: { s: 1004, ns: 0 } }) };
  expect(bgpOf(...later(young))).toEqual(['bgp-auth-mismatch a']);
});

it('who waits for its neighbour holds no key yet; sessions that are seldom tried say nothing by what does not come', () => {
  const keys = { a: ['10.0.0.2/32'], b: [], c: [] };
  const idle = { info: 'Idle', bgpState: 'Idle' };
  const waiting = (own: string, peer: string) => (own === 'b' && peer === 'a' ? idle : {});
  expect(bgpOf({ down: ['a-b'], keys, extra: waiting })).not.toContain('bgp-auth-mismatch a');
  const passive = { info: 'Passive', bgpState: 'Passive' };
  const listens = (own: string, peer: string) => (own === 'b' && peer === 'a' ? passive : {});
  expect(bgpOf({ down: ['a-b'], keys, extra: listens })).toEqual(['bgp-auth-mismatch a']);
  // Nor is anything refused where nobody begins.
  const both = (own: string, peer: string) => (own === 'c' || peer === 'c' ? {} : passive);
  expect(bgpOf({ down: ['a-b'], keys, extra: both })).not.toContain('bgp-auth-mismatch a');
  const renamed = (own: string, peer: string) => (peer === 'c' || own === 'c' ? {} : { name: `to_${peer}` });
  const blocked = { down: ['a-b'], keys, counts: A_ALONE };
  expect(bgpOf(...later({ ...blocked, extra: renamed }))).toEqual(['bgp-auth-mismatch a']);
});

it('a way that is broken, with a request sent again: not the port alone', () => {
  const unreached = (own: string, peer: string) =>
    own === 'a' && peer === 'b' ? { lastError: 'No route to host' } : {};
  const moment = { down: ['a-b'], unanswered: ['a-b'] };
  expect(bgpOf(moment)).toEqual(['bgp-port-blocked a']);
  expect(bgpOf({ ...moment, extra: unreached })).not.toContain('bgp-port-blocked a');
  // It answers ARP by now, and what is sent again has no answer yet.
  const heard =
    (node: CaseNode, readAt: number): NonNullable<CaseNode['facts']> =>
    (snapshot) => ({
      ...node.facts?.(snapshot),
      neighbours: {
        ...section('neighbours', [neighbour('10.0.0.2', { mac: nicMac('b') })]),
        at: { s: readAt, ns: 0 },
      },
    });
  const mended = (extra: Moment['extra'], readAt = 1000): string | undefined =>
    told(
      diagnose(
        known([
          cluster({ ...moment, ...(extra === undefined ? {} : { extra }) }).map((node) =>
            node.label === 'a' ? { ...node, facts: heard(node, readAt) } : node,
          ),
        ]),
      ),
    )[0];
  expect(mended(unreached)).toMatch(/^bgp-port-blocked a/);
  // So it is for both, where both say so of before.
  const byBoth = (own: string, peer: string) =>
    own === 'c' || peer === 'c' ? {} : { lastError: 'No route to host' };
  expect(mended(byBoth)).toMatch(/^bgp-port-blocked a/);
  // What was sent again was so while there was no answer to ARP.
  expect(mended(unreached, 1005) ?? '').not.toMatch(/^bgp-port-blocked/);
});

it('blocked before one end was given a password: the other still says Established', () => {
  const moment = { down: ['a>b'], keys: { a: ['10.0.0.2/32'], b: [], c: [] } };
  expect(bgpOf(...later(moment))).toEqual(['bgp-auth-mismatch a', 'bgp-port-blocked a']);
});

it('AS numbers that do not fit, and a blocked port: who would refuse answers first', () => {
  const extra = (own: string, peer: string) => (own === 'a' && peer === 'b' ? { neighbourAs: 64513 } : {});
  expect(bgpOf({ down: ['a-b'], extra })).toEqual(['bgp-as-mismatch a']);
  const refused = (own: string, peer: string) => ({
    ...extra(own, peer),
    ...(own === 'b' && peer === 'a' ? { lastError: 'Received: Bad peer AS' } : {}),
  });
  const both = diagnose(known([cluster({ down: ['a-b'], extra: refused, unanswered: ['a-b'] })]));
  expect(both.findings.map(({ id, where }) => `${id} ${where.node ?? ''}`)).toEqual([
    'bgp-as-mismatch a',
    'bgp-port-blocked a',
  ]);
  const never = diagnose(known([cluster({ down: ['a-b'], extra, unanswered: ['a-b'] })])).findings[1];
  expect([never?.id, never?.because]).toEqual([
    'bgp-port-blocked',
    expect.stringMatching(/4 times without an answer\.$/),
  ]);
  const { because } = both.findings[1] ?? {};
  expect(because).toContain('a has sent its last request 4 times without an answer');
  expect(because).not.toContain('neither refuses');
  expect(bgpOf({ down: ['a-b'], extra, unanswered: ['b-c'] })).toEqual([
    'bgp-as-mismatch a',
    'bgp-port-blocked b',
  ]);
});

it('beside a node whose daemon is dead, and which would refuse: at who is not even refused', () => {
  const moment = { down: ['a-b', 'b-c', 'a-c'], unanswered: ['c-a', 'c-b'] };
  const nodes = cluster(moment).map((node) =>
    node.label === 'a' ? { ...node, bird: { state: 'dead' as const, protocols: [], routes: null } } : node,
  );
  const blocked = told(diagnose(known([nodes]))).filter((one) => one.startsWith('bgp-port'));
  expect(blocked).toEqual(['bgp-port-blocked c (bgp-not-established)']);
});

it('a peer’s number that no other expects of a node whose daemon is dead: who expects it; where all expect the same: nothing', () => {
  const beside = (as: number, state: 'dead' | 'running' = 'dead'): string[] => {
    const extra = (own: string, peer: string) => (own === 'b' && peer === 'a' ? { neighbourAs: as } : {});
    const nodes = cluster({ down: ['a-b', 'a-c'], extra }).map((node) =>
      node.label === 'a' ? { ...node, bird: { state, protocols: [], routes: null } } : node,
    );
    return told(diagnose(known([nodes]))).filter((one) => one.startsWith('bgp-as'));
  };
  expect(beside(64_513)).toEqual(['bgp-as-mismatch b']);
  expect(beside(64_513, 'running')).toEqual([]);
  expect(beside(64_512)).toEqual([]);
});
