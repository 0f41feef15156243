// Whether a namespace answers when an address is asked for at one of its devices: net/ipv4/arp.c arp_process, arp_ignore,
// arp_fwd_proxy, arp_fwd_pvlan.
import {
  addressText,
  inPrefix,
  isUnspecified,
  parseAddress,
  parsePrefix,
  type Address,
} from '../route/address.ts';
import type { Fib } from '../route/fib.ts';
import { NO_FIELDS } from '../route/flow.ts';
import { ASSUMED_SETTINGS, incomingSettings } from '../route/incoming-settings.ts';
import { receiving } from '../route/kernel-lookup.ts';
import { bearingOfPart } from '../route/part-of-routes.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { isOwnAddress } from './filter-context.ts';
import { answersNdp } from './answers-ndp.ts';
import { no, ownAnswer, unknownAnswer, type ArpAnswer } from './arp-answer.ts';
import { isPart, type TracedNamespace } from './namespace.ts';
import { isArpOff, needsNoNeighbour } from './neighbour.ts';
import { addressesOf, hasInPrefix } from './source-address.ts';
import { commandIn, sysctlIn } from './walk.ts';

/** @param asker the address that the question comes from; null: it is not known, or has none. */
export function answersArp(
  at: TracedNamespace,
  device: InterfaceEntity,
  address: Address,
  asker: Address | null,
): ArpAnswer {
  const where = `${device.name} of ${at.name}`;
  if (device.adminUp === false)
    return no(`${where} is switched off.`, commandIn(at, 'ip', 'link', 'show', 'dev', device.name));
  if (needsNoNeighbour(device)) return no(`${where} takes part in no ARP.`, null);
  if (isArpOff(at, device))
    return no(
      `ARP is switched off on ${where} (NOARP): it answers for no address.`,
      commandIn(at, 'ip', 'link', 'show', 'dev', device.name),
    );
  return address.family === 4 ? answers4(at, device, address, asker) : answersNdp(at, device, address);
}

function answers4(
  at: TracedNamespace,
  device: InterfaceEntity,
  address: Address,
  asker: Address | null,
): ArpAnswer {
  const fib = at.fib[4];
  const text = addressText(address);
  if (fib === null)
    return isOwnAddress(at, address)
      ? ownAnswer(at, device, text, [`The IPv4 routes of ${at.name} were not read.`])
      : unread(at, text);
  const presumed: string[] = [];
  const settings = settingsOf(at, fib, device.name);
  if (settings === null)
    presumed.push(
      `The settings of ${device.name} of ${at.name} were not read: it is presumed that it forwards and filters no sources.`,
    );
  const known = asker !== null && !isUnspecified(asker) ? asker : null;
  if (known === null && asker === null)
    presumed.push('From which address it is asked for is not known: it is presumed to be a good one.');
  if (asker !== null && known === null) {
    // Who has no address yet (RFC 5227) is answered for own addresses alone.
    return fib.isLocal(address)
      ? ownBySettings(at, device, address, null, presumed)
      : no(`${at.name} answers nobody without an address for ${text}.`, null);
  }
  if (!fib.tables.has('local') && isOwnAddress(at, address))
    return ownBySettings(at, device, address, known, presumed);
  const flow = { ...NO_FIELDS, dst: address, src: known ?? nearTo(device, address), iif: device.name };
  // Where the asker is not known, its source is not validated.
  const asked = {
    ...(settings ?? ASSUMED_SETTINGS),
    ...(known === null ? { rpFilter: 0 as const, acceptLocal: true } : {}),
  };
  const answer = receiving(fib, flow, asked);
  const unsure = isPart(at, 4) && answer.kind === 'refused' && bearingOfPart(answer) === 'unknown';
  if (answer.kind === 'on-link' || unsure) return unread(at, text);
  if (answer.kind === 'refused')
    return no(
      refusedSentence(at, device.name, text, known, answer.why),
      commandIn(
        at,
        'ip',
        'route',
        'get',
        text,
        ...(known === null ? [] : ['from', addressText(known)]),
        'iif',
        device.name,
      ),
    );
  const { route } = answer;
  if (route.type === 'local') return ownBySettings(at, device, address, known, presumed);
  if (route.type !== 'unicast') return no(`${text} is a ${route.type} address of ${at.name}.`, null);
  return byProxy(
    at,
    device,
    text,
    {
      out: route.nexthops[0]?.dev ?? route.dev ?? '',
      isSelf: text === (known === null ? '' : addressText(known)),
    },
    presumed,
  );
}

