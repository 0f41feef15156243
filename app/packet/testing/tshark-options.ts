// How tshark is asked where it is the reference (DESIGN §10).

/** Linux' old port of VXLAN, which is only data to it unless it is told. */
const DECODED_AS = ['-d', 'udp.port==8472,vxlan'];

/** Each packet by itself: nothing put together, nothing remembered. */
export const STATELESS: readonly string[] = [
  ...[
    'tcp.desegment_tcp_streams',
    'tcp.analyze_sequence_numbers',
    'ip.defragment',
    'ipv6.defragment',
  ].flatMap((name) => ['-o', `${name}:FALSE`]),
  ...DECODED_AS,
];
