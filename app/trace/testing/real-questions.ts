// For tests on the real kernel: questions for addresses (ARP) at the router's device, and whether each is answered.
import { arp, EtherType, ethernet } from '../../packet/testing/packets/link.ts';
import { ip4, join, mac, zeros } from '../../packet/testing/packets/parts.ts';
import { both, NOTHING, route, sysctl, type Change } from './real-changes.ts';
import { ROUTER_MACS, type RealCase } from './real-router.ts';

export interface ArpCase extends RealCase {
  readonly target: string;
  readonly asker: string;
  readonly expected: boolean;
}

export const arpFrame = (target: string, asker: string): Uint8Array =>
  ethernet(
    EtherType.arp,
    arp({ addresses: join(mac(ROUTER_MACS.sender), ip4(asker), zeros(6), ip4(target)) }),
    {
      destination: mac('ff:ff:ff:ff:ff:ff'),
      source: mac(ROUTER_MACS.sender),
    },
  );

const arpCase = (
  name: string,
  expected: boolean,
  [target, asker]: readonly [string, string],
  [setUp, undo]: Change = NOTHING,
): ArpCase => ({ name, family: 4, expected, target, asker, setUp, undo, frame: arpFrame(target, asker) });

const PROXY = sysctl('ipv4/conf/r0/proxy_arp', 1, 0);
const GATEWAY = route('default via 10.0.1.2 dev r1');
const STRICT = sysctl('ipv4/conf/r0/rp_filter', 1, 0);

/** A Pod's question for its gateway, as FIELD-NOTES §1 has it, and those for the router's own addresses. */
export const QUESTIONS: readonly ArpCase[] = [
  arpCase('its address', true, ['10.0.0.1', '10.0.0.2']),
  arpCase('its address of another device', true, ['10.0.1.1', '10.0.0.2']),
  arpCase(
    '… not with arp_ignore 1',
    false,
    ['10.0.1.1', '10.0.0.2'],
    sysctl('ipv4/conf/r0/arp_ignore', 1, 0),
  ),
  arpCase(
    'its own with arp_ignore 1',
    true,
    ['10.0.0.1', '10.0.0.2'],
    sysctl('ipv4/conf/r0/arp_ignore', 1, 0),
  ),
  arpCase(
    'arp_ignore 2: another subnet asks',
    false,
    ['10.0.0.1', '10.7.0.2'],
    sysctl('ipv4/conf/r0/arp_ignore', 2, 0),
  ),
  arpCase('nobody’s address', false, ['10.0.0.77', '10.0.0.2'], both(PROXY, GATEWAY)),
  arpCase(
    'the gateway, with proxy_arp and a default route',
    true,
    ['169.254.1.1', '10.0.0.2'],
    both(PROXY, GATEWAY),
  ),
  arpCase(
    '… proxy_arp of all',
    true,
    ['169.254.1.1', '10.0.0.2'],
    both(sysctl('ipv4/conf/all/proxy_arp', 1, 0), GATEWAY),
  ),
  arpCase('… without proxy_arp', false, ['169.254.1.1', '10.0.0.2'], GATEWAY),
  arpCase('… without a route', false, ['169.254.1.1', '10.0.0.2'], PROXY),
  arpCase('… with a blackhole', false, ['169.254.1.1', '10.0.0.2'], both(PROXY, route('blackhole default'))),
  arpCase(
    '… without forwarding there',
    false,
    ['169.254.1.1', '10.0.0.2'],
    both(PROXY, GATEWAY, sysctl('ipv4/conf/r0/forwarding', 0, 1)),
  ),
  arpCase(
    '… without a way back, strict',
    false,
    ['169.254.1.1', '192.168.1.2'],
    both(PROXY, GATEWAY, STRICT),
  ),
  arpCase(
    '… with the Pod’s own route, strict',
    true,
    ['169.254.1.1', '192.168.1.2'],
    both(PROXY, GATEWAY, STRICT, route('192.168.1.2 dev r0')),
  ),
  arpCase(
    'behind the same device, proxy_arp_pvlan',
    true,
    ['10.0.0.77', '10.0.0.2'],
    sysctl('ipv4/conf/r0/proxy_arp_pvlan', 1, 0),
  ),
  arpCase('who has no address asks for its own', true, ['10.0.0.1', '0.0.0.0']),
  arpCase('who has no address asks for the gateway', false, ['169.254.1.1', '0.0.0.0'], both(PROXY, GATEWAY)),
  arpCase(
    'arp_filter: the way back is another',
    false,
    ['10.0.0.1', '10.0.1.2'],
    sysctl('ipv4/conf/r0/arp_filter', 1, 0),
  ),
];
