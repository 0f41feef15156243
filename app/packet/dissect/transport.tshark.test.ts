// TCP, UDP, SCTP, BGP and DHCP field by field against tshark, on packets made for it: whole, and cut at every length.
import { describe, expect, it } from 'vitest';
import { bgpPackets } from '../testing/packets/bgp-packets.ts';
import { dhcpPackets } from '../testing/packets/dhcp-packets.ts';
import { transportPackets } from '../testing/packets/transport-packets.ts';
import { differences, type TestPacket } from '../testing/real-tshark.ts';

const PORTS = ['tcp.srcport', 'tcp.dstport', 'tcp.port', 'udp.srcport', 'udp.dstport', 'udp.port'];
const TCP = [
  ...['tcp.len', 'tcp.seq', 'tcp.seq_raw', 'tcp.nxtseq', 'tcp.ack', 'tcp.ack_raw', 'tcp.hdr_len'],
  ...['tcp.flags', 'tcp.flags.res', 'tcp.flags.ae', 'tcp.flags.cwr', 'tcp.flags.ece', 'tcp.flags.urg'],
  ...[
    'tcp.flags.ack',
    'tcp.flags.push',
    'tcp.flags.reset',
    'tcp.flags.syn',
    'tcp.flags.fin',
    'tcp.flags.str',
  ],
  ...['tcp.window_size_value', 'tcp.checksum', 'tcp.urgent_pointer', 'tcp.payload'],
];
const OPTIONS = [
  ...['tcp.option_kind', 'tcp.option_len', 'tcp.options.mss_val', 'tcp.options.wscale.shift'],
  ...['tcp.options.wscale.multiplier', 'tcp.options.sack_le', 'tcp.options.sack_re'],
  ...['tcp.options.sack.count', 'tcp.options.timestamp.tsval', 'tcp.options.timestamp.tsecr'],
  ...['tcp.options.md5.digest', 'tcp.options.user_to_val', 'tcp.options.ao.keyid', 'tcp.options.ao.mac'],
  ...['tcp.options.mptcp.subtype', 'tcp.options.tfo.cookie', 'tcp.options.experimental.exid'],
  ...['tcp.options.unknown.payload'],
];
const UDP = ['udp.length', 'udp.checksum', 'udp.checksum_coverage', 'udp.payload'];
const SCTP = [
  ...['sctp.srcport', 'sctp.dstport', 'sctp.port', 'sctp.verification_tag', 'sctp.checksum'],
  ...['sctp.chunk_type', 'sctp.chunk_flags', 'sctp.chunk_length', 'sctp.data_tsn_raw', 'sctp.data_sid'],
  ...['sctp.data_ssn', 'sctp.data_payload_proto_id', 'sctp.init_initiate_tag', 'sctp.init_credit'],
  ...['sctp.initack_initiate_tag', 'sctp.sack_cumulative_tsn_ack_raw', 'sctp.sack_a_rwnd'],
  ...['sctp.parameter_type', 'sctp.parameter_ipv4_address', 'sctp.cause_code'],
];
const BGP = [
  ...['bgp.marker', 'bgp.length', 'bgp.type', 'bgp.open.myas', 'bgp.open.holdtime', 'bgp.open.identifier'],
  ...['bgp.open.opt.len', 'bgp.open.opt.param.type', 'bgp.open.opt.param.len', 'bgp.cap.type'],
  ...['bgp.cap.length', 'bgp.cap.mp.afi', 'bgp.cap.mp.safi', 'bgp.cap.4as', 'bgp.cap.gr.timers.restart_time'],
  ...['bgp.cap.ap.sendreceive', 'bgp.cap.orf.fqdn.hostname', 'bgp.notify.major_error'],
  ...['bgp.notify.minor_error_open', 'bgp.notify.minor_error_update', 'bgp.notify.minor_error_cease'],
  ...['bgp.notify.minor_error_state', 'bgp.notify.communication', 'bgp.notify.error_open.bad_peer_as'],
  ...['bgp.update.withdrawn_routes.length', 'bgp.update.path_attributes.length'],
  ...['type_code', 'length', 'flags', 'origin', 'as_path_segment.as2', 'as_path_segment.as4', 'next_hop'].map(
    (name) => `bgp.update.path_attribute.${name}`,
  ),
  ...['multi_exit_disc', 'local_pref', 'aggregator_as', 'aggregator_origin', 'community_as'].map(
    (name) => `bgp.update.path_attribute.${name}`,
  ),
  ...['bgp.update.path_attribute.community_wellknown', 'bgp.update.path_attribute.originator_id'],
  ...['bgp.path_attribute.cluster_id', 'bgp.large_communities.ga', 'bgp.prefix_length', 'bgp.nlri_prefix'],
  ...['bgp.withdrawn_prefix', 'bgp.mp_reach_nlri_ipv6_prefix', 'bgp.mp_unreach_nlri_ipv6_prefix'],
  ...['bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6', 'bgp.route_refresh.afi'],
];
const DHCP = [
  ...['type', 'hw.type', 'hw.len', 'hops', 'id', 'secs', 'flags', 'flags.bc', 'ip.client', 'ip.your'],
  ...['ip.server', 'ip.relay', 'hw.mac_addr', 'hw.addr', 'server', 'file', 'cookie', 'option.type'],
  ...['option.length', 'option.subnet_mask', 'option.router', 'option.domain_name_server'],
  ...['option.hostname', 'option.domain_name', 'option.interface_mtu', 'option.requested_ip_address'],
  ...['option.ip_address_lease_time', 'option.dhcp', 'option.dhcp_server_id', 'option.request_list_item'],
  ...['option.message', 'option.dhcp_max_message_size', 'option.vendor_class_id'],
].map((name) => `dhcp.${name}`);
const DHCPV6 = [
  ...['msgtype', 'xid', 'hopcount', 'linkaddr', 'peeraddr', 'option.type', 'option.length', 'duid.bytes'],
  ...['iaid', 'iaid.t1', 'iaaddr.ip', 'iaaddr.valid_lifetime', 'dns_server', 'requested_option_code'],
].map((name) => `dhcpv6.${name}`);

