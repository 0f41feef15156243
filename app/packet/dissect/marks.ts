// What tshark says of packets that end too early.
import { field } from './field.ts';

/** The capture's snap length cut a header. */
export const TRUNCATED = field('_ws.short', 'Packet size limited during capture', 'none');
/** A header goes on past the end that another header gave. */
export const MALFORMED = field('_ws.malformed', 'Malformed packet', 'protocol');
/** What a message or fragment says goes on in another packet. */
export const UNREASSEMBLED = field('_ws.unreassembled', 'Goes on in another packet', 'protocol');

export const FIELDS = [TRUNCATED, MALFORMED, UNREASSEMBLED];
