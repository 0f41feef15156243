// What tshark says of packets that end too early.
import { field } from './field.ts';

/** The capture's snap length cut a header. */
export const TRUNCATED = field('_ws.short', 'Packet size limited during capture', 'none');
/** A header goes on past the end that another header gave. */
export const MALFORMED = field('_ws.malformed', 'Malformed packet', 'protocol');

export const FIELDS = [TRUNCATED, MALFORMED];
