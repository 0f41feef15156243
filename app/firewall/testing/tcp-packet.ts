// A packet to begin a connection with, for tests that care about a few of its fields.
import { parseAddress, type Address } from '../../route/address.ts';
import { newConnection, type FilterPacket } from '../filter-packet.ts';
import { UNKNOWN_CONTEXT, type HookContext } from '../hook-context.ts';

export function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is no address`);
  return address;
}

type Fields = Partial<Omit<FilterPacket, 'src' | 'dst' | 'connection'>> & {
  readonly src?: string;
  readonly dst?: string;
  readonly connection?: Partial<FilterPacket['connection']>;
};

export function tcpPacket({ src, dst, connection, ...fields }: Fields = {}): FilterPacket {
  const ends = {
    src: addressOf(src ?? '192.168.1.2'),
    dst: addressOf(dst ?? '192.168.2.3'),
    sport: fields.sport ?? 40000,
    dport: fields.dport ?? 80,
  };
  return {
    family: ends.src.family,
    protocol: 6,
    icmp: null,
    tcpFlags: 2,
    iif: 'cali1',
    oif: null,
    physIn: null,
    physOut: null,
    mark: 0,
    tos: 0,
    ttl: 64,
    length: 60,
    ...fields,
    ...ends,
    connection: { ...newConnection(ends), ...connection },
  };
}

/** A node whose own address is 10.0.0.1, which routes all else by eth0. */
export const NODE: HookContext = {
  ...UNKNOWN_CONTEXT,
  addressTypes: ({ words }) => [words[0] === 0x0a000001 ? 'local' : 'unicast'],
  sourceFor: () => addressOf('10.0.0.1'),
  addressOf: () => addressOf('10.0.0.1'),
  routeTo: () => ({ type: 'unicast', devices: ['eth0'] }),
  device: () => null,
};
