import { expect, it } from 'vitest';
import { evidenceView } from './evidence-view.ts';

it.each([
  ['iptables-save -c', 'firewall'],
  ['iptables-legacy-save -c', 'firewall'],
  ['nft -j list table ip filter', 'firewall'],
  ['birdcl -r -s /var/run/calico/bird.ctl show protocols all', 'bgp'],
  ['head /proc/net/snmp /proc/net/netstat', 'drops'],
  ['ip -j -4 route show table all', 'node'],
  ['nsenter -t 95 -n -- ip -j neigh show', 'node'],
  ['grep . /proc/sys/net/ipv4/conf/*/rp_filter', 'node'],
  ['kubectl get --raw /api/v1/pods', null],
  ['', null],
])('what “%s” told is seen in: %s', (command, view) => {
  expect(evidenceView(command)).toBe(view);
});
