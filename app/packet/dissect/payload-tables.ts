// Which ports choose which dissector, as IANA assigns them and as tshark has them; and who recognises its own on any port.
import { dissectBgp } from './bgp.ts';
import { dissectDhcp } from './dhcp.ts';
import { dissectDhcpv6 } from './dhcpv6.ts';
import { dissectData } from './data.ts';
import type { Dissector } from './dissection.ts';
import { dissectDns, dissectDnsOverTcp, dissectLlmnr, dissectMdns, looksLikeDns } from './dns.ts';
import { dissectGeneve } from './geneve.ts';
import { dissectGtpUser } from './gtp.ts';
import { dissectEspInUdp } from './ipsec.ts';
import { dissectL2tp } from './l2tp.ts';
import { dissectQuic, looksLikeQuic } from './quic.ts';
import { dissectSctp } from './sctp.ts';
import { dissectMpls } from './mpls.ts';
import { dissectHttp, dissectSsdp, looksLikeHttp } from './http.ts';
import { dissectTls, mayBeTls, looksLikeTls } from './tls.ts';
import { PortTable, type PayloadReader } from './port-table.ts';
import { GENEVE_PORT, isVxlanPort } from '../tunnel-ports.ts';
import { dissectTeredo } from './teredo.ts';
import { UNREAD_TCP_PORTS, UNREAD_UDP_PORTS } from './unread-ports.ts';
import { dissectVxlan, dissectVxlanGpe } from './vxlan.ts';
import { dissectWireGuard, looksLikeWireGuard } from './wireguard.ts';

/** Says no to nothing on its own ports. */
const always = (dissect: Dissector): PayloadReader => ({ dissect, accepts: null });

const HTTP_PORTS = [80, 631, 1900, 2710, 2869, 3128, 3132, 3689, 5985, 8080, 8088, 11_371];

const TLS_PORTS = [
  ...[324, 443, 465, 636, 802, 853, 993, 995, 1300, 2221, 2443, 3249, 3250, 3251, 3252, 3496, 5061, 5671],
  ...[5684, 5868, 8883, 11_207, 19_999, 27_017],
];

/** Where a command of another protocol, or of a proxy's, begins TLS: FTP, SMTP, POP, NNTP, IMAP, LDAP, XMPP, PostgreSQL, HTTP. */
const STARTED_TLS_PORTS = [21, 25, 110, 119, 143, 389, 587, 3128, 5222, 5432, 8080];

export const TCP_PAYLOAD = new PortTable(
  [
    [always(dissectDnsOverTcp), [53, 5353]],
    [{ dissect: dissectTls, accepts: looksLikeTls }, STARTED_TLS_PORTS],
    [always(dissectHttp), HTTP_PORTS],
    [{ dissect: dissectTls, accepts: mayBeTls }, TLS_PORTS],
    [always(dissectBgp), [179]],
    [always(dissectData), UNREAD_TCP_PORTS],
  ],
  [
    { dissect: dissectTls, recognises: looksLikeTls },
    { dissect: dissectHttp, recognises: looksLikeHttp },
  ],
);

export const UDP_PAYLOAD = new PortTable(
  [
    [always(dissectL2tp), [1701]],
    [always(dissectGtpUser), [2152]],
    [always(dissectTeredo), [3544]],
    [always(dissectEspInUdp), [4500]],
    [always(dissectVxlan), isVxlanPort],
    [always(dissectVxlanGpe), [4790]],
    [always(dissectGeneve), [GENEVE_PORT]],
    [always(dissectMpls), [6635]],
    [always(dissectDns), [53]],
    [always(dissectDhcp), [67, 68, 4011]],
    [always(dissectDhcpv6), [546, 547]],
    [always(dissectSsdp), [1900]],
    [always(dissectMdns), [5353]],
    [always(dissectLlmnr), [5355]],
    // RFC 6951.
    [always(dissectSctp), [9899]],
    [always(dissectData), UNREAD_UDP_PORTS],
  ],
  [
    { dissect: dissectDns, recognises: looksLikeDns },
    { dissect: dissectQuic, recognises: looksLikeQuic },
    { dissect: dissectWireGuard, recognises: looksLikeWireGuard },
  ],
);

export const SCTP_PAYLOAD = new PortTable([], []);
