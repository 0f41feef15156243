// Bytes of ICMPv6 messages that say nothing yet.
import { field } from './field.ts';

export const RESERVED = field('icmpv6.reserved', 'Reserved', 'bytes');
