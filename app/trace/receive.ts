// A packet comes in by a device: whether IP gets to see it. net/core/dev.c __netif_receive_skb_core, net/ethernet/eth.c
// eth_type_trans, net/ipv4/ip_input.c ip_rcv_core, net/ipv6/ip6_input.c ip6_rcv_core.
import { addressText } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { takerOf } from './devices-of.ts';
import { needsNoNeighbour } from './neighbour.ts';
import type { Passage } from './passage.ts';
import { passFilters } from './pass-filters.ts';
import {
  commandIn,
  evidenceOf,
  passes,
  stops,
  sysctlIn,
  unknown,
  type Ground,
  type Next,
  type Walk,
} from './walk.ts';

export function receive(ground: Ground, name: string, walk: Walk, next: Next): readonly Passage[] {
  const { at } = ground;
  const { packet } = walk;
  const device = at.devices.get(name);
  const words = {
    stage: 'receive',
    device: name,
    evidence: evidenceOf(at, 'links'),
    command: commandIn(at, 'ip', '-s', 'link', 'show', 'dev', name),
  } as const;
  if (device === undefined) {
    if (at.devices.size > 0)
      return stops(walk, 'dropped', 'device-missing', {
        ...words,
        sentence: `${at.name} has no device ${name}.`,
      });
    return passFilters(
      ground,
      'ingress',
      passes(walk, {
        ...words,
        sentence: `It comes in by ${name}.`,
        presumed: [
          `The devices of ${at.name} were not read: it is presumed that ${name} is up and takes the packet.`,
        ],
      }),
      next,
    );
  }
  if (device.adminUp === false)
    return stops(walk, 'dropped', 'device-down', {
      ...words,
      sentence: `${name} of ${at.name} is switched off and takes nothing.`,
    });
  const foreign = foreignMac(device, packet.toMac);
  if (foreign !== null)
    return stops(walk, 'dropped', 'wrong-neighbour', {
      ...words,
      sentence: `The frame was sent to ${foreign}, and ${name} of ${at.name} is ${device.mac ?? ''}: it is for another host and is dropped.`,
    });
  const master = takerOf(at, device);
  if (master !== null)
    return unknown(walk, {
      ...words,
      sentence: `${name} belongs to ${master.name}, which takes the packet before ${at.name} looks at it.`,
    });
  if (packet.family === 6 && at.sysctls?.get(`ipv6/conf/${name}/disable_ipv6`) === '1')
    return stops(walk, 'dropped', 'ipv6-disabled', {
      ...words,
      sentence: `IPv6 is disabled on ${name} of ${at.name}: ${addressText(packet.dst)} is not looked at.`,
      evidence: evidenceOf(at, 'settings'),
      command: sysctlIn(at, `ipv6/conf/${name}/disable_ipv6`),
    });
  const came = passes(walk, {
    ...words,
    sentence: `It comes into ${at.name} by ${name}.`,
    presumed: device.adminUp === null ? [`Whether ${name} is up was not read: it is presumed.`] : [],
  });
  return passFilters(ground, 'ingress', came, next);
}

/** The MAC address that the frame was sent to, where it is neither the device's nor a group's. */
function foreignMac(device: InterfaceEntity, toMac: string | null): string | null {
  if (toMac === null || device.mac === null || needsNoNeighbour(device)) return null;
  const isGroup = (Number.parseInt(toMac.slice(0, 2), 16) & 1) === 1;
  return isGroup || toMac.toLowerCase() === device.mac.toLowerCase() ? null : toMac;
}
