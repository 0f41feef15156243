import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseConntrackEntries } from './conntrack-entries.ts';

const only = (text: string) => parseConntrackEntries(text).entries[0];

describe('connections as they are listed', () => {
  it('tells both directions of one that was translated, and that nobody has answered it (conntrack-tools 1.4.7)', () => {
    expect(
      only(
        'udp      17 29 src=10.0.0.2 dst=10.96.0.10 sport=4001 dport=53 [UNREPLIED] src=10.0.0.9 dst=10.0.0.2 sport=5353 dport=4001 mark=0 use=2',
      ),
    ).toEqual({
      family: 4,
      protocol: 17,
      state: null,
      timeout: 29,
      original: { src: '10.0.0.2', dst: '10.96.0.10', sport: 4001, dport: 53 },
      reply: { src: '10.0.0.9', dst: '10.0.0.2', sport: 5353, dport: 4001 },
      isReplied: false,
      isOffloaded: false,
      mark: 0,
      zone: 0,
      replyZone: 0,
      text: 'udp 17 29 src=10.0.0.2 dst=10.96.0.10 sport=4001 dport=53 [UNREPLIED] src=10.0.0.9 dst=10.0.0.2 sport=5353 dport=4001 mark=0 use=2',
    });
  });

  it.each([
    [
      'tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=40000 dport=80 packets=3 bytes=180 src=10.0.0.1 dst=10.0.0.2 sport=80 dport=40000 packets=2 bytes=120 [ASSURED] mark=4096 zone=7 use=1',
      { state: 'ESTABLISHED', timeout: 431_999, isReplied: true, mark: 4096, zone: 7, replyZone: 7 },
    ],
    [
      'ipv6     10 icmpv6   58 29 src=fd00:0000:0000:0000:0000:0000:0000:0002 dst=fd00:0000:0000:0000:0000:0000:0000:0009 type=128 code=0 id=77 src=fd00:0000:0000:0000:0000:0000:0000:0009 dst=fd00:0000:0000:0000:0000:0000:0000:0002 type=129 code=0 id=77 mark=0 zone=0 use=2',
      { family: 6, protocol: 58, state: null, original: { sport: 0, dport: 0 } },
    ],
    [
      'ipv4     2 tcp      6 src=10.0.0.2 dst=10.0.0.1 sport=40000 dport=80 src=10.0.0.1 dst=10.0.0.2 sport=80 dport=40000 [OFFLOAD] mark=0 secctx=null zone-orig=3 use=3',
      { timeout: null, isOffloaded: true, zone: 3, replyZone: 0 },
    ],
    [
      'ipv4     2 unknown  47 598 src=10.0.0.2 dst=10.0.0.1 src=10.0.0.1 dst=10.0.0.2 mark=0 use=2',
      { protocol: 47, timeout: 598 },
    ],
  ])('%s', (line, told) => {
    expect(only(line)).toMatchObject(told);
  });

  it('says which line it did not understand, and does not take the tool’s last words for one', () => {
    const read = parseConntrackEntries(
      'conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.\nudp 17 29 src=10.0.0.2 dst=10.96.0.10 sport=99999 dport=53 src=10.0.0.9 dst=10.0.0.2 sport=5353 dport=4001\nudp 17 29 src=10.0.0.2\n',
    );
    expect(read.entries).toEqual([]);
    expect(read.unread.map(({ where }) => where)).toEqual(['line 2', 'line 3']);
  });

  it('takes any text, and tells of every line', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'ipv4',
        '2',
        'tcp',
        '6',
        'src=1.2.3.4',
        'dst=::1',
        'sport=1',
        'dport=65536',
        '[UNREPLIED]',
        'mark=',
        '=',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 14 }), { maxLength: 6 }), (lines) => {
        const text = lines.map((words) => words.join(' ')).join('\n');
        const { entries, unreadCount } = parseConntrackEntries(text);
        expect(entries.length + unreadCount).toBeLessThanOrEqual(text.split('\n').length);
        for (const { original, reply, text: line } of entries) {
          for (const { sport, dport } of [original, reply]) {
            expect(sport).toBeLessThanOrEqual(0xffff);
            expect(dport).toBeLessThanOrEqual(0xffff);
          }
          expect(line.length).toBeLessThanOrEqual(400);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
