// For tests: what a node of a Calico cluster prints, with one Pod behind cali1, and what that Pod prints.
import type { TracedNamespace } from '../namespace.ts';
import { namespaceOf, type PrintedNamespace } from './namespace-of.ts';

export const WORKER: PrintedNamespace = {
  name: 'k8s-worker-1',
  addresses: `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
    link/ether 00:50:56:00:00:51 brd ff:ff:ff:ff:ff:ff
    inet 10.12.22.151/24 brd 10.12.22.255 scope global ens192
       valid_lft forever preferred_lft forever
    inet6 2001:db8:22::151/64 scope global
       valid_lft forever preferred_lft forever
4: cali1@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1440 qdisc noqueue state UP group default qlen 1000
    link/ether ee:ee:ee:ee:ee:ee brd ff:ff:ff:ff:ff:ff link-netnsid 0
`,
  routes4: `default via 10.12.22.1 dev ens192 proto static
10.12.22.0/24 dev ens192 proto kernel scope link src 10.12.22.151
192.168.1.2 dev cali1 scope link
blackhole 192.168.1.0/24 proto 80
192.168.2.0/24 via 10.12.22.152 dev ens192 proto bird
unreachable 192.168.3.0/24 proto static
prohibit 192.168.4.0/24 proto static
local 10.12.22.151 dev ens192 table local proto kernel scope host src 10.12.22.151
broadcast 10.12.22.255 dev ens192 table local proto kernel scope link src 10.12.22.151
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1
`,
  routes6: `2001:db8:22::/64 dev ens192 proto kernel metric 256 pref medium
fd00:1::2 dev cali1 metric 1024 pref medium
default via 2001:db8:22::1 dev ens192 proto static metric 1024 pref medium
local ::1 dev lo table local proto kernel metric 0 pref medium
local 2001:db8:22::151 dev ens192 table local proto kernel metric 0 pref medium
`,
  rules4: `0:	from all lookup local
32766:	from all lookup main
32767:	from all lookup default
`,
  rules6: `0:	from all lookup local
32766:	from all lookup main
`,
  neighbours: `10.12.22.152 dev ens192 lladdr 00:50:56:00:00:52 REACHABLE
10.12.22.1 dev ens192 lladdr 00:50:56:00:00:01 STALE
192.168.1.2 dev cali1 lladdr 02:00:00:00:00:aa PERMANENT
`,
  sysctls: `net.ipv4.conf.all.forwarding = 1
net.ipv4.conf.all.rp_filter = 0
net.ipv4.conf.ens192.forwarding = 1
net.ipv4.conf.ens192.rp_filter = 2
net.ipv4.conf.cali1.forwarding = 1
net.ipv4.conf.cali1.rp_filter = 1
net.ipv4.conf.all.proxy_arp = 0
net.ipv4.conf.cali1.proxy_arp = 1
net.ipv6.conf.all.forwarding = 1
net.ipv6.conf.cali1.disable_ipv6 = 0
`,
  sockets: `tcp 0.0.0.0:22
tcp 127.0.0.1:10248
tcp6 [::]:10250
udp 10.12.22.151:4789
`,
  conntrack: { count: 120, max: 262144 },
};

export const worker = (changed: Partial<PrintedNamespace> = {}): TracedNamespace =>
  namespaceOf({ ...WORKER, ...changed });

/** The text with one line changed; a test whose line is not there is wrong. */
export function changed(text: string | undefined, from: string, to: string): string {
  if (text?.includes(from) !== true) throw new Error(`no “${from}”`);
  return text.replaceAll(from, to);
}

export const POD: PrintedNamespace = {
  name: 'web-1 on k8s-worker-1',
  isPod: true,
  pid: 4242,
  addresses: `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
3: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1440 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:aa brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet 192.168.1.2/32 scope global eth0
`,
  routes4: `default via 169.254.1.1 dev eth0
169.254.1.1 dev eth0 scope link
local 192.168.1.2 dev eth0 table local proto kernel scope host src 192.168.1.2
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
`,
  neighbours: `169.254.1.1 dev eth0 lladdr ee:ee:ee:ee:ee:ee REACHABLE
`,
  sockets: `tcp 0.0.0.0:8080
tcp 127.0.0.1:9000
udp6 [::]:53
`,
};

export const pod = (changed: Partial<PrintedNamespace> = {}): TracedNamespace =>
  namespaceOf({ ...POD, ...changed });
