// A packet that was carried arrives where its tunnel ends: a device takes it out, and it comes in by that one (vxlan_rcv, ipip_rcv).
import { addressText } from '../route/address.ts';
import {
  evidenceOf,
  NO_WAY,
  stopped,
  withStep,
  type Crossing,
  type CrossContext,
  type Frame,
} from './crossing.ts';
import type { KnownNamespace } from './namespaces.ts';
import type { TracedPacket } from './packet.ts';
import { stepOf } from './step.ts';
import { TUNNEL_NAMES, unwrappers } from './tunnel-ends.ts';
import { commandIn } from './walk.ts';

/** @param outer as it was taken in; null where it was carried in nothing. */
export function decapsulate(
  context: CrossContext,
  at: KnownNamespace,
  outer: TracedPacket,
): Crossing[] | null {
  const around = outer.carriedIn.at(-1);
  if (around === undefined) return null;
  const { kind, vni, inner, fromMac } = around;
  const name = TUNNEL_NAMES[kind];
  // Its mark is that of what it comes out of: one buffer (vxlan_rcv, ip_tunnel_rcv).
  const packet = { ...inner, mark: outer.mark, physIn: null, physOut: null };
  const frame: Frame = { packet, nextHop: null, asker: null, vlan: null, way: NO_WAY, passed: [] };
  const { found, near } = unwrappers(at, around, outer, addressText);
  const evidence = evidenceOf(at, 'links');
  const command =
    kind === 'wireguard'
      ? commandIn(at, 'wg', 'show')
      : commandIn(at, 'ip', '-d', 'link', 'show', 'type', kind);
  const stop = (reason: 'tunnel-missing' | 'vni-unknown' | 'own-mac', sentence: string): Crossing[] => [
    stopped(frame, at, near, reason, { stage: 'decapsulate', sentence, evidence, command }),
  ];
  if (found === null)
    return near === null || vni === null
      ? stop('tunnel-missing', `${at.name} has no ${name} device that takes it: nobody opens it.`)
      : stop(
          'vni-unknown',
          `${at.name} has no ${name} device for VNI ${String(vni)} on port ${String(outer.dport)} (${near.name} is VNI ${String(near.tunnel?.vni ?? '?')} on port ${String(near.tunnel?.port ?? '?')}): the packet is dropped.`,
        );
  if (found.adminUp === false)
    return stop('tunnel-missing', `${found.name} of ${at.name} is down: nobody opens it.`);
  if (fromMac !== null && kind === 'vxlan' && fromMac === found.mac)
    return stop(
      'own-mac',
      `${found.name} of ${at.name} has the same MAC ${fromMac} as the tunnel’s other end, takes the packet for its own and drops it.`,
    );
  const opened = withStep(
    frame,
    stepOf({
      stage: 'decapsulate',
      device: found.name,
      sentence: `${found.name} of ${at.name} takes it out of ${name}${vni === null ? '' : ` (VNI ${String(vni)})`}.`,
      evidence,
      command,
    }),
  );
  return context.enter(at, found, opened);
}
