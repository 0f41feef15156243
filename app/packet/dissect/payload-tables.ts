// Which ports choose which dissector, as IANA assigns them and as tshark has them; and who recognises its own on any port.
import { PortTable } from './port-table.ts';

export const TCP_PAYLOAD = new PortTable([], []);

export const UDP_PAYLOAD = new PortTable([], []);

export const SCTP_PAYLOAD = new PortTable([], []);
