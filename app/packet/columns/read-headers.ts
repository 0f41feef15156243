// Header after header into a row's columns, each by the dissector that the one before names.
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Mark } from '../store/marks.ts';
import { dissectArp } from './arp.ts';
import { dissectAuthentication } from './authentication.ts';
import { dissectEthernet } from './ethernet.ts';
import { dissectGeneve } from './geneve.ts';
import { dissectGre } from './gre.ts';
import { dissectIcmp } from './icmp.ts';
import { dissectIpv4 } from './ipv4.ts';
import { dissectIpv6 } from './ipv6.ts';
import { stepOfLinkType } from './link-types.ts';
import { dissectLlc } from './llc.ts';
import { dissectMpls } from './mpls.ts';
import { dissectNull } from './null.ts';
import { dissectPppoe } from './pppoe.ts';
import { dissectRaw } from './raw.ts';
import { dissectSctp } from './sctp.ts';
import { dissectSll } from './sll.ts';
import { dissectSll2 } from './sll2.ts';
import { Step } from './steps.ts';
import { dissectTcp } from './tcp.ts';
import { dissectUdp } from './udp.ts';
import { dissectVlan } from './vlan.ts';
import { dissectVxlan } from './vxlan.ts';

/** Headers in a packet. Three tunnels one in another have twenty; whoever sends more wants us to be busy. */
const MAX_HEADERS = 32;

/** Reads the packet that the writer has begun. Whatever its bytes say, they are all that is read. */
export function readHeaders(writer: SegmentWriter, linkType: number): void {
  let step = stepOfLinkType(linkType);
  for (let headers = 0; step !== Step.done; headers += 1) {
    if (headers === MAX_HEADERS) {
      writer.broken();
      writer.marks |= Mark.deeper;
      return;
    }
    step = dissect(step, writer);
  }
}

function dissect(step: Step, writer: SegmentWriter): Step {
  switch (step) {
    case Step.ethernet:
      return dissectEthernet(writer);
    case Step.ipv4:
      return dissectIpv4(writer);
    case Step.tcp:
      return dissectTcp(writer);
    case Step.udp:
      return dissectUdp(writer);
    case Step.sll2:
      return dissectSll2(writer);
    case Step.ipv6:
      return dissectIpv6(writer);
    case Step.icmp:
      return dissectIcmp(writer);
    case Step.vlan:
      return dissectVlan(writer);
    case Step.vxlan:
      return dissectVxlan(writer);
    case Step.arp:
      return dissectArp(writer);
    case Step.sll:
      return dissectSll(writer);
    case Step.gre:
      return dissectGre(writer);
    case Step.geneve:
      return dissectGeneve(writer);
    case Step.rawIp:
      return dissectRaw(writer);
    case Step.nullOrLoop:
      return dissectNull(writer);
    case Step.llc:
      return dissectLlc(writer);
    case Step.mpls:
      return dissectMpls(writer);
    case Step.pppoe:
      return dissectPppoe(writer);
    case Step.sctp:
      return dissectSctp(writer);
    case Step.authentication:
      return dissectAuthentication(writer);
    case Step.done:
      return Step.done;
  }
}
