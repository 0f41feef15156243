// Whose address a packet has as its source, as a hop tells it.

/** @param packet `tcp 192.168.1.2:40000 → 192.168.2.3:8080`, what carries it in front; empty where it names none. */
export function packetSource(packet: string): string {
  const [, bracketed, plain] =
    /(?:^| )(?:\[([0-9a-f:]+)\]|([0-9a-f.:]+?))(?::\d+)? → [^·]*$/.exec(packet) ?? [];
  return bracketed ?? plain ?? '';
}
