// The router of real-filters.ts as our model of the hooks takes a packet through it: its routes are so few that they stand here, and
// conntrack is remembered as far as those packets go.
import type { FirewallReading, HookName } from '../../probe/firewall-facts.ts';
import { addressScalar } from '../packet-view.ts';
import type { FilterPacket, Tuple } from '../filter-packet.ts';
import type { HookContext } from '../hook-context.ts';
import type { HookOutcome, RuleHit } from '../hook-outcome.ts';
import { passHook } from '../pass-hook.ts';
import type { Address } from '../../route/address.ts';
import { address, addressOn, filterPacketOf, type RandomPacket } from './random-packets.ts';

type Device = 'd0' | 'd1';
const DEVICES: readonly Device[] = ['d0', 'd1'];

const own = (device: Device, family: 4 | 6): Address =>
  address(addressOn(family, DEVICES.indexOf(device), 1));
const same = (a: Address, b: Address): boolean => addressScalar(a) === addressScalar(b);

function isOwn(of: Address, device: string | null): boolean {
  return DEVICES.some((name) => (device === null || device === name) && same(of, own(name, of.family)));
}

/** By which device an address is reached. */
function deviceFor(of: Address): Device {
  const [first = 0] = of.words;
  // 10.1…, fd01:…
  return ((first >>> 16) & 0xff) === 1 ? 'd0' : 'd1';
}

export const ROUTER: HookContext = {
  addressTypes: (of, device) => [isOwn(of, device) ? 'local' : 'unicast'],
  sourceFor: (device, to) => own(device as Device, to.family),
  addressOf: (device, family) => own(device as Device, family),
  routeTo: (to, _from, { device }) => {
    const by = deviceFor(to);
    if (isOwn(to, null)) return { type: 'local', devices: ['lo'] };
    return device === null || device === by ? { type: 'unicast', devices: [by] } : null;
  },
  device: (name) => ({ ifindex: name === 'd0' ? 2 : 3, group: name === 'd1' ? '7' : 'default', kind: 'tun' }),
};

/** Why the model gives no single answer. */
export class NotSure extends Error {}

export class Router {
  readonly #reading: FirewallReading;
  readonly hits: RuleHit[] = [];
  readonly #records = new Map<string, { readonly mark: number }>();
  /** Of the packet on its way: ICMP's identifier. */
  #id = 0;
  /** How the packets ended, by number. */
  readonly ends = new Map<string, number>();

  constructor(reading: FirewallReading) {
    this.#reading = reading;
  }

  take(random: RandomPacket): void {
    const bare = filterPacketOf(random);
    const packet: FilterPacket = { ...bare, connection: this.#connectionOf(bare, random) };
    this.#id = random.sport;
    const end = this.#walk(packet);
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
  }

  #walk(packet: FilterPacket): string {
    let now: FilterPacket | null = packet;
    if (packet.iif === null) {
      now = this.#pass('output', { ...packet, oif: deviceFor(packet.dst) });
      if (now !== null) now = this.#pass('postrouting', { ...now, oif: deviceFor(now.dst) });
      if (now !== null) this.#confirm(packet, now);
      if (now !== null) now = this.#pass('egress', now);
      return now === null ? 'drop' : 'sent';
    }
    now = this.#pass('ingress', packet);
    if (now !== null) now = this.#pass('prerouting', now);
    if (now === null) return 'drop';
    if (isOwn(now.dst, null)) {
      now = this.#pass('input', now);
      if (now !== null) this.#confirm(packet, now);
      return now === null ? 'drop' : 'input';
    }
    now = this.#pass('forward', { ...now, oif: deviceFor(now.dst), ttl: now.ttl - 1 });
    if (now !== null) now = this.#pass('postrouting', now);
    if (now !== null) this.#confirm(packet, now);
    if (now !== null) now = this.#pass('egress', now);
    return now === null ? 'drop' : 'forward';
  }

  #pass(hook: HookName, packet: FilterPacket): FilterPacket | null {
    const outcomes = passHook(this.#reading, hook, packet, ROUTER);
    const [outcome]: readonly (HookOutcome | undefined)[] = outcomes;
    if (outcome === undefined || outcomes.length > 1 || outcome.verdict.kind === 'unknown')
      throw new NotSure(JSON.stringify(outcomes.map(({ verdict, share }) => ({ verdict, share }))));
    this.hits.push(...outcome.hits);
    return outcome.verdict.kind === 'accept' ? outcome.packet : null;
  }

  #connectionOf(packet: Omit<FilterPacket, 'connection'>, random: RandomPacket): FilterPacket['connection'] {
    const known = this.#records.get(keyOf(packet, random.sport));
    const original: Tuple = packet;
    const fresh = { mark: 0, dnat: false, snat: false, direction: 'original' as const, original };
    if (known !== undefined && random.isReply) {
      const asked = { src: packet.dst, dst: packet.src, sport: packet.dport, dport: packet.sport };
      return { ...fresh, state: 'established', mark: known.mark, direction: 'reply', original: asked };
    }
    // What TCP cannot begin with; an answer to no question.
    const isInvalid =
      (random.protocol === 'tcp' && [4, 0x12].includes(random.tcpFlags)) ||
      (random.protocol === 'icmp' && random.isReply);
    return { ...fresh, state: isInvalid ? 'invalid' : 'new' };
  }

  /** It got through: conntrack keeps it, as the answer to it looks. */
  #confirm(first: FilterPacket, last: FilterPacket): void {
    const { state, mark, snat, dnat } = last.connection;
    if (state !== 'new' || snat || dnat) return;
    const answer = { ...first, src: first.dst, dst: first.src, sport: first.dport, dport: first.sport };
    this.#records.set(keyOf(answer, this.#id), { mark });
  }
}

function keyOf(packet: Omit<FilterPacket, 'connection'>, id: number): string {
  const { src, dst, protocol, icmp, sport, dport } = packet;
  const ports = icmp === null ? `${sport} ${dport}` : String(id);
  return `${protocol} ${addressScalar(src)} ${addressScalar(dst)} ${ports}`;
}
