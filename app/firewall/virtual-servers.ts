// IPVS (net/netfilter/ipvs/ip_vs_core.c): a Service's address leads to one of its servers, at input for what comes in and at output
// for what is sent here.
import type { HookName, VirtualServer } from '../probe/firewall-facts.ts';
import { ipProtocolOf } from '../probe/rule-words.ts';
import { parseAddress } from '../route/address.ts';
import type { BaseChain, CompiledChain, CompiledRule, CompiledTable } from './compiled-chain.ts';
import { Choice } from './filter-value.ts';
import { translated } from './nat-translation.ts';
import { addressScalar, type PacketView } from './packet-view.ts';
import { endBy, test, type Ended, type Ending } from './rule-program.ts';

/** NF_IP_PRI_NAT_SRC - 1, NF_IP_PRI_NAT_DST + 2. */
export const IPVS_PRIORITY = { input: 99, output: -98 } as const;

/** No table of iptables: its rules are virtual servers. */
export const IPVS_TABLE = 'ipvs';

export function ipvsChain(servers: readonly VirtualServer[], hook: HookName): BaseChain | null {
  if (servers.length === 0 || (hook !== 'input' && hook !== 'output')) return null;
  const table: CompiledTable = {
    key: { backend: 'legacy', family: 'ip', name: IPVS_TABLE },
    deepest: 0,
    chain: () => null,
  };
  const chain: CompiledChain = {
    name: 'virtual servers',
    table,
    policy: 'accept',
    rules: servers.map(ruleOf),
  };
  return { chain, isNat: false, priority: null, afterConntrack: true, devices: 'every' };
}

function ruleOf(server: VirtualServer, at: number): CompiledRule {
  const { protocol, address, port, mark, scheduler, flags } = server;
  const where =
    address === null ? String(mark) : `${address.includes(':') ? `[${address}]` : address}:${port ?? 0}`;
  const text = `${protocol} ${where} ${scheduler} ${flags}`.trimEnd();
  const to = address === null ? null : parseAddress(address);
  const number = protocol === 'FWM' ? null : ipProtocolOf(protocol.toLowerCase());
  const asked = to === null ? null : addressScalar(to);
  return {
    rule: null,
    number: at + 1,
    onlyTo: asked,
    text: () => text,
    steps: [
      test(({ packet }) =>
        asked === null
          ? packet.mark === mark
          : packet.protocol === number &&
            addressScalar(packet.dst) === asked &&
            // Port 0: every port (persistent Services).
            (port === packet.dport || port === 0),
      ),
      endBy((view) => scheduled(server, view)),
    ],
  };
}

function scheduled({ servers, scheduler, flags }: VirtualServer, view: PacketView): Ended {
  const alive = servers.filter(({ weight }) => weight > 0);
  if (alive.length === 0) return { kind: 'reject', with: 'icmp-port-unreachable' };
  const weighed = scheduler !== 'rr' && scheduler !== 'lc';
  if (scheduler !== 'rr' && scheduler !== 'wrr' && alive.length > 1)
    view.presume(
      `IPVS chooses the server by ${scheduler}: the shares are those of ${weighed ? 'their weights' : 'an even choice'}.`,
    );
  if (flags.includes('persistent'))
    view.presume('IPVS keeps a client with its server: this one has none yet.');
  const whole = alive.reduce((sum, { weight }) => sum + (weighed ? weight : 1), 0);
  const ways = alive.map((real) => ({ share: (weighed ? real.weight : 1) / whole, value: sent(real, view) }));
  return new Choice(ways);
}

function sent(real: VirtualServer['servers'][number], view: PacketView): Ending {
  const to = parseAddress(real.address);
  if (real.forward === 'Local') return { kind: 'accept' };
  if (real.forward !== 'Masq' || to === null)
    return {
      kind: 'unknown',
      why: `IPVS sends it to ${real.address} unchanged (${real.forward}): that way is not followed`,
    };
  const ended = translated(view, 'dst', {
    addresses: [to, to],
    ports: [real.port, real.port],
    random: false,
    keptBits: null,
  });
  const { packet } = ended !== null && 'kind' in ended && ended.kind === 'translated' ? ended : view;
  // It goes on as if it were sent here.
  return { kind: 'sent', packet: { ...packet, iif: view.hook === 'input' ? null : packet.iif } };
}
