// What ICMP says in words (https://www.iana.org/assignments/icmp-parameters).

export const ICMP_TYPE_WORDS: Readonly<Record<number, string>> = {
  0: 'Echo reply',
  3: 'Destination unreachable',
  4: 'Source quench',
  5: 'Redirect',
  8: 'Echo request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time exceeded',
  12: 'Parameter problem',
  13: 'Timestamp',
  14: 'Timestamp reply',
  15: 'Information request',
  16: 'Information reply',
  17: 'Address mask request',
  18: 'Address mask reply',
  30: 'Traceroute',
  40: 'Photuris',
  42: 'Extended echo request',
  43: 'Extended echo reply',
};

export const ICMPV6_TYPE_WORDS: Readonly<Record<number, string>> = {
  1: 'Destination unreachable',
  2: 'Packet too big',
  3: 'Time exceeded',
  4: 'Parameter problem',
  128: 'Echo request',
  129: 'Echo reply',
  130: 'Multicast listener query',
  131: 'Multicast listener report',
  132: 'Multicast listener done',
  133: 'Router solicitation',
  134: 'Router advertisement',
  135: 'Neighbour solicitation',
  136: 'Neighbour advertisement',
  137: 'Redirect',
  138: 'Router renumbering',
  139: 'Node information query',
  140: 'Node information reply',
  141: 'Inverse neighbour solicitation',
  142: 'Inverse neighbour advertisement',
  143: 'Multicast listener report, version 2',
  144: 'Home agent discovery request',
  145: 'Home agent discovery reply',
  146: 'Mobile prefix solicitation',
  147: 'Mobile prefix advertisement',
  155: 'RPL control',
  160: 'Extended echo request',
  161: 'Extended echo reply',
};

const CODE_WORDS: Readonly<Record<number, readonly string[]>> = {
  3: [
    'the network is unreachable',
    'the host is unreachable',
    'the protocol is unreachable',
    'the port is unreachable',
    'fragmentation is needed',
    'the source route failed',
    'the network is unknown',
    'the host is unknown',
    'the source host is isolated',
    'the network is prohibited',
    'the host is prohibited',
    'the network is unreachable for this service',
    'the host is unreachable for this service',
    'prohibited by a filter',
    'the precedence is violated',
    'the precedence is too low',
  ],
  5: ['for the network', 'for the host', 'for the service and network', 'for the service and host'],
  11: ['the time to live ran out on the way', 'fragments did not come in time'],
  12: ['the pointer tells where', 'an option is missing', 'a bad length'],
};

const CODE_WORDS_6: Readonly<Record<number, readonly string[]>> = {
  1: [
    'no route to it',
    'prohibited by a filter',
    'beyond the scope of the source',
    'the address is unreachable',
    'the port is unreachable',
    'the source fails the policy',
    'the route rejects it',
    'an error in the source route',
    'the headers are too long',
  ],
  3: ['the hop limit ran out on the way', 'fragments did not come in time'],
  4: ['an erroneous header', 'a next header that is not known', 'an option that is not known'],
};

export function icmpCodeWords(type: number, code: number): string | null {
  return CODE_WORDS[type]?.[code] ?? null;
}

export function icmpv6CodeWords(type: number, code: number): string | null {
  return CODE_WORDS_6[type]?.[code] ?? null;
}
