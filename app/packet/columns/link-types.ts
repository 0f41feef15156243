// LINKTYPE_… values (https://www.tcpdump.org/linktypes.html) and who reads them. Others are kept as bytes, never guessed.
import { dissectIpv4 } from './ipv4.ts';
import { dissectIpv6 } from './ipv6.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { dissectEthernet } from './ethernet.ts';
import { dissectRaw } from './raw.ts';
import { dissectSll } from './sll.ts';
import { dissectSll2 } from './sll2.ts';

export const LinkType = {
  ethernet: 1,
  raw: 101,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

/** LINKTYPE_RAW as some systems' DLT_RAW leaked into files. */
const RAW_OF_BSD = 12;
const RAW_OF_OPENBSD = 14;

/**
 * Fills the writer's row from the packet at [at, end) of its heap.
 * @param wireLength bytes from `at` on that were on the wire.
 */
export function dissectLink(
  writer: SegmentWriter,
  linkType: number,
  at: number,
  end: number,
  wireLength: number,
): void {
  switch (linkType) {
    case LinkType.linuxSll2:
      dissectSll2(writer, at, end, wireLength);
      break;
    case LinkType.ethernet:
      dissectEthernet(writer, at, end, wireLength);
      break;
    case LinkType.linuxSll:
      dissectSll(writer, at, end, wireLength);
      break;
    case LinkType.raw:
    case RAW_OF_BSD:
    case RAW_OF_OPENBSD:
      dissectRaw(writer, at, end, wireLength);
      break;
    case LinkType.ipv4:
      dissectIpv4(writer, at, end, wireLength);
      break;
    case LinkType.ipv6:
      dissectIpv6(writer, at, end, wireLength);
      break;
  }
}
