// LINKTYPE_… values (https://www.tcpdump.org/linktypes.html) and who reads them. Others are kept as bytes, never guessed.
import { Step } from './steps.ts';

export const LinkType = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

/** LINKTYPE_RAW as some systems' DLT_RAW leaked into files. */
const RAW_OF_BSD = 12;
const RAW_OF_OPENBSD = 14;

export function stepOfLinkType(linkType: number): Step {
  switch (linkType) {
    case LinkType.linuxSll2:
      return Step.sll2;
    case LinkType.ethernet:
      return Step.ethernet;
    case LinkType.linuxSll:
      return Step.sll;
    case LinkType.null:
      return Step.null;
    case LinkType.loop:
      return Step.loop;
    case LinkType.raw:
    case RAW_OF_BSD:
    case RAW_OF_OPENBSD:
      return Step.rawIp;
    case LinkType.ipv4:
      return Step.ipv4;
    case LinkType.ipv6:
      return Step.ipv6;
    default:
      return Step.unread;
  }
}
