// How tshark is asked where it is the reference (DESIGN §10).

/** Each packet by itself: nothing put together, nothing remembered. */
export const STATELESS: readonly string[] = [
  'tcp.desegment_tcp_streams',
  'tcp.analyze_sequence_numbers',
  'ip.defragment',
  'ipv6.defragment',
].flatMap((name) => ['-o', `${name}:FALSE`]);
