// `ss -lntu`, with processes or without (iproute2 misc/ss.c): who listens, with the backlog that waits. Lines of sockets that are
// connected are none of these. A socket of both families is printed `*:22`, which before iproute2 4.16 was one of IPv4 alone.
import type { ListeningSocket } from '../../probe/settings-facts.ts';

const HOST = String.raw`(\*|\[?[0-9a-f:.]{2,45}\]?)(?:%\S{1,15})?`;
const LINE = new RegExp(
  String.raw`^(?:(tcp|udp)\s+)?(LISTEN|UNCONN)\s+(\d{1,10})\s+\d{1,10}\s+${HOST}:(\d{1,5})\s+\S{1,60}:(?:\*|\d{1,5})(?:\s.*)?$`,
);
const HEAD = /^(?:Netid\s+)?State\s+Recv-Q\s+Send-Q\s+Local Address:Port\b/;

export function isSsLine(line: string): boolean {
  return HEAD.test(line) || LINE.test(line);
}

export function ssListeners(text: string): ListeningSocket[] {
  const old = /\s:::\d/.test(text);
  return text.split('\n').flatMap((line): ListeningSocket[] => {
    const [, named, state, waiting, host = '', port] = LINE.exec(line) ?? [];
    if (state === undefined || Number(port) > 65_535) return [];
    const address = host === '*' ? (old ? '0.0.0.0' : '::') : host.replace(/^\[|\]$/g, '');
    // One protocol alone is not named.
    const tcp = (named ?? (state === 'LISTEN' ? 'tcp' : 'udp')) === 'tcp';
    const six = address.includes(':');
    const protocol = tcp ? (six ? 'tcp6' : 'tcp') : six ? 'udp6' : 'udp';
    return [{ pid: null, protocol, address, port: Number(port), waiting: Number(waiting), drops: 0 }];
  });
}
