// tc's queues and filters. The documents are iproute2 6.1's.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseTcFilters } from './tc-filters.ts';
import { parseQdiscs } from './tc-queues.ts';

const QDISCS = `[{"kind":"noqueue","handle":"0:","dev":"lo","root":true,"refcnt":2,"options":{},"bytes":0,"packets":0,"drops":0,"overlimits":0,"requeues":0,"backlog":0,"qlen":0},{"kind":"tbf","handle":"800b:","dev":"vb","root":true,"refcnt":3,"options":{"rate":1000,"burst":1540,"lat":10000},"bytes":0,"packets":7,"drops":3,"overlimits":0,"requeues":0,"backlog":0,"qlen":0},{"kind":"bfifo","handle":"800e:","dev":"va","root":true,"refcnt":3,"options":{"limit":10},"bytes":0,"packets":0,"drops":3,"overlimits":0,"requeues":0,"backlog":0,"qlen":0},{"kind":"clsact","handle":"ffff:","dev":"va","parent":"ffff:fff1","options":{},"bytes":0,"packets":0,"drops":0,"overlimits":0,"requeues":0,"backlog":0,"qlen":0}]`;

describe('queues', () => {
  it('what limits them, in JSON and in text', () => {
    const [, tbf, bfifo, clsact] = parseQdiscs(QDISCS);
    expect(tbf).toEqual({
      ...{ device: 'vb', kind: 'tbf', handle: '800b:', root: true, dropped: 3, sent: 7 },
      ...{ rate: 1000, burst: 1540 },
    });
    expect(bfifo).toMatchObject({ kind: 'bfifo', limit: 10 });
    expect(clsact).toMatchObject({ kind: 'clsact', root: false });
    expect(
      parseQdiscs(`qdisc tbf 800b: dev vb root refcnt 3 rate 8Kbit burst 1540b lat 10ms 
 Sent 90 bytes 7 pkt (dropped 3, overlimits 0 requeues 0) 
 backlog 0b 0p requeues 0
qdisc pfifo 800c: dev va root refcnt 3 limit 0p
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) 
`),
    ).toEqual([
      tbf,
      { ...{ device: 'va', kind: 'pfifo', handle: '800c:', root: true }, dropped: 0, sent: 0, limit: 0 },
    ]);
  });
});

const asked = (...hooks: readonly string[]): string =>
  `${hooks.map((one) => `filter show dev ${one}`).join('\n')}\n\n`;
const drop = (drops: number): string =>
  `{"order":1,"kind":"gact","control_action":{"type":"drop"},"prob":{"random_type":"none","control_action":{"type":"pass"},"val":0},"index":1,"ref":1,"bind":1,"stats":{"bytes":84,"packets":1,"drops":${String(drops)},"overlimits":0,"requeues":0,"backlog":0,"qlen":0}}`;
const MATCHALL = `[{"protocol":"all","pref":49152,"kind":"matchall","chain":0},{"protocol":"all","pref":49152,"kind":"matchall","chain":0,"options":{"handle":1,"not_in_hw":true,"actions":[${drop(4)}]}}]`;
const U32 = (mask: string, more = ''): string =>
  `[{"protocol":"ip","pref":9,"kind":"u32","chain":0},{"protocol":"ip","pref":9,"kind":"u32","chain":0,"options":{"fh":"800:","ht_divisor":1}},{"protocol":"ip","pref":9,"kind":"u32","chain":0,"options":{"fh":"800::800","order":2048,"key_ht":"800","bkt":"0","not_in_hw":true,${more}"match":{"value":"0","mask":"${mask}","offmask":"","off":0},"actions":[{"order":1,"kind":"mirred","mirred_action":"redirect","direction":"egress","to_dev":"vb","control_action":{"type":"stolen"},"index":1,"ref":1,"bind":1,"stats":{"bytes":0,"packets":0,"drops":0,"overlimits":0,"requeues":0,"backlog":0,"qlen":0}}]}}]`;
const BPF =
  '[{"protocol":"all","pref":1,"kind":"bpf","chain":0},{"protocol":"all","pref":1,"kind":"bpf","chain":0,"options":{"handle":"0x1","bpf_name":"cil_from_container","direct-action":true,"not_in_hw":true,"prog":{"id":1,"tag":"a","jited":1}}}]';

describe('filters', () => {
  it('are nobody’s behind a document that is none, or where there are more than hooks; of another chain take nothing', () => {
    const older =
      '[{"protocol":"ip","pref":9,"kind":"u32","options":{"order":1\n  match 00000000/00000000 at 0 }}]';
    const hooks = asked('va ingress', 'va egress', 'vb ingress', 'vb egress');
    const torn = parseTcFilters(`${hooks}${older}\n[]\n${MATCHALL}\n[]\n`);
    expect(torn).toEqual({ filters: [], cut: true });
    const short = parseTcFilters(`${hooks}${MATCHALL}\n${older}\n${MATCHALL}\n`);
    expect(short.filters).toMatchObject([{ device: 'va', direction: 'ingress' }]);
    expect(short.cut).toBe(true);
    const chained = parseTcFilters(
      `${asked('va ingress')}${MATCHALL.replaceAll('"chain":0', '"chain":7')}\n`,
    );
    expect(chained.filters).toMatchObject([{ matchesAll: false, does: 'drop', dropped: 4, handle: '7 1' }]);
  });

  it('which take everything, what they do, and how many they dropped', () => {
    const { filters, cut } = parseTcFilters(
      `${asked('va egress', 'va ingress', 'vb ingress')}${MATCHALL}\n${BPF}\n${U32('0')}\n`,
    );
    expect(cut).toBe(false);
    expect(filters).toEqual([
      {
        ...{ device: 'va', direction: 'egress', kind: 'matchall', pref: 49152, protocol: 'all' },
        ...{ matchesAll: true, does: 'drop', to: null, dropped: 4, handle: '1' },
      },
      {
        ...{ device: 'va', direction: 'ingress', kind: 'bpf', pref: 1, protocol: 'all' },
        ...{ matchesAll: false, does: 'program', to: null, dropped: null, handle: '0x1' },
      },
      {
        ...{ device: 'vb', direction: 'ingress', kind: 'u32', pref: 9, protocol: 'ip' },
        ...{ matchesAll: true, does: 'redirect', to: 'vb', dropped: 0, handle: '800::800' },
      },
    ]);
  });

  it('a match that hides behind another of the same name is not taken for all', () => {
    const matches = (document: string): boolean[] =>
      parseTcFilters(`${asked('va ingress')}${document}\n`).filters.map(({ matchesAll }) => matchesAll);
    expect(matches(U32('ffff0000'))).toEqual([false]);
    expect(matches(U32('0', '"match":{"value":"50","mask":"ffff","offmask":"","off":20},'))).toEqual([false]);
  });

  it('says when a device went meanwhile, or there are too many', () => {
    expect(parseTcFilters(`${asked('va egress', 'gone ingress')}${MATCHALL}\n`).cut).toBe(true);
    expect(parseTcFilters('left out 3\n\n').cut).toBe(true);
    // Where no device has a hook.
    expect(parseTcFilters('')).toEqual({ filters: [], cut: false });
  });

  it('whatever a node prints, it reads what it can', () => {
    const pieces = fc.constantFrom(
      asked('va egress'),
      MATCHALL,
      BPF,
      '[',
      '{"kind":',
      '\n',
      '"match":',
      'left out',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string())), (texts) => {
        parseTcFilters(texts.join(''));
        parseQdiscs(texts.join(''));
      }),
      { numRuns: runs(50) },
    );
  });
});
