// Bytes of ICMPv6 messages that say nothing yet, or nothing that is known here.
import { field } from './field.ts';

export const RESERVED = field('icmpv6.reserved', 'Reserved', 'bytes');
export const CONTENT = field('icmpv6.data', 'Content', 'bytes');
