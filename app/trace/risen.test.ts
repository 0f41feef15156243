// What rose between two readings that lie around a probe.
import { describe, expect, it } from 'vitest';
import { noContext } from '../ledger/drop-context.ts';
import type { CountersReading } from '../probe/counter-facts.ts';
import type { Section } from '../probe/section.ts';
import { snapshotOf } from '../topology/testing/synthetic-node.ts';
import type { TraceHop } from './model.ts';
import { risenCounters } from './risen.ts';
import { worker } from './testing/worker.ts';

const CHAINS = [':INPUT ACCEPT [0:0]', ':FORWARD DROP', ':OUTPUT ACCEPT [0:0]', ':MINE - [0:0]'];

/** @param policy what FORWARD's has counted. */
const filters = (rules: readonly string[], policy = 0): string =>
  ['*filter', ...CHAINS, ...rules, 'COMMIT', '']
    .map((line) => (line === ':FORWARD DROP' ? `${line} [${String(policy)}:0]` : line))
    .join('\n');

function counted(counters: Readonly<Record<string, number>>): Section<CountersReading> {
  const value: CountersReading = {
    namespaces: [{ identity: null, pid: null, counters: new Map(Object.entries(counters)), devices: [] }],
    ...{ softnetDropped: [], conntrack: new Map(), conntrackTable: null, routing: new Map() },
    ...{ arp: new Map(), ndisc: new Map(), links: [], qdiscs: [], wholeMachine: true },
    ...{ hooks: null, hooksCut: false, unread: 0 },
  };
  return { state: 'ok', evidence: ['c'], at: { s: 1, ns: 0 }, value, sentence: null };
}

interface Moment {
  readonly rules: readonly string[];
  readonly policy?: number;
  readonly counters?: Readonly<Record<string, number>>;
}

/** `NAME +ROSE`, of drops with an exclamation mark. @param met rules of FORWARD that the predicted way meets, by number. */
function risen(before: Moment, after: Moment, met: readonly number[] = []): string[] {
  const moment = ({ rules, policy, counters }: Moment) => ({
    ...snapshotOf({ label: 'a', at: 1 }),
    firewall: {
      ...({ state: 'ok', evidence: ['f'], at: { s: 1, ns: 0 }, sentence: null } as const),
      value: worker({ iptables: filters(rules, policy) }).filters,
    },
    ...(counters === undefined ? {} : { counters: counted(counters) }),
  });
  const tables = worker({ iptables: filters(before.rules) }).filters?.tables ?? [];
  const of = tables.map(({ backend, family, name: table }) => ({ backend, family, table }))[0];
  const rules = met.map((number) => ({ ...of, chain: 'FORWARD', number }));
  const way = [{ node: 'a', steps: [{ rules }] }] as unknown as TraceHop[];
  const two = { node: 'a', before: moment(before), after: moment(after) };
  return risenCounters([{ ...two, context: noContext, names: new Map() }], way).map(
    ({ name, rose, drops }) => `${name} +${String(rose)}${drops ? '!' : ''}`,
  );
}

const accept = (count: number, chain = 'FORWARD'): string =>
  `[${String(count)}:0] -A ${chain} -p icmp -j ACCEPT`;
const drop = (count: number, chain = 'FORWARD'): string => `[${String(count)}:0] -A ${chain} -p udp -j DROP`;

describe('what rose around a probe', () => {
  it('is what the predicted way meets, in its order, then what drops; other rules that let pass are nobody’s concern', () => {
    const before = { rules: [accept(1), drop(1), accept(1, 'MINE'), drop(1, 'MINE')] };
    const after = { rules: [accept(4), drop(3), accept(9, 'MINE'), drop(2, 'MINE')] };
    expect(risen(before, after, [2, 1])).toEqual(
      ['filter FORWARD rule 2 +2!', 'filter FORWARD rule 1 +3', 'filter MINE rule 1 +1!'].map((one) =>
        one.replace('MINE rule 1', 'MINE rule 2'),
      ),
    );
    expect(risen(before, after)).toEqual(['filter FORWARD rule 2 +2!', 'filter MINE rule 2 +1!']);
    expect(risen(before, before, [2, 1])).toEqual([]);
  });

  it('is a policy, too', () => {
    const rules = [accept(1)];
    expect(risen({ rules, policy: 1 }, { rules, policy: 4 })).toEqual(['filter FORWARD policy +3!']);
  });

  it('is nothing of a chain that was written anew meanwhile', () => {
    expect(risen({ rules: [drop(1)] }, { rules: [accept(1), drop(9)] })).toEqual([]);
    expect(
      risen({ rules: [drop(1)] }, { rules: [drop(1).replace('udp', 'tcp').replace('1:', '9:')] }),
    ).toEqual([]);
  });

  it('is what the kernel counts as dropped, unless a rule is named for it', () => {
    const quiet = {
      IpInReceives: 0,
      IpInDelivers: 0,
      IpForwDatagrams: 0,
      IpOutRequests: 0,
      IpOutTransmits: 0,
    };
    const lost = { ...quiet, IpInReceives: 3, IpForwDatagrams: 3 };
    const told = risen({ rules: [drop(1)], counters: quiet }, { rules: [drop(1)], counters: lost });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/ \+3!$/);
    expect(risen({ rules: [drop(1)], counters: quiet }, { rules: [drop(4)], counters: lost })).toEqual([
      'filter FORWARD rule 1 +3!',
    ]);
  });
});
