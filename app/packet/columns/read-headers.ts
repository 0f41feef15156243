// Header after header into a row's columns, each by the dissector that the one before names.
import type { PacketHeaders } from './packet-headers.ts';
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
import { dissectLoop, dissectNull } from './null.ts';
import { dissectPppoe } from './pppoe.ts';
import { dissectRaw } from './raw.ts';
import { dissectSctp } from './sctp.ts';
import { dissectSll } from './sll.ts';
import { dissectSll2 } from './sll2.ts';
import { Step } from './steps.ts';
import { dissectTcp } from './tcp.ts';
import { dissectUdp } from './udp.ts';
import { dissectProviderVlan, dissectVlan } from './vlan.ts';
import { dissectVxlan } from './vxlan.ts';

/** Headers in a packet. Three tunnels one in another have twenty; whoever sends more wants us to be busy. */
const MAX_HEADERS = 32;

/** Reads the packet that `headers` has begun. Whatever its bytes say, they are all that is read. */
export function readHeaders(headers: PacketHeaders, linkType: number): void {
  let step = stepOfLinkType(linkType);
  for (let count = 0; step !== Step.done && step !== Step.unread; count += 1) {
    if (count === MAX_HEADERS) {
      headers.broken();
      headers.marks |= Mark.deeper;
      return;
    }
    step = dissect(step, headers);
  }
  if (step === Step.unread) headers.marks |= Mark.deeper;
}

function dissect(step: Step, headers: PacketHeaders): Step {
  switch (step) {
    case Step.ethernet:
      return dissectEthernet(headers);
    case Step.ipv4:
      return dissectIpv4(headers);
    case Step.tcp:
      return dissectTcp(headers);
    case Step.udp:
      return dissectUdp(headers);
    case Step.sll2:
      return dissectSll2(headers);
    case Step.ipv6:
      return dissectIpv6(headers);
    case Step.icmp:
      return dissectIcmp(headers);
    case Step.vlan:
      return dissectVlan(headers);
    case Step.vxlan:
      return dissectVxlan(headers);
    case Step.arp:
      return dissectArp(headers);
    case Step.sll:
      return dissectSll(headers);
    case Step.gre:
      return dissectGre(headers);
    case Step.geneve:
      return dissectGeneve(headers);
    case Step.rawIp:
      return dissectRaw(headers);
    case Step.null:
      return dissectNull(headers);
    case Step.loop:
      return dissectLoop(headers);
    case Step.providerVlan:
      return dissectProviderVlan(headers);
    case Step.llc:
      return dissectLlc(headers);
    case Step.mpls:
      return dissectMpls(headers);
    case Step.pppoe:
      return dissectPppoe(headers);
    case Step.sctp:
      return dissectSctp(headers);
    case Step.authentication:
      return dissectAuthentication(headers);
    case Step.done:
    case Step.unread:
      return step;
  }
}
