// Prefixes of a made-up session: one is refused, one is not taken.
import type { CallRequest } from '../../app/contract/calls.ts';
import type { PrefixList } from '../../app/probe/bird-exchange.ts';
import { bgpExchange, type ExchangeSide } from '../../app/topology/bgp-exchange.ts';
import type { BgpExchange } from '../../app/topology/bgp-exchange-model.ts';
import type { Topology } from '../../app/topology/model.ts';

const list = (...prefixes: string[]): PrefixList => ({
  prefixes: new Map(prefixes.map((prefix) => [prefix, { best: true }])),
  cut: false,
});
const none = list();

export function fakeExchange({ bgp, nodes }: Topology, { ends }: CallRequest<'bgp.exchange'>): BgpExchange {
  const name = (at: 0 | 1): string => nodes[bgp[ends[at] ?? '']?.nodeId ?? '']?.label ?? 'the peer';
  const commands = ['export', 'protocol', 'filtered protocol'].map(
    (words) => `birdcl -r -s /var/run/calico/bird.ctl show route ${words} Mesh_10_12_22_152`,
  );
  const side = (
    at: 0 | 1,
    exported: PrefixList,
    imported: PrefixList,
    filtered: PrefixList,
  ): ExchangeSide => ({
    name: name(at),
    exchange: { exported, imported, filtered, commands },
    why: null,
    routes: null,
  });
  const theirs = list('192.168.2.0/24', '192.168.66.0/26', '10.96.0.0/12');
  return {
    ok: true,
    directions: bgpExchange([
      side(0, list('192.168.1.0/24'), list('192.168.2.0/24'), list('10.96.0.0/12')),
      side(1, theirs, list('192.168.1.0/24'), none),
    ]),
    commands: ([0, 1] as const).flatMap((at) => commands.map((command) => ({ node: name(at), command }))),
  };
}