/** What others have, behind another device. */
function byProxy(
  at: TracedNamespace,
  { name }: InterfaceEntity,
  address: string,
  { out, isSelf }: { readonly out: string; readonly isSelf: boolean },
  presumed: readonly string[],
): ArpAnswer {
  const { sysctls } = at;
  if (sysctls === null)
    return unknownAnswer(
      `Whether ${at.name} answers for ${address} at ${name} (proxy_arp) is not known: its settings were not read.`,
    );
  const set = (device: string, file: string): boolean => sysctls.get(`ipv4/conf/${device}/${file}`) === '1';
  const own = sysctls.has(`ipv4/conf/${name}/proxy_arp`);
  if (!own && !set('all', 'proxy_arp'))
    return unknownAnswer(
      `Whether ${at.name} answers for ${address} at ${name} is not known: proxy_arp of ${name} was not read.`,
    );
  const command = sysctlIn(at, `ipv4/conf/${name}/proxy_arp`);
  if (out === name) {
    if (set(name, 'proxy_arp_pvlan') && !isSelf)
      return {
        answers: true,
        sentence: `${at.name} answers for ${address}, which is behind ${name} itself (proxy_arp_pvlan).`,
        presumed,
        command: sysctlIn(at, `ipv4/conf/${name}/proxy_arp_pvlan`),
      };
    return no(
      `The way to ${address} from ${at.name} is ${name} itself, so that it does not answer for it there.`,
      commandIn(at, 'ip', 'route', 'get', address),
    );
  }
  if (set(name, 'proxy_arp') || set('all', 'proxy_arp'))
    return {
      answers: true,
      sentence: `${at.name} answers for ${address} at ${name}: proxy_arp is on, and its way there is ${out}.`,
      presumed,
      command,
    };
  return {
    ...no(
      `${at.name} has ${address} behind ${out} and does not answer for it at ${name}: proxy_arp is off.`,
      command,
    ),
    presumed: ['Entries of its own for others (ip neigh show proxy) are not read.'],
  };
}

/** Own addresses are answered for at every device, unless arp_ignore or arp_filter say otherwise. */
function ownBySettings(
  at: TracedNamespace,
  device: InterfaceEntity,
  address: Address,
  asker: Address | null,
  presumed: readonly string[],
): ArpAnswer {
  const text = addressText(address);
  const { name } = device;
  const value = (dev: string, file: string): number =>
    Number(at.sysctls?.get(`ipv4/conf/${dev}/${file}`) ?? 0);
  const ignore = Math.max(value('all', 'arp_ignore'), value(name, 'arp_ignore'));
  const command = sysctlIn(at, `ipv4/conf/${name}/arp_ignore`);
  const here = addressesOf(device, 4);
  const isHere = here.some((one) => one.address === text);
  if ((ignore === 1 || ignore === 2) && !isHere)
    return no(
      `${text} is an address of another device of ${at.name}, and arp_ignore ${ignore} lets ${name} answer for its own alone.`,
      command,
    );
  if (
    ignore === 2 &&
    asker !== null &&
    !here.some((one) => hasInPrefix(one, address) && hasInPrefix(one, asker))
  )
    return no(
      `${addressText(asker)} is not of the subnet of ${text}, and arp_ignore 2 lets ${name} answer its own subnet alone.`,
      command,
    );
  if (ignore === 8) return no(`arp_ignore 8 lets ${name} of ${at.name} answer for no address.`, command);
  const filtered = Math.max(value('all', 'arp_filter'), value(name, 'arp_filter')) > 0;
  const fib = at.fib[4];
  if (filtered && fib !== null && asker !== null) {
    if (!fib.devices.known && device.masterIfindex !== null)
      return unknownAnswer(
        `Whether arp_filter lets ${name} of ${at.name} answer for ${text} is not known: whether it is in a VRF was not read.`,
      );
    const oif = fib.devices.vrfOf(name)?.name ?? null;
    const back = fib.lookup({ ...NO_FIELDS, dst: asker, src: address, oif });
    const devices =
      back.kind === 'route' ? [back.route.dev, ...back.route.nexthops.map(({ dev }) => dev)] : [];
    if (!devices.includes(name) && !(isPart(at, 4) && bearingOfPart(back) === 'unknown'))
      return no(
        `The way from ${text} to ${addressText(asker)} is not ${name}, and arp_filter lets it answer there alone.`,
        sysctlIn(at, `ipv4/conf/${name}/arp_filter`),
      );
  }
  return ownAnswer(at, device, text, presumed);
}

function settingsOf({ sysctls, devices }: TracedNamespace, fib: Fib, name: string) {
  if (sysctls === null) return null;
  const dev = fib.devices.vrfOf(name)?.name ?? name;
  return incomingSettings(sysctls, {
    family: 4,
    dev,
    hasAddress: addressesOf(devices.get(dev), 4).length > 0,
  });
}

/** Some address of the same link: what an asker would have. */
function nearTo(device: InterfaceEntity, address: Address): Address {
  const near = addressesOf(device, 4).find((one) => hasInPrefix(one, address));
  const prefix = near === undefined ? null : parsePrefix(`${near.address}/${near.prefixLength}`);
  const own = near === undefined ? null : parseAddress(near.address);
  return prefix !== null && own !== null && inPrefix(address, prefix)
    ? own
    : { family: 4, words: Uint32Array.of(0xc0000201) };
}

function refusedSentence(
  at: TracedNamespace,
  device: string,
  address: string,
  asker: Address | null,
  why: string,
): string {
  const from = asker === null ? 'its asker' : addressText(asker);
  switch (why) {
    case 'reverse-path':
      return `${at.name} would not answer ${from} by ${device} (reverse path filter), and so does not answer for ${address} either.`;
    case 'martian-source':
      return `${from} cannot be a source of what comes in by ${device} of ${at.name}: the question is ignored.`;
    case 'forwarding-off':
      return `${device} of ${at.name} does not forward, and so does not answer for ${address}.`;
    default:
      return `${at.name} has no way to ${address} (${why}), and so does not answer for it at ${device}.`;
  }
}

function unread(at: TracedNamespace, address: string): ArpAnswer {
  return unknownAnswer(
    `Whether ${at.name} answers for ${address} is not known: ${isPart(at, 4) ? 'not all of its IPv4 routes are known' : 'its IPv4 routes were not read'}.`,
  );
}
