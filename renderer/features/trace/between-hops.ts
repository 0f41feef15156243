// What lies between one hop and the next, in a few words. Pure.
import type { TraceHop } from '../../../app/trace/model.ts';
import { traceStrings } from './strings.ts';

export function betweenHops(hop: TraceHop, next: TraceHop): string {
  const [carrier, nextCarrier] = [carrierOf(hop.packet), carrierOf(next.packet)];
  if (hop.netnsId === next.netnsId) {
    if (carrier === nextCarrier) return traceStrings.within;
    return (nextCarrier?.length ?? 0) > (carrier?.length ?? 0)
      ? traceStrings.intoTunnel(nextCarrier ?? '')
      : traceStrings.outOfTunnel(carrier ?? '');
  }
  const words = crossed(hop, next);
  return carrier === null ? words : `${words}: ${carrier}`;
}

function crossed(hop: TraceHop, next: TraceHop): string {
  const [from, to] = [hop.egress ?? '?', next.ingress ?? '?'];
  if (hop.nodeId === next.nodeId) return traceStrings.veth(from, to);
  return hop.nextHop === null ? traceStrings.wire(from, to) : traceStrings.wireVia(from, to, hop.nextHop);
}

/** `VXLAN 4096 10.0.0.1 → 10.0.0.2`: what stands in front of the packet itself; null where nothing does. */
export function carrierOf(packet: string): string | null {
  const end = packet.lastIndexOf(' · ');
  return end === -1 ? null : packet.slice(0, end);
}
