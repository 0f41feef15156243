// For random-faults.ts: routes, rules and what decides about forwarding.
import { at, nodesOf, of, PORT, type Draft } from './random-draft.ts';

/** Devices of a namespace by which the packets come or go. */
function devicesOf(draft: Draft, name: string): readonly string[] {
  return at(draft, name).up;
}

const prefixOf = ({ family }: Draft, pods: 'a' | 'b'): string =>
  of(family, { a: '10.1.0.0/24', b: '10.2.0.0/24' }, { a: 'fd01::/64', b: 'fd02::/64' })[pods];

const host = ({ family }: Draft, address: string): string => `${address}/${of(family, 32, 128)}`;

/** The prefix that leads to the destination, or the destination alone. */
function towards(draft: Draft): string {
  const { random, target, addresses } = draft;
  return target === addresses.s && random.chance(50) ? prefixOf(draft, 'b') : host(draft, target);
}

export function routeOfAType(draft: Draft): string {
  const { random } = draft;
  const name = random.of(random.chance(80) ? nodesOf(draft) : ['c']);
  const type = random.of([
    'blackhole',
    'unreachable',
    'prohibit',
    'throw',
    'blackhole',
    'unreachable',
    'prohibit',
  ]);
  const metric = random.chance(20) ? ` metric ${random.of([50, 5000])}` : '';
  at(draft, name).last.push(`route replace ${type} ${towards(draft)}${metric}`);
  return `${name}: ${type}${metric}`;
}

export function routeMissing(draft: Draft): string | null {
  const { random } = draft;
  const name = random.of([...nodesOf(draft), 'c']);
  const { routes } = at(draft, name);
  const index = routes.findLastIndex(
    (line) =>
      line.startsWith('default') ||
      line.startsWith(prefixOf(draft, 'b')) ||
      line.startsWith(draft.addresses.s),
  );
  if (index === -1) return null;
  const [gone] = routes.splice(index, 1);
  return `${name}: no route ${gone}`;
}

export function routeElsewhere(draft: Draft): string | null {
  const { family, random } = draft;
  const name = random.of(nodesOf(draft));
  // Who is on the wire between nodes beside them nobody can know.
  const devices = devicesOf(draft, name).filter((one) => /^(cali|cni)/.test(one));
  if (devices.length === 0) return null;
  const device = random.of(devices);
  const via = random.of(
    of(family, ['10.0.0.77', '10.1.0.2', '10.2.0.9'], ['fd00::77', 'fd01::2', 'fd02::9']),
  );
  at(draft, name).last.push(`route replace ${host(draft, draft.target)} via ${via} dev ${device} onlink`);
  return `${name}: by ${device} to ${via}`;
}

export function ruleToTable(draft: Draft): string {
  const { random } = draft;
  const name = random.of(nodesOf(draft));
  const { last } = at(draft, name);
  const type = random.of(['blackhole default', 'unreachable default', 'prohibit default', 'throw default']);
  last.push(`route add ${type} table 100`);
  const rule = `${selector(draft, name)} lookup 100`;
  last.push(`rule add ${rule} priority 1000`);
  return `${name}: rule ${rule}, ${type}`;
}

export function ruleThatRefuses(draft: Draft): string {
  const { random } = draft;
  const name = random.of(nodesOf(draft));
  const rule = `${selector(draft, name)} ${random.of(['blackhole', 'unreachable', 'prohibit'])}`;
  at(draft, name).last.push(`rule add ${rule} priority 1000`);
  return `${name}: rule ${rule}`;
}

function selector(draft: Draft, name: string): string {
  const { random, addresses } = draft;
  return random.of([
    `from ${random.of([addresses.c, addresses.s])}`,
    `to ${draft.target}`,
    `iif ${random.of(devicesOf(draft, name))}`,
    `ipproto ${random.of(['tcp', 'udp'])} dport ${random.of([PORT, 9])}`,
    'fwmark 0x10',
    `not from ${addresses.c}`,
  ]);
}

export function wayBackMissing(draft: Draft): string | null {
  const { random } = draft;
  const name = random.of(nodesOf(draft));
  const { routes } = at(draft, name);
  const index = routes.findIndex((line) => line.startsWith(prefixOf(draft, 'a')));
  if (index === -1) return null;
  const [gone] = routes.splice(index, 1);
  if (random.chance(30)) routes.push(`${random.of(['blackhole', 'unreachable'])} ${prefixOf(draft, 'a')}`);
  return `${name}: no way back, ${gone}`;
}

export function forwardingOff(draft: Draft): string {
  const { random, family } = draft;
  const name = random.of(nodesOf(draft));
  const here = at(draft, name);
  if (random.chance(40)) {
    if (family === 4) here.sysctls.set('ipv4/ip_forward', '0');
    else here.sysctls.set('ipv6/conf/all/forwarding', '0');
    return `${name}: forwards nothing`;
  }
  const device = random.of(here.up);
  here.sysctls.set(`ipv${family}/conf/${device}/forwarding`, '0');
  return `${name}: does not forward from ${device}`;
}

/** Strict or loose, mostly with a way back that is another or none. */
export function reversePath(draft: Draft): string | null {
  const { random, family, addresses } = draft;
  if (family === 6) return null;
  const name = random.of(nodesOf(draft));
  const here = at(draft, name);
  const device = random.of(here.up);
  const value = random.of([1, 1, 2]);
  here.sysctls.set(`ipv4/conf/${random.chance(60) ? device : 'all'}/rp_filter`, String(value));
  const back = random.below(4);
  if (back === 0) return `${name}: rp_filter ${value} at ${device}`;
  const others = here.up.filter((one) => one !== device);
  const other = random.of(others.length === 0 ? here.up : others);
  // A route to one host alone is what Pods are found by.
  const source = draft.sender === 'c' ? '10.1.0.2/31' : '10.0.0.0/31';
  if (back === 1) here.last.push(`route replace ${source} dev ${other}`);
  else {
    const index = here.routes.findIndex(
      (line) => line.startsWith(prefixOf(draft, 'a')) || line.startsWith(addresses.c),
    );
    if (index !== -1) here.routes.splice(index, 1);
    if (back === 3) here.last.push(`route replace ${source} dev ${other}`);
  }
  return `${name}: rp_filter ${value} at ${device}, the way back ${back === 2 ? 'missing' : `by ${other}`}`;
}
