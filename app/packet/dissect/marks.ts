// What is said of packets that end too early, in tshark's words, or never.
import { field } from './field.ts';

/** The capture's snap length cut a header. */
export const TRUNCATED = field('_ws.short', 'Packet size limited during capture', 'none');
/** A header goes on past the end that another header gave. */
export const MALFORMED = field('_ws.malformed', 'Malformed packet', 'protocol');
/** What a message or fragment says goes on in another packet. */
export const UNREASSEMBLED = field('_ws.unreassembled', 'Goes on in another packet', 'protocol');

/** Of ours alone, and for people: it says more than is read of a packet. */
export const LIMITED = field('_ws.limited', 'Not read further', 'none');

export const FIELDS = [TRUNCATED, MALFORMED, UNREASSEMBLED];
