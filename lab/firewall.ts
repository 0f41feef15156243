import { createHash } from 'node:crypto';
import type { PodPlan } from './lab-plan.ts';

// What Felix writes for a cluster without policies (felix/rules/dispatch.go, endpoints.go, static.go), without the
// chains that nothing here jumps to. Marks: 0x10000 accepted, 0x40000 from a workload.

/** The text for `iptables-restore`: every packet to and from this node's Pods is accepted, all others pass unjudged. */
export function firewall(pods: readonly PodPlan[]): string {
  return `${raw()}${filter(pods)}`;
}

function raw(): string {
  return table(
    'raw',
    [
      ':PREROUTING ACCEPT',
      ':OUTPUT ACCEPT',
      ':cali-OUTPUT -',
      ':cali-PREROUTING -',
      ':cali-from-host-endpoint -',
    ],
    [
      '-A PREROUTING -j cali-PREROUTING',
      '-A OUTPUT -j cali-OUTPUT',
      '-A cali-OUTPUT -j MARK --set-xmark 0x0/0xf0000',
      '-A cali-PREROUTING -j MARK --set-xmark 0x0/0xf0000',
      '-A cali-PREROUTING -i cali+ -j MARK --set-xmark 0x40000/0x40000',
      '-A cali-PREROUTING -m mark --mark 0x40000/0x40000 -m rpfilter --validmark --invert -j DROP',
      '-A cali-PREROUTING -m mark --mark 0x0/0x40000 -j cali-from-host-endpoint',
      '-A cali-PREROUTING -m mark --mark 0x10000/0x10000 -j ACCEPT',
    ],
  );
}

function filter(pods: readonly PodPlan[]): string {
  const chains = [
    ':INPUT ACCEPT',
    ':FORWARD ACCEPT',
    ':OUTPUT ACCEPT',
    ...['FORWARD', 'INPUT', 'OUTPUT', 'from-wl-dispatch', 'to-wl-dispatch', 'wl-to-host'].map(
      (name) => `:cali-${name} -`,
    ),
    ':cali-pri-kns.default -',
    ':cali-pro-kns.default -',
    ...pods.flatMap(({ hostInterface }) => [`:cali-fw-${hostInterface} -`, `:cali-tw-${hostInterface} -`]),
  ];
  return table('filter', chains, [
    '-A INPUT -j cali-INPUT',
    '-A FORWARD -j cali-FORWARD',
    '-A FORWARD -m mark --mark 0x10000/0x10000 -j ACCEPT',
    '-A OUTPUT -j cali-OUTPUT',
    '-A cali-FORWARD -j MARK --set-xmark 0x0/0xe0000',
    '-A cali-FORWARD -i cali+ -j cali-from-wl-dispatch',
    '-A cali-FORWARD -o cali+ -j cali-to-wl-dispatch',
    '-A cali-INPUT -i cali+ -g cali-wl-to-host',
    '-A cali-INPUT -m mark --mark 0x10000/0x10000 -j ACCEPT',
    '-A cali-OUTPUT -m mark --mark 0x10000/0x10000 -j ACCEPT',
    '-A cali-OUTPUT -o cali+ -j RETURN',
    ...pods.flatMap(({ hostInterface }) => [
      `-A cali-from-wl-dispatch -i ${hostInterface} -g cali-fw-${hostInterface}`,
      `-A cali-to-wl-dispatch -o ${hostInterface} -g cali-tw-${hostInterface}`,
      ...endpoint(`cali-fw-${hostInterface}`, 'cali-pro-kns.default'),
      ...endpoint(`cali-tw-${hostInterface}`, 'cali-pri-kns.default'),
    ]),
    '-A cali-from-wl-dispatch -j DROP',
    '-A cali-to-wl-dispatch -j DROP',
    '-A cali-pri-kns.default -j MARK --set-xmark 0x10000/0x10000',
    '-A cali-pri-kns.default -m mark --mark 0x10000/0x10000 -j RETURN',
    '-A cali-pro-kns.default -j MARK --set-xmark 0x10000/0x10000',
    '-A cali-pro-kns.default -m mark --mark 0x10000/0x10000 -j RETURN',
    '-A cali-wl-to-host -j cali-from-wl-dispatch',
    '-A cali-wl-to-host -j ACCEPT',
  ]);
}

/** One direction of one workload: known flows pass, new ones ask the namespace's profile, the rest is dropped. */
function endpoint(chain: string, profile: string): string[] {
  return [
    `-A ${chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    `-A ${chain} -m conntrack --ctstate INVALID -j DROP`,
    `-A ${chain} -j MARK --set-xmark 0x0/0x10000`,
    `-A ${chain} -j ${profile}`,
    `-A ${chain} -m mark --mark 0x10000/0x10000 -j RETURN`,
    `-A ${chain} -j DROP`,
  ];
}

function table(name: string, chains: readonly string[], rules: readonly string[]): string {
  return [`*${name}`, ...chains.map((chain) => `${chain} [0:0]`), ...rules.map(signed), 'COMMIT', ''].join(
    '\n',
  );
}

/** Felix knows its own rules again by a hash in their comment; here too each rule has its own. */
function signed(rule: string): string {
  const [flag = '', chain = '', ...rest] = rule.split(' ');
  const hash = createHash('sha256').update(rule).digest('base64url').slice(0, 16);
  return [flag, chain, '-m', 'comment', '--comment', `"cali:${hash}"`, ...rest].join(' ');
}
