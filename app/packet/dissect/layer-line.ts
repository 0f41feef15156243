// What a layer's line says of the layer beside its name: from where to where, how long, what it asks. Pieces that a packet
// does not have are left out.

/** By the layer's name; in braces a field of the layer. Pieces are kept apart by `;`. */
export const LAYER_LINES: Readonly<Partial<Record<string, string>>> = {
  frame: 'No. {frame.number}; {frame.len} bytes on the wire; {frame.cap_len} captured',
  eth: '{eth.src} → {eth.dst}',
  sll: '{sll.pkttype}; {sll.src.eth}',
  vlan: 'id {vlan.id}',
  arp: '{arp.opcode}; {arp.src.proto_ipv4} → {arp.dst.proto_ipv4}',
  ip: '{ip.src} → {ip.dst}',
  ipv6: '{ipv6.src} → {ipv6.dst}',
  icmp: '{icmp.type}',
  icmpv6: '{icmpv6.type}',
  tcp: '{tcp.srcport} → {tcp.dstport}; {tcp.len} bytes of payload',
  udp: '{udp.srcport} → {udp.dstport}; {udp.length} bytes',
  sctp: '{sctp.srcport} → {sctp.dstport}',
  gre: 'carrying {gre.proto}',
  vxlan: 'network {vxlan.vni}',
  geneve: 'network {geneve.vni}',
  bgp: '{bgp.type}',
  dns: '{dns.qry.name}',
  mdns: '{dns.qry.name}',
  dhcp: '{dhcp.option.dhcp}',
  http: '{http.request.method} {http.request.uri}; {http.host}; {http.response.code} {http.response.phrase}',
  tls: '{tls.handshake.type}; {tls.handshake.extensions_server_name}',
  data: '{data.len} bytes',
};

/** @param of what a field of the layer says; null: the layer has none such */
export function layerLine(template: string, of: (field: string) => string | null): string {
  const pieces: string[] = [];
  for (const piece of template.split(';')) {
    const said: (string | null)[] = [];
    const text = piece.trim().replace(/\{([^}]*)\}/gu, (_, name: string) => {
      said.push(of(name));
      return said.at(-1) ?? '';
    });
    if (!said.includes(null)) pieces.push(text);
  }
  return pieces.join(', ');
}
