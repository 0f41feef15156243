// `ifconfig -a`: net-tools 1 and BusyBox (`Link encap:`), net-tools 2 (`flags=4163<UP,…>`). It prints no ifindex and no other
// end; lines `/sys/class/net/NAME/ifindex:N` (grep's form) beside it tell them.
import type { InterfaceAddress, Link, LinkAddresses } from './facts.ts';
import { maskLength } from './net-tools.ts';

export interface ConfiguredLinks {
  readonly links: readonly Link[];
  readonly addresses: readonly LinkAddresses[];
}

interface Block {
  readonly name: string;
  readonly lines: string[];
}

export const IFCONFIG_HEADS: readonly RegExp[] = [
  /^([^\s:]\S{0,30}?)\s+Link encap:(\S.*)$/,
  /^(\S{1,30}): flags=\d+<([A-Z0-9_,-]*)>(.*)$/,
];

/** Devices whose number nobody tells are given negative ones, in order: unique on the node, and no kernel's. */
export function parseIfconfig(text: string): ConfiguredLinks {
  const indexes = new Map<string, number>();
  const lowers = new Map<string, number>();
  const blocks = new Map<string, Block>();
  let current: Block | null = null;
  for (const line of text.split('\n')) {
    if (line.length > 1000) continue;
    const sys = /^\/sys\/class\/net\/([^/\s]+)\/(ifindex|iflink):(\d{1,9})$/.exec(line);
    if (sys !== null) {
      (sys[2] === 'ifindex' ? indexes : lowers).set(sys[1] ?? '', Number(sys[3]));
      continue;
    }
    const head = headOf(line);
    if (head !== null) {
      // `eth0:1` is a second address of eth0, no device.
      const name = head.replace(/:.*$/, '');
      current = blocks.get(name) ?? { name, lines: [] };
      blocks.set(name, current);
    }
    if (line.trim() === '') current = null;
    else current?.lines.push(line);
  }
  let unnumbered = 0;
  const made = [...blocks.values()].map((block) => linkOf(block, indexes.get(block.name) ?? --unnumbered));
  return {
    links: made.map(({ link }) => {
      const lower = lowers.get(link.name) ?? null;
      return { ...link, peerIfindex: lower === link.ifindex || lower === 0 ? null : lower };
    }),
    addresses: made.map(({ link, addresses }) => ({ ifindex: link.ifindex, name: link.name, addresses })),
  };
}

function headOf(line: string): string | null {
  for (const head of IFCONFIG_HEADS) {
    const name = head.exec(line)?.[1];
    if (name !== undefined) return name;
  }
  return null;
}

function linkOf({ name, lines }: Block, ifindex: number): { link: Link; addresses: InterfaceAddress[] } {
  const text = lines.join('\n');
  const flags = new Set(
    (
      /flags=\d+<([^>]*)>/.exec(text)?.[1]?.split(',') ??
      /^\s+(UP [A-Z ]+|[A-Z ]+?)\s+MTU:/m.exec(text)?.[1]?.split(' ') ??
      []
    ).map((flag) => flag.trim()),
  );
  const mac =
    /(?:HWaddr|\bether|Link encap:.{1,60}?) ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})\b/.exec(text)?.[1] ?? null;
  const loopback = flags.has('LOOPBACK') || /Local Loopback/.test(text);
  const tunnel = /IPIP Tunnel|\btunnel {2}txqueuelen/.test(text);
  const mtu = /\bmtu (\d{1,7})\b|\bMTU:(\d{1,7})\b/.exec(text);
  return {
    link: {
      ifindex,
      name,
      kind: loopback ? 'loopback' : tunnel ? 'ipip' : 'other',
      mac: mac?.toLowerCase() ?? null,
      mtu: mtu === null ? null : Number(mtu[1] ?? mtu[2]),
      operstate: null,
      adminUp: flags.has('UP'),
      carrier: flags.has('RUNNING'),
      peerIfindex: null,
      peerName: null,
      peerNsid: null,
      peerNetnsName: null,
      masterName: null,
    },
    addresses: lines.flatMap((line) => addressOf(line, loopback) ?? []),
  };
}

// Its words are translated: `inet Adresse:… Maske:…`.
const INET_OLD = /^\s+inet [^\d:]{0,20}:(\d{1,3}(?:\.\d{1,3}){3})\b.*:(\d{1,3}(?:\.\d{1,3}){3})\s*$/;
const INET_NEW = /^\s+inet (\d{1,3}(?:\.\d{1,3}){3})\s+netmask (\S+)/;
const INET6 = /^\s+inet6 (?:addr: )?([0-9a-f:.]{2,45})(?:\/|\s+prefixlen )(\d{1,3})\b(.*)$/;

function addressOf(line: string, loopback: boolean): InterfaceAddress | null {
  const four = INET_OLD.exec(line) ?? INET_NEW.exec(line);
  if (four !== null) {
    const prefixLength = maskLength(four[2] ?? '') ?? hexMaskLength(four[2] ?? '');
    if (prefixLength === null) return null;
    return { address: four[1] ?? '', prefixLength, family: 4, scope: loopback ? 'host' : 'global' };
  }
  const six = INET6.exec(line);
  if (six === null) return null;
  const scope = /Scope:Host|<host>/.test(line) ? 'host' : /Scope:Link|<link>/.test(line) ? 'link' : 'global';
  return { address: six[1] ?? '', prefixLength: Number(six[2]), family: 6, scope };
}

/** Some ports print `0xffff0000`. */
function hexMaskLength(mask: string): number | null {
  if (!/^0x[0-9a-f]{8}$/i.test(mask)) return null;
  const bits = Number.parseInt(mask, 16).toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : null;
}
