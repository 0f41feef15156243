// The devices of `ip -j -d addr show` (iproute2 ip/ipaddress.c print_linkinfo) and its text form, which is all that iproute2
// before 4.14 and BusyBox print. IFLA_LINK and IFLA_LINK_NETNSID: linux/if_link.h.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import type { InterfaceKind, Link } from './facts.ts';
import { linkDetails, linkDetailSchema } from './link-details.ts';
import { parseToolJson } from './tool-json.ts';
import { tunnelOfJson, tunnelOfText, tunnelSchema } from './tunnel-details.ts';

const linkSchema = z.object({
  ifindex: z.number(),
  ifname: z.string(),
  flags: z.array(z.string()).default([]),
  mtu: z.number().optional(),
  operstate: z.string().optional(),
  link_type: z.string().optional(),
  address: z.string().optional(),
  /** The lower or other device: an index when it lies in another namespace, a name when in this one. */
  link_index: z.number().optional(),
  link: z.string().nullable().optional(),
  link_netnsid: z.number().optional(),
  master: z.string().optional(),
  group: z.string().optional(),
  linkinfo: z.object({ info_kind: z.string().optional(), info_data: tunnelSchema }).optional(),
});

export function parseLinksJson(text: string): Result<Link[], string> {
  const json = parseToolJson(text);
  if (!json.ok) return json;
  // `ip -j` leaves an empty object behind for an entry that it filtered out.
  const entries = z.array(z.union([linkSchema, z.strictObject({})])).safeParse(json.value);
  const details = z
    .array(linkDetailSchema.extend({ ifindex: z.number() }).catch({ ifindex: 0 }))
    .safeParse(json.value);
  const detailOf = new Map(details.data?.map((one) => [one.ifindex, linkDetails(one)]));
  if (!entries.success) return fail(z.prettifyError(entries.error).slice(0, 300));
  const links = entries.data.filter((entry) => 'ifindex' in entry);
  const indexByName = new Map(links.map((link) => [link.ifname, link.ifindex]));
  return ok(
    links.map((link) => {
      const tunnel = tunnelOfJson(link.linkinfo?.info_kind, link.linkinfo?.info_data);
      return {
        ifindex: link.ifindex,
        name: link.ifname,
        ...kindOf(link.linkinfo?.info_kind, link.link_type),
        ...(tunnel === undefined ? {} : { tunnel }),
        details: detailOf.get(link.ifindex) ?? [],
        mac: link.link_type === 'ether' ? (link.address ?? null) : null,
        mtu: link.mtu ?? null,
        operstate: link.operstate ?? null,
        adminUp: link.flags.includes('UP'),
        carrier: link.flags.includes('LOWER_UP'),
        peerIfindex:
          link.link_index ?? (typeof link.link === 'string' ? (indexByName.get(link.link) ?? null) : null),
        peerName: typeof link.link === 'string' ? link.link : null,
        peerNsid: link.link_netnsid ?? null,
        peerNetnsName: null,
        masterName: link.master ?? null,
        ...groupOf(link.group),
      };
    }),
  );
}

// 4: cali1@if2: <BROADCAST,UP> mtu 1500 qdisc noqueue master br0 state UP mode DEFAULT …
const HEADER = /^(\d+): ([^ ]+?)(?:@([^ ]+))?: <([^>]*)>(.*)$/;

export function parseLinksText(text: string): Link[] {
  const links: Link[] = [];
  const blocks = text.split(/^(?=\d+: )/m);
  for (const block of blocks) {
    const [first = '', second = '', third = ''] = block.split('\n');
    const header = HEADER.exec(first);
    if (!header) continue;
    const [, ifindex = '', name = '', peer, flagText = '', rest = ''] = header;
    const words = rest.trim().split(/\s+/);
    const type = /^\s+link\/(\S+)(?: ([0-9a-f:]+))?/.exec(second);
    const flags = flagText.split(',');
    const peerIndex = /^if(\d+)$/.exec(peer ?? '')?.[1];
    const nsid = / link-netnsid (\d+)/.exec(second)?.[1];
    // BusyBox resolves IFLA_LINK in the wrong namespace (`cali1@ens192`): only iproute2 prints a state, and is believed.
    const trusted = words.includes('state');
    const infoKind = trusted ? /^\s+(?!inet6? )([a-z0-9]+)\b/.exec(third)?.[1] : undefined;
    const tunnel = tunnelOfText(infoKind, third);
    links.push({
      ifindex: Number(ifindex),
      name,
      // Nor does BusyBox tell kinds.
      ...(!trusted && type?.[1] !== 'loopback' ? { kind: 'other' } : kindOf(infoKind, type?.[1])),
      ...(tunnel === undefined ? {} : { tunnel }),
      mac: type?.[1] === 'ether' ? (type[2] ?? null) : null,
      mtu: numberAfter(words, 'mtu'),
      operstate: wordAfter(words, 'state'),
      adminUp: flags.includes('UP'),
      carrier: flags.includes('LOWER_UP'),
      peerIfindex: trusted && peerIndex !== undefined ? Number(peerIndex) : null,
      peerName: trusted && peer !== undefined && peer !== 'NONE' && peerIndex === undefined ? peer : null,
      peerNsid: nsid === undefined ? null : Number(nsid),
      peerNetnsName: / link-netns (\S+)/.exec(second)?.[1] ?? null,
      masterName: wordAfter(words, 'master'),
      ...groupOf(wordAfter(words, 'group') ?? undefined),
    });
  }
  const indexByName = new Map(links.map((link) => [link.name, link.ifindex]));
  return links.map((link) =>
    link.peerName === null ? link : { ...link, peerIfindex: indexByName.get(link.peerName) ?? null },
  );
}

const KINDS: Readonly<Record<string, InterfaceKind>> = {
  veth: 'veth',
  netkit: 'netkit',
  bridge: 'bridge',
  vxlan: 'vxlan',
  ipip: 'ipip',
  wireguard: 'wireguard',
  bond: 'bond',
  vlan: 'vlan',
  dummy: 'dummy',
};

function kindOf(
  infoKind: string | undefined,
  linkType: string | undefined,
): Pick<Link, 'kind' | 'kernelKind'> {
  const kind = linkKind(infoKind, linkType);
  // Without a kind of its own the text goes on with the device's address mode.
  const said = infoKind === undefined || infoKind === 'addrgenmode' ? linkType : infoKind;
  return kind === 'other' && said !== undefined ? { kind, kernelKind: said } : { kind };
}

/** `info_kind` is what rtnetlink calls the driver; a device without one and of type ether is hardware. */
function linkKind(infoKind: string | undefined, linkType: string | undefined): InterfaceKind {
  if (linkType === 'loopback') return 'loopback';
  if (linkType === 'ipip' || linkType === 'tunnel') return 'ipip';
  const known = infoKind === undefined || !Object.hasOwn(KINDS, infoKind) ? undefined : KINDS[infoKind];
  if (known !== undefined) return known;
  if (infoKind === undefined || infoKind === 'addrgenmode')
    return linkType === 'ether' ? 'physical' : 'other';
  return 'other';
}

/** Nearly all are of group `default`: that is not noted. */
function groupOf(group: string | undefined): Pick<Link, 'group'> {
  return group === undefined || group === 'default' || group === '0' ? {} : { group };
}

function wordAfter(words: readonly string[], key: string): string | null {
  const at = words.indexOf(key);
  return at < 0 ? null : (words[at + 1] ?? null);
}

function numberAfter(words: readonly string[], key: string): number | null {
  const word = wordAfter(words, key);
  return word !== null && /^\d+$/.test(word) ? Number(word) : null;
}
