// `ip -br link` (iproute2 ip/ipaddress.c, print_linkinfo_brief): a device a line, with its state, MAC and flags; no number, no MTU.
import type { Link } from '../../probe/facts.ts';

const LINE =
  /^(\S{1,15}?)(?:@(\S{1,15}))?\s+(UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|NOTPRESENT|TESTING)\s+([0-9a-f:.]{7,59})\s+<([A-Z0-9_,-]*)>\s*$/;

export function isBriefLink(line: string): boolean {
  return LINE.test(line);
}

export function briefLinks(text: string): Link[] {
  return text.split('\n').flatMap((line, at): Link[] => {
    const [, name, other = '', operstate = null, mac = '', flags = ''] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const set = new Set(flags.split(','));
    const number = /^if(\d{1,9})$/.exec(other)?.[1];
    return [
      {
        // Nobody tells it: unique, and no kernel's.
        ifindex: -1 - at,
        name,
        kind: set.has('LOOPBACK') ? 'loopback' : number === undefined ? 'other' : 'veth',
        mac: /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac) && !set.has('LOOPBACK') ? mac : null,
        mtu: null,
        operstate,
        adminUp: set.has('UP'),
        carrier: set.has('LOWER_UP'),
        peerIfindex: number === undefined ? null : Number(number),
        peerName: number === undefined && other !== '' && other !== 'NONE' ? other : null,
        peerNsid: null,
        peerNetnsName: null,
        masterName: null,
      },
    ];
  });
}
