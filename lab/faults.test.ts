import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { drawn } from '../app/testing/runs.ts';
import { fault, FAULTS, heal } from './faults.ts';
import { NETWORK_MODES, type NetworkMode } from './lab-plan.ts';
import { lab, success } from './testing/lab-run.ts';
import { reach, type Reached } from './testing/reach.ts';

// Each fault of the network is real: a Pod of worker 1 and one of worker 2 lose what it says, and have it again when it is mended.
// Needs root.

const NAME = `faults-${process.pid}`;
const NODE = 'k8s-worker-1';

/** What is lost; left out: nothing, at once (a stale route still leads somewhere). */
const LOST: Readonly<Record<string, readonly (keyof Reached)[]>> = {
  'link-down': ['ping', 'tcp', 'big'],
  'far-end-down': ['ping', 'tcp', 'big'],
  'bgp-auth-mismatch': ['ping', 'tcp', 'big'],
  'bgp-as-mismatch': ['ping', 'tcp', 'big'],
  'bgp-blocked': ['ping', 'tcp', 'big'],
  'pod-route-missing': ['ping', 'tcp', 'big', 'back'],
  'blackhole-shadows-pod': ['ping', 'tcp', 'big'],
  'policy-routing-diverts': ['ping', 'tcp', 'big', 'back'],
  'unresolved-next-hop': ['ping', 'tcp', 'big', 'back'],
  'routes-flushed': ['ping', 'tcp', 'big', 'back'],
  'ip-forward-off': ['ping', 'tcp', 'big', 'back'],
  'forwarding-off': ['ping', 'tcp', 'big', 'back'],
  'proxy-arp-off': ['ping', 'tcp', 'big', 'back'],
  'gateway-arp-unanswerable': ['ping', 'tcp', 'big', 'back'],
  'rp-filter-drop': ['ping', 'tcp', 'big', 'back'],
  'wrong-neighbour': ['ping', 'tcp', 'big', 'back'],
  'duplicate-mac': ['ping', 'tcp', 'big'],
  'mtu-mismatch': ['big'],
  'pod-mtu': ['big'],
  'anti-spoof-drop': ['ping', 'tcp', 'big'],
  'policy-drop': ['back'],
  'forward-policy-drop': ['ping', 'tcp', 'big', 'back'],
  'iptables-backend-split': ['ping', 'tcp', 'big', 'back'],
  'conntrack-full': ['ping', 'tcp', 'big', 'back'],
  'pod-link-down': ['ping', 'tcp', 'big', 'back'],
  'pod-default-route-missing': ['ping', 'tcp', 'big', 'back'],
  'listen-overflow': ['back'],
  'socket-not-listening': ['back'],
  'service-without-endpoints': ['service'],
  'vxlan-blocked': ['ping', 'tcp', 'big', 'back'],
  'vxlan-blocked-pair': ['ping', 'tcp', 'big', 'back'],
  'vxlan-checksum-offload': ['tcp', 'back'],
  'vxlan-fdb-missing': ['ping', 'tcp', 'big', 'back'],
  'vxlan-mismatch': ['ping', 'tcp', 'big', 'back'],
  'pod-ip-equals-tunnel-ip': ['ping', 'tcp', 'big', 'back'],
};

/** Those that would take another Pod than the one that is tried. */
const FIRST_POD: Readonly<Record<string, string>> = { 'socket-not-listening': 'c2c-network-demo' };

const ofNetwork = Object.keys(FAULTS).filter((name) => FAULTS[name]?.finding !== undefined);
/** One mode and one of its faults in `npm test`. */
const modes = drawn(NETWORK_MODES, 1);

const can = (mode: NetworkMode) => (name: string) => FAULTS[name]?.modes?.includes(mode) !== false;

/** BGP's sessions take their time. */
async function becomesWhole(): Promise<void> {
  await expect
    .poll(() => reach(NAME), { timeout: 30_000 })
    .toEqual({ ping: true, big: true, tcp: true, service: true, back: true });
}

describe.each(modes)('in mode %s', (mode) => {
  beforeAll(() => lab('up', '--name', NAME, '--mode', mode));
  // Whatever happened: the next fault finds the lab whole.
  afterEach(() => success(heal(NAME, {})));
  afterAll(() => lab('down', '--name', NAME));

  it.each(drawn(ofNetwork.filter(can(mode)), 1))('fault %s', async (name) => {
    await becomesWhole();
    await success(fault(NAME, name, NODE, FIRST_POD[name]));
    const broken = await reach(NAME);
    for (const what of LOST[name] ?? []) expect([what, broken[what]]).toEqual([what, false]);
    await success(heal(NAME, {}));
    await becomesWhole();
  });
});

it('every fault that a diagnosis is to name is said to lose something, or to be seen before anything is lost', () => {
  const quiet = ofNetwork.filter((name) => LOST[name] === undefined);
  expect(quiet).toEqual([
    'bird-kill',
    'bgp-cut',
    'bgp-disable',
    'route-withdraw',
    'duplicate-pod-ip',
    'route-flapping',
    'nic-drops',
    'node-identity-clash',
    // Loses UDP of its own client's, which is not among what is tried.
    'stale-udp-conntrack',
    'node-address-mismatch',
    'pool-overlaps-node-network',
  ]);
});
