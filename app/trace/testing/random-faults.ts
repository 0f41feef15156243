// For random-topology.ts: what is wrong in a state, each from a family of its own.
import { at, mac, nodesOf, of, type Draft } from './random-draft.ts';
import { filter, nat } from './random-filter-faults.ts';
import {
  forwardingOff,
  reversePath,
  routeElsewhere,
  routeMissing,
  routeOfAType,
  ruleThatRefuses,
  ruleToTable,
  wayBackMissing,
} from './random-routing-faults.ts';

type Fault = (draft: Draft) => string | null;

const FAULTS: readonly (readonly [weight: number, fault: Fault])[] = [
  [10, routeOfAType],
  [6, routeMissing],
  [4, routeElsewhere],
  [5, ruleToTable],
  [4, ruleThatRefuses],
  [4, wayBackMissing],
  [7, forwardingOff],
  [14, reversePath],
  [6, deviceDown],
  [8, mtu],
  [7, wrongMac],
  [4, neighbourGone],
  [34, filter],
  [12, nat],
  [9, socket],
  [7, ttl],
  [8, tunnel],
];

export function mutate(draft: Draft): void {
  const sum = FAULTS.reduce((all, [weight]) => all + weight, 0);
  for (let tries = 0; tries < 10; tries += 1) {
    let drawn = draft.random.below(sum);
    const found = FAULTS.find(([weight]) => (drawn -= weight) < 0)?.[1];
    const said = found?.(draft) ?? null;
    if (said === null) continue;
    draft.faults.push(said);
    return;
  }
}

function deviceDown(draft: Draft): string {
  const { random } = draft;
  const name = random.of([...nodesOf(draft), 'c', 's']);
  const device = random.of(at(draft, name).up);
  at(draft, name).last.push(`link set ${device} down`);
  return `${name}: ${device} is down`;
}

function mtu(draft: Draft): string {
  const { random } = draft;
  const name = random.of([...nodesOf(draft), 's', 'c']);
  const device = random.of(at(draft, name).up);
  const bytes = random.of([1280, 1300, 1396, 1399, 1400, 1404]);
  at(draft, name).last.push(`link set ${device} mtu ${bytes}`);
  draft.size = random.of([1400, 1400, 1390, 1450]);
  return `${name}: MTU ${bytes} of ${device}, packets of ${draft.size}`;
}

function wrongMac(draft: Draft): string {
  const { random, family, addresses, layout } = draft;
  const wrong = random.of(['02:00:00:00:99:99', mac('c'), mac('s')]);
  const name = random.of(nodesOf(draft));
  const here = at(draft, name);
  const choices = [
    ...(name === 'b' ? [[addresses.s, here.up.includes('cni0') ? 'cni0' : 'cali2'] as const] : []),
    ...(name === 'a'
      ? [[layout === 'router' ? of(family, '10.0.0.254', 'fd00::fe') : addresses.b, 'eth0'] as const]
      : []),
    ...(name === 'r' ? [[addresses.b, 'r1'] as const] : []),
  ];
  const [address, device] = random.of(choices);
  here.last.push(`neigh replace ${address} lladdr ${wrong} dev ${device} nud permanent`);
  return `${name}: ${address} at ${wrong} on ${device}`;
}

/** Whoever is asked for has another address, or does not answer. */
function neighbourGone(draft: Draft): string {
  const { random, family, addresses } = draft;
  const here = at(draft, 's');
  if (family === 4 && random.chance(40)) {
    here.sysctls.set('ipv4/conf/all/arp_ignore', String(random.of([1, 2, 8])));
    return 's: answers few questions for addresses';
  }
  const index = here.addresses.findIndex((line) => line.startsWith(`${addresses.s}/`));
  if (index === -1) return 's: has another address already';
  const [line = ''] = here.addresses.splice(index, 1);
  here.addresses.push(line.replace(addresses.s, of(family, '10.2.0.66', 'fd02::66')));
  return `s: has not ${addresses.s}`;
}

function socket(draft: Draft): string {
  draft.listening = draft.random.of(['none', 'none', 'loopback']);
  return `listening: ${draft.listening}`;
}

function ttl(draft: Draft): string {
  draft.ttl = draft.random.of([1, 1, 2, 3, 4]);
  return `TTL ${draft.ttl}`;
}

function tunnel(draft: Draft): string | null {
  const { random, layout } = draft;
  if (layout !== 'vxlan') return null;
  switch (random.below(4)) {
    case 0:
      draft.vxlan.vniOfB = 78;
      return 'b: VNI 78';
    case 1:
      draft.vxlan.portOfB = 8472;
      return 'b: port 8472';
    case 2:
      at(draft, 'a').fdb.length = 0;
      return 'a: no FDB entry';
    default:
      at(draft, 'b').last.push(`link set vx0 address ${mac('va')}`);
      return 'b: vx0 has the MAC of a’s';
  }
}
