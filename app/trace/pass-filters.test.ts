// What rules give to a proxy of this namespace, and tables that are this program's own.
import { describe, expect, it } from 'vitest';
import { packetOf } from './testing/packet-of.ts';
import { passNamespace } from './pass-namespace.ts';
import { one, said } from './testing/said.ts';
import { WORKER, worker } from './testing/worker.ts';
import type { PrintedNamespace } from './testing/namespace-of.ts';

const TO_PROXY =
  '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 80 -j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1\nCOMMIT\n';
const SYN = 'tcp 192.168.1.2:40000 → 192.168.2.3:80';

function passed(changed: Partial<PrintedNamespace>, packet = packetOf(SYN)) {
  const at = worker({ iptables: TO_PROXY, ...changed });
  return one(passNamespace({ at, device: 'cali1', packet }, { tracked: [] }));
}

describe('TPROXY (net/netfilter/xt_TPROXY.c tproxy_tg4)', () => {
  it('drops what no socket takes, and says which rule', () => {
    const way = passed({});
    expect(said(way)).toBe('dropped filter-drop');
    const step = way.steps.at(-1);
    expect(step?.sentence).toBe(
      'rule 1 of mangle PREROUTING gives it to a proxy on port 15006 (TPROXY), and nobody in k8s-worker-1 listens there: it is dropped, and nobody is told.',
    );
    expect(step?.rules.at(-1)).toMatchObject({ table: 'mangle', chain: 'PREROUTING', number: 1 });
    expect(step?.command).toContain("ss -ltn 'sport = :15006'");
  });

  it.each([
    ['a listener', { sockets: `${WORKER.sockets ?? ''}tcp 127.0.0.1:15006` }],
    ['one of IPv6 that takes both', { sockets: 'tcp6 [::]:15006' }],
  ])('%s: where it goes from there is not known', (_, changed) => {
    expect(said(passed(changed))).toMatch(/^unknown/);
  });

  it('who listens was not read, or in part, or it belongs to a connection, which has a socket of its own: not known', () => {
    const outcome = (changed: Partial<ReturnType<typeof worker>>) => {
      const at = { ...worker({ iptables: TO_PROXY }), ...changed };
      return said(one(passNamespace({ at, device: 'cali1', packet: packetOf(SYN) }, { tracked: [] })));
    };
    expect(outcome({ sockets: null })).toMatch(/^unknown/);
    expect(outcome({ sockets: [], socketsCut: ['tcp6'] })).toMatch(/^unknown/);
    expect(outcome({ sockets: [], socketsCut: ['udp'] })).toBe('dropped filter-drop');
    expect(said(passed({}, packetOf(SYN, { tcpFlags: 0x10 })))).toMatch(/^unknown/);
    expect(said(passed({ sockets: 'udp 0.0.0.0:15006' }))).toBe('dropped filter-drop');
  });

  it('what the rule is not for goes on', () => {
    expect(said(passed({}, packetOf('tcp 192.168.1.2:40000 → 192.168.2.3:81')))).toMatch(/^leaves ens192/);
  });
});

it('a queue to which no program listens drops (NFQUEUE), as the node says; where it does not say, a program decides', () => {
  const NFQUEUE =
    '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp -m tcp --dport 80 -j NFQUEUE --queue-num 5\nCOMMIT\n';
  const at = worker({ iptables: NFQUEUE });
  const filters = at.filters;
  if (filters === null) throw new Error('no filters');
  const way = (queues?: readonly number[]) => {
    const known = { ...at, filters: { ...filters, ...(queues === undefined ? {} : { queues }) } };
    return one(passNamespace({ at: known, device: 'cali1', packet: packetOf(SYN) }, { tracked: [] }));
  };
  expect(said(way([]))).toBe('dropped filter-drop');
  expect(way([]).steps.at(-1)?.sentence).toBe(
    'rule 1 of filter FORWARD gives it to queue 5, to which no program listens: it is dropped, and nobody is told.',
  );
  expect(said(way([5]))).toMatch(/^unknown/);
  expect(said(way())).toMatch(/^unknown/);
});

it('the table of a rule trace is in nobody’s way, and not told', () => {
  const named = (name: string) => {
    const of = { family: 'inet', table: name };
    const nftables = [
      { table: { family: 'inet', name, handle: 1 } },
      {
        chain: {
          ...of,
          name: 'watch',
          handle: 1,
          type: 'filter',
          hook: 'prerouting',
          prio: -400,
          policy: 'accept',
        },
      },
      {
        rule: {
          ...of,
          chain: 'watch',
          handle: 2,
          expr: [{ mangle: { key: { meta: { key: 'nftrace' } }, value: 1 } }],
        },
      },
    ];
    return passed({ iptables: '', nft: JSON.stringify({ nftables }) })
      .steps.map(({ sentence }) => sentence)
      .join('\n');
  };
  expect(named('somebodys')).toContain('somebodys watch');
  const own = named('hopscope_trace_1795758000_42');
  expect(own).toContain('192.168.2.3');
  expect(own).not.toContain('hopscope_trace');
});

describe('rules of which not all were read', () => {
  const DROPS = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p udp -j DROP\nCOMMIT\n';

  it.each([
    ['all', 'The packet filters of k8s-worker-1 were not read: it is presumed that they let it pass'],
    ['some', 'Not all packet filters of k8s-worker-1 were read: it is presumed that the others let it pass'],
  ] as const)('%s: that the others change nothing is presumed, once, and said', (rulesMissing, sentence) => {
    const read = worker({ iptables: DROPS });
    const filters = read.filters === null ? null : { ...read.filters, rulesMissing };
    const way = (flow: string) =>
      one(
        passNamespace({ at: { ...read, filters }, device: 'cali1', packet: packetOf(flow) }, { tracked: [] }),
      );
    const doubts = way(SYN).steps.flatMap(({ presumed }) => presumed);
    expect(doubts.filter((doubt) => doubt.startsWith(sentence))).toHaveLength(1);
    // What was read holds.
    expect(said(way('udp 192.168.1.2:40000 → 192.168.2.3:53'))).toBe('dropped filter-drop');
  });
});
