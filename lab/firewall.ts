import { createHash } from 'node:crypto';
import { NODE_NETWORK, NODE_NETWORK6, POD_POOL, POD_POOL6 } from './addressing.ts';
import type { PodPlan } from './lab-plan.ts';

// What Felix writes for a cluster with one policy (felix/rules/dispatch.go, endpoints.go, static.go), without the
// chains that nothing here jumps to. Marks: 0x10000 accepted, 0x40000 from a workload.

/** The text for `iptables-restore`: every packet to and from this node's Pods is accepted, all others pass unjudged. */
export function firewall(pods: readonly PodPlan[], family: 4 | 6): string {
  return `${raw()}${filter(pods, family)}`;
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

function filter(pods: readonly PodPlan[], family: 4 | 6): string {
  const guarded = pods.some(isGuarded);
  const chains = [
    ':INPUT ACCEPT',
    ':FORWARD ACCEPT',
    ':OUTPUT ACCEPT',
    ...['FORWARD', 'INPUT', 'OUTPUT', 'from-wl-dispatch', 'to-wl-dispatch', 'wl-to-host'].map(
      (name) => `:cali-${name} -`,
    ),
    ':cali-pri-kns.default -',
    ...(guarded ? [`:${POLICY_CHAIN} -`] : []),
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
    ...(guarded ? policy(family) : []),
    ...pods.flatMap((pod) => [
      `-A cali-from-wl-dispatch -i ${pod.hostInterface} -g cali-fw-${pod.hostInterface}`,
      `-A cali-to-wl-dispatch -o ${pod.hostInterface} -g cali-tw-${pod.hostInterface}`,
      ...endpoint(`cali-fw-${pod.hostInterface}`, 'cali-pro-kns.default', []),
      ...endpoint(
        `cali-tw-${pod.hostInterface}`,
        'cali-pri-kns.default',
        isGuarded(pod) ? tier(POLICY_CHAIN) : [],
      ),
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

/** The policy of the lab, on one Pod: who is in the cluster may reach it, as all who try are. */
export const POLICY = { namespace: 'default', name: 'allow-cluster', pod: 'web-1' };
const POLICY_ID = `${POLICY.namespace}/knp.default.${POLICY.name}`;
const POLICY_CHAIN = policyChain(POLICY_ID);
export const POLICY_SOURCES = { 4: [POD_POOL, NODE_NETWORK], 6: [POD_POOL6, NODE_NETWORK6] } as const;

/** Of names longer than 28 characters Felix makes a hash (hashutils GetLengthLimitedID), and all of ours are. */
export function policyChain(id: string): string {
  return `cali-pi-_${createHash('sha256').update(id).digest('base64url').slice(0, 19)}`;
}

function isGuarded({ name }: PodPlan): boolean {
  return name === POLICY.pod;
}

function policy(family: 4 | 6): string[] {
  return POLICY_SOURCES[family].flatMap((source) => [
    `-A ${POLICY_CHAIN} -s ${source} -m comment --comment "Policy ${POLICY_ID} ingress" -j MARK --set-xmark 0x10000/0x10000`,
    `-A ${POLICY_CHAIN} -m mark --mark 0x10000/0x10000 -j RETURN`,
  ]);
}

/** What policies say before the profile is asked. 0x20000: passed on to the next tier. */
export function tier(chain: string): string[] {
  return [
    '-m comment --comment "Start of tier default" -j MARK --set-xmark 0x0/0x20000',
    `-m mark --mark 0x0/0x20000 -j ${chain}`,
    '-m comment --comment "Return if policy accepted" -m mark --mark 0x10000/0x10000 -j RETURN',
    '-m comment --comment "End of tier default. Drop if no policies passed packet" -m mark --mark 0x0/0x20000 -j DROP',
  ];
}

/** One direction of one workload: known flows pass, new ones ask policies, then the namespace's profile, the rest is dropped. */
function endpoint(chain: string, profile: string, policies: readonly string[]): string[] {
  return [
    `-A ${chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    `-A ${chain} -m conntrack --ctstate INVALID -j DROP`,
    `-A ${chain} -j MARK --set-xmark 0x0/0x10000`,
    ...policies.map((rule) => `-A ${chain} ${rule}`),
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
