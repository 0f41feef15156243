// `ipvsadm -Ln` (ipvsadm.c, print_service_and_dests): virtual servers, and where each sends to.
import type { RealServer, VirtualServer } from '../../probe/firewall-facts.ts';

const END = String.raw`\[?([0-9a-f:.]{2,45})\]?:(\d{1,5})`;
const VIRTUAL = new RegExp(String.raw`^(TCP|UDP|SCTP)\s+${END}\s+([a-z]{2,6})(?:\s+(\S.{0,100}?))?\s*$`);
const MARK = /^FWM\s+(\d{1,10})\s+([a-z]{2,6})(?:\s+(\S.{0,100}?))?\s*$/;
const REAL = new RegExp(
  String.raw`^\s*->\s+${END}\s+(Masq|Route|Tunnel|Local)\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*$`,
);
const HEAD = /^IP Virtual Server version |^Prot LocalAddress:Port Scheduler|^\s*-> RemoteAddress:Port/;

export function isIpvsLine(line: string): boolean {
  return HEAD.test(line) || VIRTUAL.test(line) || MARK.test(line);
}

export function isRealServer(line: string): boolean {
  return REAL.test(line);
}

export function virtualServers(text: string): VirtualServer[] {
  const found: (VirtualServer & { readonly servers: RealServer[] })[] = [];
  for (const line of text.split('\n')) {
    const virtual = VIRTUAL.exec(line);
    const marked = MARK.exec(line);
    if (virtual !== null) {
      const [, protocol = '', address = '', port, scheduler = '', flags = ''] = virtual;
      found.push({ protocol, address, port: Number(port), mark: null, scheduler, flags, servers: [] });
    } else if (marked !== null) {
      const [, mark, scheduler = '', flags = ''] = marked;
      found.push({
        protocol: 'FWM',
        address: null,
        port: null,
        mark: Number(mark),
        scheduler,
        flags,
        servers: [],
      });
    }
    const [, address, port, forward = '', weight, active, inactive] = REAL.exec(line) ?? [];
    if (address !== undefined)
      found.at(-1)?.servers.push({
        address,
        port: Number(port),
        forward,
        weight: Number(weight),
        active: Number(active),
        inactive: Number(inactive),
      });
  }
  return found;
}
