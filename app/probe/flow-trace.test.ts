import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import {
  flowTrace,
  flowTraceScript,
  parseFlowTrace,
  sweepScript,
  traceRules,
  type TracedFlow,
} from './flow-trace.ts';

const nonce = 'a1b2c3d4e5f6a7b8';
const flow = { source: '10.9.0.2', destination: '10.9.0.1', proto: 'icmp', port: null, told: null } as const;

/** Recorded: nft 1.0.6, kernel 6.18, iptables-nft rules and a table of nft’s own; one id for two packets after another. */
const TRACED = `trace id b018921d inet hopscope_trace_1795713511_24105 prerouting packet: iif "v0" ip saddr 10.9.0.2 ip daddr 10.9.0.1 ip ttl 64
trace id b018921d inet hopscope_trace_1795713511_24105 prerouting unknown rule handle 4 (verdict continue)
trace id b018921d inet hopscope_trace_1795713511_24105 prerouting policy accept
trace id b018921d ip raw PREROUTING policy accept meta mark 0x00040000
trace id b018921d ip filter INPUT packet: iif "v0" ip saddr 10.9.0.2 ip daddr 10.9.0.1 ip ttl 64
trace id b018921d ip filter INPUT rule counter packets 0 bytes 0 jump cali-x # handle 4 (verdict jump cali-x)
trace id b018921d ip filter cali-x rule ip saddr 10.9.0.2  counter packets 0 bytes 0 accept # handle 5 (verdict accept)
trace id 87bd6c90 ip filter INPUT rule counter packets 0 bytes 0 jump cali-x # handle 4 (verdict jump cali-x)
trace id b018921d inet hopscope_trace_1795713511_24105 prerouting packet: iif "v0" ip saddr 10.9.0.2 ip daddr 10.9.0.1 ip ttl 64
trace id b018921d inet mine in rule ip saddr 10.9.0.2 counter packets 0 bytes 0 comment "own" # handle 2 (verdict drop)
chain ip filter INPUT
handle 2
handle 4
chain ip filter cali-x
handle 5
chain inet mine in
handle 2
`;

describe('the rules that a kernel took a flow through', () => {
  it('are told a packet at a time, by their place in their chain; packets that somebody else traces are not', () => {
    const { packets, unread } = flowTrace(TRACED);
    expect(unread).toEqual([]);
    expect(
      packets.map((met) => met.map(({ table, chain, number, verdict }) => [table, chain, number, verdict])),
    ).toEqual([
      [
        ['raw', 'PREROUTING', 0, 'accept'],
        ['filter', 'INPUT', 2, 'jump cali-x'],
        ['filter', 'cali-x', 1, 'accept'],
      ],
      [['mine', 'in', 1, 'drop']],
    ]);
    expect(packets[0]?.[2]?.text).toBe('ip saddr 10.9.0.2  accept');
  });

  it('go on where a bridge hands a packet up under another id', () => {
    const head =
      'packet: iif "cni0" ip saddr 10.9.0.2 ip daddr 10.9.0.1 ip ttl 64 ip id 77 ip length 60 tcp sport 61234 tcp dport 8080';
    const lines = [
      `trace id 1 inet hopscope_trace_1_2 prerouting ${head}`,
      `trace id 1 ip nat PREROUTING policy accept`,
      `trace id 2 ip filter FORWARD ${head.replace('ttl 64', 'ttl 63')}`,
      `trace id 2 ip filter FORWARD policy accept`,
      `trace id 3 ip filter FORWARD ${head.replace('ip id 77', 'ip id 78')}`,
      `trace id 3 ip filter FORWARD policy drop`,
    ];
    expect(flowTrace(lines.join('\n')).packets.map((met) => met.map(({ chain }) => chain))).toEqual([
      ['PREROUTING', 'FORWARD'],
    ]);
  });

  it('say with its line what was not understood, and never throw', () => {
    const odd = TRACED.replace('policy accept meta', 'something new meta');
    expect(flowTrace(odd).unread).toEqual([
      { line: 4, text: expect.stringContaining('something new') as string },
    ]);
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...TRACED.split('\n')), fc.string())), (lines) => {
        const text = lines.join('\n');
        expect(flowTrace(text).packets.length).toBeLessThanOrEqual(50);
        expect(flowTrace(text.slice(0, text.length / 2)).unread.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: runs(50) },
    );
  });

  it('are asked for by a rule that matches this flow alone, expires in the kernel, and is taken out by more than one', () => {
    const text = (more: Partial<TracedFlow>): string => {
      const made = traceRules({ ...flow, ...more });
      return made.ok ? made.value : made.failure;
    };
    // Of other packets between the two those of the probe are told by where they come from, or how long they are.
    expect(text({ proto: 'udp', port: 53, told: 'by-source-port' })).toContain(
      'meta l4proto udp th dport 53 th sport 61000-65499 limit',
    );
    expect(text({ told: { bytes: 97 } })).toContain('icmp type echo-request meta length 97 limit');
    const rules = traceRules({ ...flow, proto: 'tcp', port: 8080 });
    expect(rules.ok && rules.value).toMatch(/timeout 15s; elements = \{ 10\.9\.0\.2 \. 10\.9\.0\.1 \}/);
    expect(rules.ok && rules.value).toContain(
      'ip saddr . ip daddr @ends meta l4proto tcp th dport 8080 tcp flags & (syn | ack) == syn limit rate 10/second meta nftrace set 1',
    );
    const script = flowTraceScript(nonce, flow);
    expect(script.ok && script.value).toMatch(
      /unset HOPSCOPE_GUARD\n\s*exec setsid sh -c [^\n]*nft delete table inet \$2/,
    );
    expect(sweepScript(nonce)).toContain('-lt "$(date +%s)"');
  });

  it.each(['$(id)', "1.2.3.4'; reboot; '", ''])('put no %j into a rule', (source) => {
    expect(flowTraceScript(nonce, { ...flow, source }).ok).toBe(false);
    expect(traceRules({ ...flow, destination: 'fd00::1' })).toMatchObject({ ok: false });
  });

  it('are not known where a tool or nf_tables is missing, and a sentence says so', () => {
    const said = (text: string): Uint8Array =>
      new TextEncoder().encode(`\n#${nonce} begin traced 1.00 nft\n${text}\n#${nonce} end traced 0 1.00\n`);
    const read = (text: string) => parseFlowTrace(said(text), { nonce, nodeLabel: 'a', seenAt: 0 });
    expect(read('lacks setsid')).toEqual({
      ok: false,
      failure: expect.stringContaining('no setsid') as string,
    });
    expect(read('lacks nf_tables')).toMatchObject({ ok: false });
    expect(read('Error: syntax error')).toEqual({
      ok: false,
      failure: 'a did not take the rule that marks the packets (Error: syntax error).',
    });
    expect(
      parseFlowTrace(
        new TextEncoder().encode(
          `\n#${nonce} begin traced 1.00 nft\nError: syntax error\n\n#${nonce} end traced 1 1.00\n\n#${nonce} stderr traced\nError: No such file or directory\n`,
        ),
        { nonce, nodeLabel: 'a', seenAt: 0 },
      ),
    ).toMatchObject({ failure: expect.stringContaining('(Error: syntax error)') as string });
    expect(read(`#${nonce} ready\n${TRACED}`)).toMatchObject({ ok: true, value: { packets: [{}, {}] } });
  });
});