/** What the capture has of each packet when its snap length is any from where the transport header begins. */
function cutEverywhere(packets: readonly TestPacket[]): readonly TestPacket[] {
  return packets.flatMap(({ name, linkType, bytes }) =>
    Array.from({ length: Math.max(0, bytes.length - 34) }, (_, index) => ({
      ...{ name: `${name}, cut after ${(34 + index).toString()}`, linkType },
      ...{ bytes: bytes.subarray(0, 34 + index), len: bytes.length },
    })),
  );
}

const named = (packets: readonly TestPacket[], names: RegExp): readonly TestPacket[] =>
  packets.filter(({ name }) => names.test(name));

describe('what tshark tells of a packet is told', () => {
  it('of TCP, UDP and SCTP', async () => {
    expect(await differences(transportPackets(), [...PORTS, ...TCP, ...OPTIONS, ...UDP, ...SCTP])).toEqual(
      [],
    );
  });

  it('of BGP', async () => {
    expect(await differences(bgpPackets(), ['tcp.len', ...BGP])).toEqual([]);
  });

  it('of DHCP and DHCPv6', async () => {
    expect(await differences(dhcpPackets(), [...DHCP, ...DHCPV6])).toEqual([]);
  });

  it('of TCP and UDP cut anywhere', async () => {
    const cut = cutEverywhere(
      named(transportPackets(), /^(?:TCP, options of a SYN|TCP, SACK blocks|TCP, quoted|UDP|UDP, quoted)$/u),
    );
    expect(cut.length).toBeGreaterThan(100);
    expect(await differences(cut, [...PORTS, ...TCP, ...OPTIONS, ...UDP])).toEqual([]);
  });

  it('of BGP cut anywhere', async () => {
    const cut = cutEverywhere(
      named(bgpPackets(), /^BGP, (?:three in a segment|routes withdrawn|shut down by its operator)$/u),
    );
    expect(cut.length).toBeGreaterThan(100);
    expect(await differences(cut, BGP)).toEqual([]);
  });
});
