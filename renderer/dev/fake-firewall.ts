// The made-up cluster's packet filters: Calico's and kube-proxy's chains as they write them, read and understood by the real
// parsers. Counters rise with the clock, so that there are rates. Development only.
import type { CallRequest, CallResponse } from '../../app/contract/calls.ts';
import { firewallNames } from '../../app/firewall/firewall-names.ts';
import { firewallChain, firewallView } from '../../app/firewall/firewall-view.ts';
import type { KnownFirewall } from '../../app/firewall/known-firewall.ts';
import { nodeServices } from '../../app/firewall/node-services.ts';
import type { FirewallReading } from '../../app/probe/firewall-facts.ts';
import { parseXtablesSave } from '../../app/probe/xtables-save.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { Topology } from '../../app/topology/model.ts';

type FirewallCall = 'firewall.view' | 'firewall.chain' | 'firewall.service';

export function fakeFirewall<N extends FirewallCall>(
  name: N,
  request: CallRequest<N>,
  topology: Topology | null,
): CallResponse<N> {
  const known = topology ?? emptyTopology('');
  const answers: { readonly [K in FirewallCall]: (request: CallRequest<K>) => CallResponse<K> } = {
    'firewall.view': ({ node, search }) =>
      firewallView(filters(node), firewallNames(known, null, node), search),
    'firewall.chain': ({ node, ...asked }) =>
      firewallChain(filters(node), firewallNames(known, null, node), asked),
    'firewall.service': ({ node, service }) => {
      const label = node ?? 'k8s-worker-1';
      return [nodeServices(filters(label), firewallNames(known, null, label), null, service)];
    },
  };
  return answers[name](request);
}

function filters(node: string): KnownFirewall {
  const s = Math.floor(Date.now() / 1000);
  const at = (seconds: number): KnownFirewall['now'] => ({
    at: { s: seconds, ns: 0 },
    reading: reading(seconds % 100_000),
  });
  return {
    now: at(s),
    before: at(s - 10),
    head: { node, known: true, sentence: null, at: { s, ns: 0 }, interval: 10 },
  };
}

function reading(t: number): FirewallReading {
  const { tables } = parseXtablesSave(rules(t), {
    backend: 'nft-compat',
    family: 'ip',
    evidence: 'k8s-worker-1/ip:nft',
  });
  return {
    tables: tables.entries,
    ipsets: [],
    virtualServers: [],
    conntrack: { count: 1_204, max: 262_144 },
    unread: [],
    unreadCount: 0,
  };
}

function rules(t: number): string {
  const c = (rate: number): string =>
    `[${String(Math.round(t * rate))}:${String(Math.round(t * rate * 60))}]`;
  const pod = 'calid9d486e54a8';
  return `*raw
:PREROUTING ACCEPT ${c(900)}
:OUTPUT ACCEPT ${c(40)}
:cali-PREROUTING - [0:0]
${c(900)} -A PREROUTING -m comment --comment "cali:6gwbT8clXdHdC1b1" -j cali-PREROUTING
${c(400)} -A cali-PREROUTING -i cali+ -j MARK --set-xmark 0x40000/0x40000
[12:720] -A cali-PREROUTING -m mark --mark 0x40000/0x40000 -m rpfilter --validmark --invert -j DROP
COMMIT
*nat
:PREROUTING ACCEPT ${c(3)}
:OUTPUT ACCEPT ${c(1)}
:POSTROUTING ACCEPT ${c(4)}
:KUBE-SERVICES - [0:0]
:KUBE-SVC-LS5EWBY3CCKOTT5A - [0:0]
:KUBE-SEP-AAAAAAAAAAAAAAAA - [0:0]
:KUBE-SEP-BBBBBBBBBBBBBBBB - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
${c(3)} -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
${c(1)} -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
${c(4)} -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
${c(2)} -A KUBE-SERVICES -d 10.96.7.7/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-LS5EWBY3CCKOTT5A
[0:0] -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
[0:0] -A KUBE-SVC-LS5EWBY3CCKOTT5A ! -s 192.168.0.0/16 -d 10.96.7.7/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
${c(1)} -A KUBE-SVC-LS5EWBY3CCKOTT5A -m comment --comment "default/web:http -> 192.168.1.2:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-AAAAAAAAAAAAAAAA
${c(1)} -A KUBE-SVC-LS5EWBY3CCKOTT5A -m comment --comment "default/web:http -> 192.168.2.3:8080" -j KUBE-SEP-BBBBBBBBBBBBBBBB
[0:0] -A KUBE-SEP-AAAAAAAAAAAAAAAA -s 192.168.1.2/32 -m comment --comment "default/web:http" -j KUBE-MARK-MASQ
${c(1)} -A KUBE-SEP-AAAAAAAAAAAAAAAA -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 192.168.1.2:8080
[0:0] -A KUBE-SEP-BBBBBBBBBBBBBBBB -s 192.168.2.3/32 -m comment --comment "default/web:http" -j KUBE-MARK-MASQ
${c(1)} -A KUBE-SEP-BBBBBBBBBBBBBBBB -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 192.168.2.3:8080
[0:0] -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
[0:0] -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
COMMIT
*filter
:INPUT ACCEPT ${c(20)}
:FORWARD DROP ${c(0)}
:OUTPUT ACCEPT ${c(40)}
:cali-FORWARD - [0:0]
:cali-INPUT - [0:0]
:cali-from-wl-dispatch - [0:0]
:cali-to-wl-dispatch - [0:0]
:cali-fw-${pod} - [0:0]
:cali-tw-${pod} - [0:0]
:cali-pi-_Eb-vckmN-lr2eREXQcs - [0:0]
:cali-pro-kns.default - [0:0]
:KUBE-FIREWALL - [0:0]
${c(20)} -A INPUT -m comment --comment "cali:Cz_u1IQiXIMmKD4c" -j cali-INPUT
${c(20)} -A INPUT -j KUBE-FIREWALL
${c(880)} -A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD
[0:0] -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
${c(400)} -A cali-FORWARD -i cali+ -j cali-from-wl-dispatch
${c(440)} -A cali-FORWARD -o cali+ -j cali-to-wl-dispatch
${c(400)} -A cali-from-wl-dispatch -i ${pod} -g cali-fw-${pod}
${c(440)} -A cali-to-wl-dispatch -o ${pod} -g cali-tw-${pod}
${c(400)} -A cali-fw-${pod} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[3:180] -A cali-fw-${pod} -m conntrack --ctstate INVALID -j DROP
${c(1)} -A cali-fw-${pod} -j cali-pro-kns.default
${c(420)} -A cali-tw-${pod} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[0:0] -A cali-tw-${pod} -m conntrack --ctstate INVALID -j DROP
${c(20)} -A cali-tw-${pod} -m mark --mark 0x0/0x20000 -j cali-pi-_Eb-vckmN-lr2eREXQcs
${c(14)} -A cali-tw-${pod} -m comment --comment "Return if policy accepted" -m mark --mark 0x10000/0x10000 -j RETURN
${c(6)} -A cali-tw-${pod} -m comment --comment "End of tier default. Drop if no policies passed packet" -m mark --mark 0x0/0x20000 -j DROP
${c(14)} -A cali-pi-_Eb-vckmN-lr2eREXQcs -p tcp -m comment --comment "Policy default/knp.default.haejun-policy ingress" -m set --match-set cali40s:dSXImMSA1iXOPxYRYLVorAP src -m multiport --dports 80,8080 -j MARK --set-xmark 0x10000/0x10000
COMMIT
`;
}
