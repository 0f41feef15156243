// Which ports choose which dissector, as IANA assigns them and as tshark has them; and who recognises its own on any port.
import { dissectBgp } from './bgp.ts';
import type { Dissector } from './dissection.ts';
import { dissectDns, dissectDnsOverTcp, dissectLlmnr, dissectMdns, looksLikeDns } from './dns.ts';
import { PortTable, type PayloadReader } from './port-table.ts';

/** Says no to nothing on its own ports. */
const always = (dissect: Dissector): PayloadReader => ({ dissect, accepts: null });

export const TCP_PAYLOAD = new PortTable(
  [
    [always(dissectDnsOverTcp), [53, 5353]],
    [always(dissectBgp), [179]],
  ],
  [],
);

export const UDP_PAYLOAD = new PortTable(
  [
    [always(dissectDns), [53]],
    [always(dissectMdns), [5353]],
    [always(dissectLlmnr), [5355]],
  ],
  [{ dissect: dissectDns, recognises: looksLikeDns }],
);

export const SCTP_PAYLOAD = new PortTable([[always(dissectDns), [53]]], []);
