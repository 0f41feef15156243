// The last of a packet's way through a namespace: net/ipv4/ip_output.c ip_output and ip_finish_output2, net/core/dev.c __dev_queue_xmit.
import type { HookContext } from '../firewall/hook-context.ts';
import { addressText, parseAddress } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { findNeighbour, neighbourOf, needsNoNeighbour } from './neighbour.ts';
import type { Passage } from './passage.ts';
import { passFilters } from './pass-filters.ts';
import type { WayOut } from './routing.ts';
import { selectSource4 } from './source-address.ts';
import {
  commandIn,
  ends,
  evidenceOf,
  passes,
  stops,
  unknown,
  type Ground,
  type Next,
  type Walk,
} from './walk.ts';

/** @param loop what comes next of a packet that leaves by the loopback device. */
export function leave(ground: Ground, walk: Walk, way: WayOut, loop: Next): readonly Passage[] {
  const leaving: Walk = { ...walk, packet: { ...walk.packet, oif: way.device } };
  return passFilters(ground, 'postrouting', leaving, (passed) => transmit(ground, passed, way, loop), {
    context: masqueradingAs(ground, way),
  });
}

/** MASQUERADE takes the address of the device that is nearest to the packet's own next hop. */
function masqueradingAs({ at, context }: Ground, { device, via }: WayOut): HookContext {
  const nextHop = via === null ? null : parseAddress(via);
  if (nextHop?.family !== 4) return context;
  return {
    ...context,
    sourceFor: (dev, destination) =>
      dev === device && destination.family === 4
        ? selectSource4(at, dev, nextHop, 0)
        : context.sourceFor(dev, destination),
  };
}

function transmit(ground: Ground, walk: Walk, way: WayOut, loop: Next): readonly Passage[] {
  const { at } = ground;
  const name = way.device;
  const device = at.devices.get(name);
  const words = {
    stage: 'transmit',
    device: name,
    evidence: evidenceOf(at, 'links'),
    command: commandIn(at, 'ip', '-s', 'link', 'show', 'dev', name),
  } as const;
  if (name === 'lo' || device?.kind === 'loopback') return loop(walk);
  if (device === undefined)
    return at.devices.size === 0
      ? unknown(walk, {
          ...words,
          sentence: `The devices of ${at.name} were not read: what is behind ${name} is not known.`,
        })
      : stops(walk, 'dropped', 'device-missing', {
          ...words,
          sentence: `The route leads out of ${name}, and ${at.name} has no such device.`,
        });
  if (device.adminUp === false)
    return stops(walk, 'dropped', 'device-down', {
      ...words,
      sentence: `${name} of ${at.name} is switched off: nothing leaves by it.`,
    });
  const nextHop = needsNoNeighbour(device) ? null : (way.via ?? addressText(walk.packet.dst));
  if (device.carrier === false) return withoutCarrier(ground, walk, device, nextHop);
  if (nextHop === null)
    // A tunnel of many ends asks its route's gateway for the other one.
    return out(ground, { ...walk, packet: { ...walk.packet, toMac: null } }, device, way.via);
  return findNeighbour(ground, walk, device, nextHop, (found) => out(ground, found, device, nextHop));
}

/** Without carrier neighbours are forgotten but for permanent ones (neigh_carrier_down): nobody can be asked, and the sender is told. */
function withoutCarrier(
  { at }: Ground,
  walk: Walk,
  { name }: InterfaceEntity,
  nextHop: string | null,
): readonly Passage[] {
  const entry = nextHop === null || at.neighbours === null ? null : neighbourOf(at.neighbours, name, nextHop);
  const isSent = nextHop === null || entry?.state.includes('PERMANENT') === true;
  return stops(walk, isSent ? 'dropped' : 'rejected', 'no-carrier', {
    stage: 'transmit',
    device: name,
    sentence: `${name} of ${at.name} has no carrier: its other end is down, gone or unplugged.`,
    evidence: evidenceOf(at, 'links'),
    command: commandIn(at, 'ip', 'link', 'show', 'dev', name),
  });
}

function out(
  ground: Ground,
  walk: Walk,
  device: InterfaceEntity,
  nextHop: string | null,
): readonly Passage[] {
  const { at } = ground;
  return passFilters(ground, 'egress', walk, (passed) => {
    const { toMac } = passed.packet;
    const gone = passes(passed, {
      stage: 'transmit',
      device: device.name,
      sentence: `It leaves ${at.name} by ${device.name}${toMac === null ? '' : ` for ${toMac}`}.`,
      presumed: device.adminUp === null ? [`Whether ${device.name} is up was not read: it is presumed.`] : [],
      evidence: evidenceOf(at, 'links'),
      command: commandIn(at, 'ip', '-s', 'link', 'show', 'dev', device.name),
    });
    const packet = { ...passed.packet, fromMac: device.mac };
    return ends({ ...gone, seenAt: device.name }, { kind: 'leaves', device, nextHop, packet });
  });
}
