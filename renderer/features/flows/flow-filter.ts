// A display filter that lets a flow's packets pass, and those that answer it, under the addresses at which it was first seen. Pure.
import type { FlowEnd, FlowView } from '../../../app/contract/trails.ts';

const PORTS: Readonly<Partial<Record<string, string>>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };
const PROTOCOLS: Readonly<Partial<Record<string, string>>> = { ICMP: 'icmp', ICMPv6: 'icmpv6' };

export function flowFilter({ protocol, source, destination }: FlowView): string {
  const ports = PORTS[protocol];
  const what = PROTOCOLS[protocol];
  return [
    ...[source, destination].map(addressOf),
    ...(ports === undefined
      ? []
      : [source, destination].flatMap(({ port }) =>
          port === null ? [] : [`${ports}.port == ${String(port)}`],
        )),
    ...(what === undefined ? [] : [what]),
  ].join(' && ');
}

function addressOf({ address }: FlowEnd): string {
  return `${address.includes(':') ? 'ipv6' : 'ip'}.addr == ${address}`;
}
