// What of a node's packet filters is not known after all its tools were asked, and what may be concluded then.
import { describe, expect, it } from 'vitest';
import { readFirewall } from './firewall-reading.ts';
import { nftTextAsJson } from './nft-text.ts';
import type { ReadSection } from './section-reading.ts';
import { wholeFilters } from './whole-filters.ts';

type Said = readonly [state: ReadSection['state'], stdout: string];

const SAVED: Said = ['ok', '*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n'];
const NFT: Said = ['ok', '{"nftables": [{"table": {"family": "inet", "name": "mine", "handle": 1}}]}'];
const CUT = 'table inet mine {\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n';

function read(said: Readonly<Record<string, Said>>): ReturnType<typeof readFirewall> {
  const sections = Object.entries(said).map(([name, [state, stdout]]): [string, ReadSection] => {
    const head = { id: name, nodeLabel: 'n', command: name, at: null, seenAt: 0, state };
    return [
      name,
      { head: { ...head, exitStatus: null, bytes: stdout.length }, state, stdout, stderr: '', ranges: [] },
    ];
  });
  return readFirewall(new Map(sections), 'n', { uid: 0 });
}

function missing(said: Readonly<Record<string, Said>>): string {
  const section = read(said);
  const { rulesMissing } = section?.value ?? {};
  // Whoever asks what is not there gets an answer only where all was read.
  expect(wholeFilters(section) === null).toBe(rulesMissing !== undefined);
  return `${section?.state ?? 'not asked'}, missing: ${rulesMissing ?? 'nothing'}`;
}

describe('rules that may be there beside those that were read', () => {
  const kernel: Said = ['ok', 'kernel nf_tables\n'];

  it.each<[string, Readonly<Record<string, Said>>, string]>([
    ['every tool answered', { filters: kernel, 'ip:nft': SAVED, nft: NFT }, 'ok, missing: nothing'],
    ['there are none', { filters: ['ok', 'nf_conntrack_count 3\n'] }, 'ok, missing: nothing'],
    [
      'every tool refused',
      { 'ip:nft': ['not-permitted', ''], nft: ['not-permitted', ''] },
      'not-permitted, missing: all',
    ],
    [
      'the kernel does not say whether there are',
      { filters: ['ok', 'unreadable ip_tables_names\n'] },
      'not-permitted, missing: all',
    ],
    [
      'legacy tables cannot be seen beside nft’s',
      { filters: ['ok', 'unreadable ip_tables_names\n'], nft: NFT },
      'ok, missing: some',
    ],
    ['one of two refused', { 'ip:legacy': SAVED, nft: ['not-permitted', ''] }, 'ok, missing: some'],
    ['one did not end in time', { 'ip:legacy': SAVED, 'ip6:legacy': ['timeout', ''] }, 'ok, missing: some'],
    ['one was cut off', { 'ip:legacy': ['truncated', SAVED[1]] }, 'ok, missing: some'],
    ['one stopped within a table', { 'ip:legacy': ['ok', '*nat\n'] }, 'ok, missing: some'],
    ['what nft printed is not whole', { nft: ['ok', nftTextAsJson(CUT)] }, 'ok, missing: some'],
    ['what nft printed is half a document', { nft: ['ok', NFT[1].slice(0, 40)] }, 'ok, missing: some'],
    [
      'the Services of IPVS were refused',
      { 'ip:nft': SAVED, ipvs: ['not-permitted', ''] },
      'ok, missing: some',
    ],
    // nft was asked for it.
    [
      'iptables gave up on what nft shows',
      { 'ip:nft': ['failed', '*nat\n'], nft: NFT },
      'ok, missing: nothing',
    ],
    // Rules of nft's own are rare beside those of iptables.
    ['nft is not installed beside iptables', { filters: kernel, 'ip:nft': SAVED }, 'ok, missing: nothing'],
    ['nft is not installed, and there is nothing else', { filters: kernel }, 'ok, missing: some'],
  ])('%s', (_, said, expected) => {
    expect(missing(said)).toBe(expected);
  });
});

it('queues that programs listen to, by their numbers; none, and not told', () => {
  const queues = (line: string) => read({ filters: ['ok', `${line}kernel nf_tables\n`] })?.value?.queues;
  expect(queues('nfnetlink_queue 5 4711 0 2 65531 0 0 3 1 17 4712 1 2 65531 0 0 9 1\n')).toEqual([5, 17]);
  expect(queues('nfnetlink_queue\n')).toEqual([]);
  expect(queues('')).toBeUndefined();
  // Of a kernel that says it otherwise.
  expect(queues('nfnetlink_queue 5 4711 0 2 65531 0 0 3\n')).toBeUndefined();
  expect(queues('nfnetlink_queue 5 4711 0 2 65531 0 0 ? 1\n')).toBeUndefined();
});
