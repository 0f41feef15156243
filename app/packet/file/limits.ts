// What any capture file or stream may claim of one packet: the readers agree, and so do libpcap and Wireshark.

/** libpcap's bound (MAXIMUM_SNAPLEN), whatever snap length a file gives: what no capture of ours exceeds. */
export const MAX_RECORD_BYTES = 262_144;
/** Files may claim any length on the wire; a longer one is shown as this, as Wireshark does. */
export const MAX_WIRE_BYTES = 0x7fff_ffff;
/** In place of nanoseconds: the file gives the packet no time, or none that 32 bits of seconds can hold. */
export const NO_TIME = 0xffff_ffff;
