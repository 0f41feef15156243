// Which ports choose which dissector, as IANA assigns them and as tshark has them; and who recognises its own on any port.
import { dissectBgp } from './bgp.ts';
import { PortTable, type PayloadReader } from './port-table.ts';

const BGP: PayloadReader = { dissect: dissectBgp, accepts: null };

export const TCP_PAYLOAD = new PortTable([[BGP, [179]]], []);

export const UDP_PAYLOAD = new PortTable([], []);

export const SCTP_PAYLOAD = new PortTable([], []);
