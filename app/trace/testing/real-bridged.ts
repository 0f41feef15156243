// For tests on the real kernel: frames that the router's bridge passes from one port to another.
import { EtherType, ethernet } from '../../packet/testing/packets/link.ts';
import { ipv4, udp } from '../../packet/testing/packets/network.ts';
import { mac, zeros } from '../../packet/testing/packets/parts.ts';
import type { TracedPacket } from '../packet.ts';
import { packetOf } from './packet-of.ts';
import { both, NOTHING, rules, sysctl, type Change } from './real-changes.ts';
import { ROUTER_MACS, type RealCase } from './real-router.ts';

export interface BridgedCase extends RealCase {
  readonly packet: TracedPacket;
  readonly ends: string;
  /** It is sent to the bridge itself. */
  readonly isUp?: true;
}

/** Behind the port bq, for all that the bridge knows. */
const BEHIND = '02:00:00:00:03:03';

const bridged = (
  name: string,
  ends: string,
  [setUp, undo]: Change,
  destination = '10.3.0.3',
  toMac = BEHIND,
): BridgedCase => ({
  name,
  family: 4,
  to: 'bridge',
  ends,
  setUp,
  undo,
  frame: ethernet(
    EtherType.ipv4,
    ipv4(17, udp(4000, 9999, zeros(30)).fill(0, 6, 8), { source: '10.3.0.2', destination }),
    { destination: mac(toMac), source: mac(ROUTER_MACS.sender) },
  ),
  packet: packetOf(`udp 10.3.0.2:4000 → ${destination}:9999`, { length: 58, toMac }),
});

const up = (name: string, ends: string, change: Change): BridgedCase => ({
  ...bridged(name, ends, change, '10.3.0.1', ROUTER_MACS.br0),
  isUp: true,
});

const OFF = sysctl('bridge/bridge-nf-call-iptables', 0, 1);
const DROP = rules(
  'table ip t { chain c { type filter hook forward priority 0; iifname br0 udp dport 9999 drop; }; }',
);

function atDevice(hook: 'ingress' | 'egress', device: string): Change {
  return rules(
    `table netdev t { chain c { type filter hook ${hook} device ${device} priority 0; udp dport 9999 drop; }; }`,
  );
}

export const BRIDGED: readonly BridgedCase[] = [
  bridged('a frame', 'leaves bq', NOTHING),
  bridged('a rule of IP that drops', 'dropped filter-drop', DROP),
  bridged('… where the bridge calls none', 'leaves bq', both(OFF, DROP)),
  bridged(
    'a rule of IP for another device',
    'leaves bq',
    rules('table ip t { chain c { type filter hook forward priority 0; iifname bp drop; }; }'),
  ),
  bridged(
    'a rule of the bridge',
    'dropped filter-drop',
    both(
      OFF,
      rules(
        'table bridge t { chain c { type filter hook forward priority 0; iifname bp udp dport 9999 drop; }; }',
      ),
    ),
  ),
  bridged(
    'a rule after the route',
    'dropped filter-drop',
    rules(
      'table ip t { chain c { type filter hook postrouting priority 0; oifname br0 udp dport 9999 drop; }; }',
    ),
  ),
  bridged(
    'a new destination elsewhere',
    'leaves r1',
    rules(
      'table ip t { chain c { type nat hook prerouting priority -100; udp dport 9999 dnat to 10.0.1.2:8888; }; }',
    ),
    '10.3.0.9',
  ),
  bridged(
    'a new destination of its own',
    'rejected no-socket',
    rules(
      'table ip t { chain c { type nat hook prerouting priority -100; udp dport 9999 redirect to :8888; }; }',
    ),
    '10.3.0.8',
  ),
  ...(['prerouting', 'postrouting'] as const).map((hook) =>
    bridged(
      `a rule of the bridge at ${hook}`,
      'dropped filter-drop',
      rules(
        `table bridge t { chain c { type filter hook ${hook} priority 0; ether type ip udp dport 9999 drop; }; }`,
      ),
    ),
  ),
  ...(['input', 'output'] as const).map((hook) =>
    bridged(
      `a rule of the bridge at ${hook}, which a frame from port to port does not meet`,
      'leaves bq',
      rules(`table bridge t { chain c { type filter hook ${hook} priority 0; udp dport 9999 drop; }; }`),
    ),
  ),
  bridged('a rule of the port that it comes in by', 'dropped filter-drop', atDevice('ingress', 'bp')),
  bridged('a rule of the port that it goes out by', 'dropped filter-drop', atDevice('egress', 'bq')),
  bridged('a rule of the bridge’s device', 'leaves bq', atDevice('ingress', 'br0')),
  up('a frame to the bridge itself', 'leaves bp', NOTHING),
  ...(['prerouting', 'input'] as const).map((hook) =>
    up(
      `a frame to the bridge itself, a rule of the bridge at ${hook}`,
      'dropped filter-drop',
      rules(
        `table bridge t { chain c { type filter hook ${hook} priority 0; iifname bp udp dport 9999 drop; }; }`,
      ),
    ),
  ),
  up('a frame to the bridge itself, a rule of the port', 'dropped filter-drop', atDevice('ingress', 'bp')),
  up(
    'a frame to the bridge itself, a rule of the bridge at forward',
    'leaves bp',
    rules('table bridge t { chain c { type filter hook forward priority 0; udp dport 9999 drop; }; }'),
  ),
  up(
    'a frame to the bridge itself, ARP alone refused',
    'leaves bp',
    rules('table bridge t { chain c { type filter hook input priority 0; ether type arp drop; }; }'),
  ),
];
