import { describe, expect, it } from 'vitest';
import type { FirewallRule, NftSet } from '../probe/firewall-facts.ts';
import { chainsLedTo } from './leads-to.ts';

const xt = (text: string): FirewallRule => ({ backend: 'xt', text, line: 1, packets: null, bytes: null });
const nft = (...expr: unknown[]): FirewallRule => ({
  ...{ backend: 'nft', handle: 1, comment: null, packets: null, bytes: null },
  expr,
});
const map = (name: string, ...elements: unknown[]): NftSet => ({
  ...{ name, isMap: true, type: 'ipv4_addr : verdict', comment: null, timeout: null, elements },
  size: elements.length,
});

describe('chains that a rule leads to', () => {
  it.each([
    ['-s 10.0.0.1/32 -j KUBE-SEP-A', 'KUBE-SEP-A'],
    ['-g MINE', 'MINE'],
    ['-j MINE -m comment', 'MINE'],
    ['-m comment --comment "say \\" -j THIS" -j THAT', 'THAT'],
    ['-m string --string "-j THIS" --algo bm -g THAT', 'THAT'],
  ])('%s', (text, chain) => {
    expect(chainsLedTo(xt(text), { sets: [] })).toEqual([chain]);
  });

  it('none by a rule that only counts, and by what a comment says', () => {
    expect(chainsLedTo(xt('-s 10.0.0.1/32'), { sets: [] })).toEqual([]);
    expect(chainsLedTo(xt('-m comment --comment "x -j THIS"'), { sets: [] })).toEqual([]);
    expect(chainsLedTo(nft({ counter: null }, { accept: null }), { sets: [] })).toEqual([]);
    const said = nft({ match: { left: 'x', op: '==', right: '"jump":{"target":"THIS"}' } });
    expect(chainsLedTo(said, { sets: [] })).toEqual([]);
  });

  it('of nft a jump, a goto, and verdicts of a map, of its own and of its table’s', () => {
    const jump = { jump: { target: 'one' } };
    const goto = { goto: { target: 'a "b"' } };
    expect(chainsLedTo(nft({ counter: null }, jump), { sets: [] })).toEqual(['one']);
    const own = {
      vmap: {
        key: { meta: { key: 'mark' } },
        data: {
          set: [
            [1, jump],
            [2, goto],
          ],
        },
      },
    };
    expect(chainsLedTo(nft(own), { sets: [] })).toEqual(['one', 'a "b"']);
    const named = { vmap: { key: { payload: { protocol: 'ip', field: 'daddr' } }, data: '@services' } };
    const sets = [map('services', ['10.96.0.1', goto]), map('others', ['10.96.0.2', jump])];
    expect(chainsLedTo(nft(named), { sets })).toEqual(['a "b"']);
  });
});
