// What `hopscope decode --json` prints: one object a line, one line a packet, in the order of the file.
import { z } from 'zod';

const end = z.object({
  /** IP address, else MAC address; empty when the packet has none. */
  address: z.string(),
  /** Of TCP and UDP. */
  port: z.number().nullable(),
});

export const decodedPacketSchema = z.object({
  /** From 1, in the order of the file; packets that the filter leaves out are counted. */
  number: z.number(),
  /** The file's own time: seconds since the Unix epoch, and nanoseconds within that second. */
  at: z.object({ s: z.number(), ns: z.number() }),
  /** pcapng: the interface's name, else its number as `#0`. pcap: `if2` where the link type tells the ifindex, else null. */
  interface: z.string().nullable(),
  /** In: the interface received it. Out: it was sent there. Other: for another machine, or unknown. */
  direction: z.enum(['in', 'out', 'other']),
  source: end,
  destination: end,
  /** Whose ports those are. */
  transport: z.enum(['tcp', 'udp']).nullable(),
  /** As Wireshark's column says it. */
  protocol: z.string(),
  /** Bytes on the wire, and of them in the file. */
  length: z.number(),
  captured: z.number(),
  /** One line without control characters. */
  summary: z.string(),
  /** The outermost flow of a packet in a tunnel, which all else is not of: `VXLAN 4096`, and from where to where. */
  tunnel: z.object({ name: z.string(), source: z.string(), destination: z.string() }).nullable(),
  tone: z.enum(['plain', 'opening', 'closing', 'refused', 'trouble']),
});
export type DecodedPacket = z.infer<typeof decodedPacketSchema>;
