// `dnat`, `snat`, `redirect`, `masquerade` of nftables' JSON: to constants, or to what a map has for the packet.
import type { FirewallTable } from '../probe/firewall-facts.ts';
import { parseAddress, parsePrefix, type Address } from '../route/address.ts';
import { Choice, Unknown } from './filter-value.ts';
import { masqueraded, redirected, translated, type NatRange } from './nat-translation.ts';
import { mapReader } from './nft-value.ts';
import type { PacketView } from './packet-view.ts';
import { endBy, type Ended, type Ending, type Step } from './rule-program.ts';
import { isObject } from './value-type.ts';

type NatKind = 'dnat' | 'snat' | 'redirect' | 'masquerade';

export function natStep(kind: NatKind, fields: unknown, table: FirewallTable): Step {
  const { addr, port, flags } = isObject(fields) ? fields : {};
  const words = [flags].flat();
  const random = words.some((word) => typeof word === 'string' && word.includes('random'));
  const translate = (view: PacketView, range: NatRange): Ended => {
    if (kind === 'redirect') return redirected(view, range);
    if (kind === 'masquerade') return masqueraded(view, range);
    return translated(view, kind === 'dnat' ? 'dst' : 'src', range);
  };
  const addresses = isObject(addr) && 'map' in addr ? mapReader(addr['map'], table) : null;
  const ports = isObject(port) && 'map' in port ? mapReader(port['map'], table) : null;
  if (addresses === null && ports === null) {
    const range = constantRange(addr, port, random);
    return endBy((view) => (range === null ? NOT_UNDERSTOOD : translate(view, range)));
  }
  const reader = addresses ?? ports;
  return endBy((view) => {
    const of = (mapped: { readonly to: unknown } | null | Unknown): Ending | null | Unknown => {
      if (mapped === null || mapped instanceof Unknown) return mapped;
      const range =
        addresses === null ? constantRange(addr, mapped.to, random) : constantRange(mapped.to, port, random);
      if (range === null) return NOT_UNDERSTOOD;
      const ended = translate(view, range);
      return ended instanceof Choice ? new Unknown('it chooses twice') : ended;
    };
    const mapped = reader?.(view) ?? null;
    return mapped instanceof Choice ? mapped.map(of) : of(mapped);
  });
}

const NOT_UNDERSTOOD = new Unknown('what it translates to is not understood');

/** Of constants as the JSON has them; an address may come with its port in a concatenation. */
function constantRange(addr: unknown, port: unknown, random: boolean): NatRange | null {
  if (isObject(addr) && Array.isArray(addr['concat'])) {
    const [address, with_, ...more] = addr['concat'] as unknown[];
    return more.length > 0 ? null : constantRange(address, with_, random);
  }
  const ports = port === undefined ? null : portsOf(port);
  if (port !== undefined && ports === null) return null;
  if (addr === undefined) return { addresses: null, ports, random, keptBits: null };
  if (isObject(addr) && isObject(addr['prefix'])) {
    const { addr: net, len } = addr['prefix'];
    const prefix = parsePrefix(`${String(net)}/${String(len)}`);
    return prefix === null ? null : { addresses: [prefix, prefix], ports, random, keptBits: prefix.length };
  }
  const [first, last] = endsOf(addr).map(addressOf);
  if (first === null || first === undefined || last?.family !== first.family) return null;
  return { addresses: [first, last], ports, random, keptBits: null };
}

function endsOf(value: unknown): readonly [unknown, unknown] {
  const range = isObject(value) ? value['range'] : undefined;
  return Array.isArray(range) ? [range[0], range[1]] : [value, value];
}

function addressOf(raw: unknown): Address | null {
  return typeof raw === 'string' ? parseAddress(raw) : null;
}

function portsOf(raw: unknown): [number, number] | null {
  const [from, to] = endsOf(raw).map((each) => (typeof each === 'number' ? each : null));
  return from === null || to === null || from === undefined || to === undefined ? null : [from, to];
}
