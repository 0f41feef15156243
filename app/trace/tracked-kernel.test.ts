// The model against the real kernel: connections whose rules change under them. What conntrack lists decides, as the packets show.
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConntrackAnswers } from '../probe/conntrack-reading.ts';
import { listedConnections } from './flows.ts';
import type { TrackedConnection } from './passage.ts';
import { passNamespace } from './pass-namespace.ts';
import { namespaceOf } from './testing/namespace-of.ts';
import { packetOf } from './testing/packet-of.ts';
import { NONCE, runTracked, type TrackedCase, type TrackedTruth } from './testing/real-tracked.ts';
import { one, said } from './testing/said.ts';

/** An endpoint of the Service is replaced; some new connections are dropped; marks and zones come to be of account. */
const BEFORE = `
nft add table ip t
nft 'add chain ip t raw { type filter hook prerouting priority raw; }'
nft 'add chain ip t pre { type nat hook prerouting priority dstnat; }'
nft 'add chain ip t mangle { type filter hook prerouting priority mangle; }'
nft 'add chain ip t onward { type filter hook forward priority filter; }'
nft add rule ip t raw udp sport 4401 ct zone set 7
nft add rule ip t pre udp sport 4203 ip daddr 10.96.0.10 udp dport 53 dnat to 10.0.1.3:9999
nft add rule ip t pre ip daddr 10.96.0.10 udp dport 53 dnat to 10.0.1.2:9999
nft add rule ip t mangle udp sport 4301 ct mark set 0x5
nft add rule ip t onward ct state established accept
`;
const AFTER = `
nft flush chain ip t pre
nft add rule ip t pre ip daddr 10.96.0.10 udp dport 53 dnat to 10.0.1.77:9999
nft add rule ip t onward udp sport 4200-4300 ct state new drop
nft add rule ip t mangle ct mark 0x5 meta mark set ct mark
nft add rule ip t raw udp sport 4402 ct zone set 7
ip rule add fwmark 0x5 lookup 5; ip route add unreachable default table 5
`;

const CASES: readonly (TrackedCase & { readonly what: string; readonly ends: string })[] = [
  { what: 'goes to the endpoint that is gone', sport: 4001, begun: 'answered', ends: 'leaves r1 10.0.1.2' },
  { what: 'a new one goes to its successor', sport: 4002, begun: null, ends: 'leaves r1 10.0.1.77' },
  { what: 'passes where a new one does not', sport: 4201, begun: 'answered', ends: 'leaves r1 10.0.1.2' },
  { what: 'a new one is dropped', sport: 4202, begun: null, ends: 'dropped filter-drop' },
  { what: 'unanswered it is new still', sport: 4203, begun: 'unanswered', ends: 'dropped filter-drop' },
  { what: 'its mark leads it elsewhere', sport: 4301, begun: 'answered', ends: 'rejected unreachable' },
  { what: 'a new one has none', sport: 4302, begun: null, ends: 'leaves r1 10.0.1.77' },
  { what: 'is found in its zone', sport: 4401, begun: 'answered', ends: 'leaves r1 10.0.1.2' },
  { what: 'is not found in another', sport: 4402, begun: 'answered', ends: 'leaves r1 10.0.1.77' },
];

let truth: TrackedTruth;
beforeAll(() => {
  truth = runTracked(CASES, BEFORE, AFTER);
}, 60_000);

function listed(text: string): readonly TrackedConnection[] {
  const bytes = new TextEncoder().encode(text);
  const read = parseConntrackAnswers(bytes, 1, { nonce: NONCE, nodeLabel: 'router', seenAt: 0 });
  if (!read.ok) throw new Error(read.failure);
  const [answer] = read.value;
  expect(answer?.sentence).toBeNull();
  const reading = { netnsId: 'r', entries: [...(answer?.entries ?? [])], sentence: null };
  return listedConnections([reading], packetOf('udp 10.0.0.2:1 → 10.96.0.10:53')).get('r') ?? [];
}

describe('a connection that conntrack has', () => {
  it.each(CASES)('$what: $sport $ends', ({ sport, ends, begun }) => {
    const packet = packetOf(`udp 10.0.0.2:${String(sport)} → 10.96.0.10:53`);
    for (const text of [truth.byTool, truth.byFile]) {
      const passage = one(
        passNamespace({ at: namespaceOf(truth.printed), device: 'r0', packet }, { tracked: listed(text) }),
      );
      expect(said(passage)).toBe(ends);
      const quotes = passage.steps.flatMap(({ quote }) => quote ?? []);
      expect(quotes.length, 'what decided is quoted').toBe(begun === null || sport === 4402 ? 0 : 1);
      for (const quote of quotes) expect(quote).toContain(`sport=${String(sport)}`);
    }
    expect(truth.left.get(sport)).toBe(ends.startsWith('leaves r1 ') ? ends.slice('leaves r1 '.length) : '');
  });
});
