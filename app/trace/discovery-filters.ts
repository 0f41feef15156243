// Neighbour discovery of IPv6 is packets of ICMPv6, so that packet filters see it: the question leaves by OUTPUT and comes in by INPUT, and the
// answer as well. ARP only rules of its own see (nft's family arp, arptables: net/ipv4/arp.c NF_ARP_OUT, NF_ARP_IN) (RFC 4861; net/ipv6/ndisc.c ndisc_send_skb, ndisc_recv_ns). Nobody tracks them
// (net/netfilter/nf_conntrack_proto_icmpv6.c noct_valid_new).
import type { HookName } from '../probe/firewall-facts.ts';
import { addressText, type Address } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { blankPacket } from './blank-packet.ts';
import { filterContext } from './filter-context.ts';
import { ICMP6 } from './flow-words.ts';
import type { TraceStep } from './model.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';
import type { Passage } from './passage.ts';
import { passFilters } from './pass-filters.ts';
import { ends, type Ground, type Walk } from './walk.ts';

/** Who asks for whom. */
interface Discovery {
  readonly asker: Address;
  readonly target: Address;
}

const SOLICITATION = 135;
const ADVERTISEMENT = 136;
/** IPv6's header, ICMPv6's with the target, and the option with the asker's or the target's MAC address. */
const BYTES = 40 + 24 + 8;
const ARP_BYTES = 28;
/** What a router has passed on is not believed (RFC 4861, 7.1). */
const TTL = 255;

export function solicitation({ asker, target }: Discovery): TracedPacket {
  return discoveryPacket(SOLICITATION, asker, solicitedNode(target));
}

/** ff02::1:ff00:0/104 with the last 24 bits of the address (RFC 4291, 2.7.1). */
function solicitedNode({ words: [, , , last = 0] }: Address): Address {
  return { family: 6, words: Uint32Array.of(0xff020000, 0, 1, (0xff000000 | (last & 0xffffff)) >>> 0) };
}

function discoveryPacket(type: number, src: Address, dst: Address): TracedPacket {
  const blank = blankPacket({ src, dst, sport: 0, dport: 0 });
  return {
    ...blank,
    protocol: ICMP6,
    icmp: { type, code: 0 },
    ttl: TTL,
    length: BYTES,
    connection: { ...blank.connection, state: 'untracked' },
  };
}

/** ARP's own; nothing of it is a packet of IP. */
function arpPacket(arp: 'request' | 'reply', src: Address, dst: Address): TracedPacket {
  return { ...discoveryPacket(0, src, dst), protocol: 0, icmp: null, arp, length: ARP_BYTES };
}

const OUT = ['output', 'postrouting', 'egress'] as const satisfies readonly HookName[];
const IN = ['ingress', 'prerouting', 'input'] as const satisfies readonly HookName[];

/**
 * The rule of a namespace that takes the question or the answer at a device, as a step; null: none does, or whether one does is not known.
 * @param role what the namespace has to do with it.
 */
export function takenDiscovery(
  at: TracedNamespace,
  { name }: InterfaceEntity,
  role: 'asks' | 'answers',
  discovery: Discovery,
): TraceStep | null {
  if (at.filters === null) return null;
  const { asker, target } = discovery;
  const isSix = target.family === 6;
  const question = isSix ? solicitation(discovery) : arpPacket('request', asker, target);
  const answer = isSix ? discoveryPacket(ADVERTISEMENT, target, asker) : arpPacket('reply', target, asker);
  const isAsker = role === 'asks';
  const ofQuestion = takenBy(at, question, name, isAsker ? OUT : IN);
  const what = `of ${addressText(asker)} for ${addressText(target)}`;
  if (ofQuestion !== null)
    return toldAs(
      ofQuestion,
      name,
      `The question ${what} (${isSix ? 'neighbour solicitation' : 'ARP request'}) ends at ${at.name}`,
    );
  const ofAnswer = takenBy(at, answer, name, isAsker ? IN : OUT);
  return ofAnswer === null
    ? null
    : toldAs(
        ofAnswer,
        name,
        `The answer to the question ${what} (${isSix ? 'neighbour advertisement' : 'ARP reply'}) ends at ${at.name}`,
      );
}

function toldAs(step: TraceStep, device: string, sentence: string): TraceStep {
  return { ...step, stage: 'neighbour', device, sentence: `${sentence}: ${step.sentence}` };
}

function takenBy(
  at: TracedNamespace,
  packet: TracedPacket,
  device: string,
  hooks: readonly HookName[],
): TraceStep | null {
  const ground: Ground = { at, options: { tracked: [] }, context: filterContext(at) };
  const isOut = hooks[0] === 'output';
  const walk: Walk = {
    share: 1,
    packet: { ...packet, iif: isOut ? null : device, oif: isOut ? device : null },
    tracking: { kind: 'none' },
    steps: [],
    lookups: [],
    seenAt: null,
  };
  const layer = packet.arp === undefined ? 'ip' : 'arp';
  const met = (on: Walk, [hook, ...others]: readonly HookName[]): readonly Passage[] =>
    hook === undefined
      ? ends(on, { kind: 'delivered', packet: on.packet })
      : passFilters(ground, hook, on, (passed) => met(passed, others), { layer });
  const ways = met(
    walk,
    hooks.filter((hook) => layer === 'ip' || hook === 'output' || hook === 'input'),
  );
  const isTaken = ways.every(({ departure: { kind } }) => kind === 'dropped' || kind === 'rejected');
  return isTaken ? (ways[0]?.steps.at(-1) ?? null) : null;
}
