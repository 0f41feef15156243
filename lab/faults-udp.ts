import { endpointSliceObject, serviceObject } from './api-server/service-objects.ts';
import { hideObject, showObject } from './cluster-inventory.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { runLines } from './fault-script.ts';

// UDP that goes on to an endpoint of a Service that is gone, as it does where kube-proxy was not there when it went.

const SERVICE = { namespace: 'default', name: 'names', address: '10.96.7.53', port: 53 } as const;
const CLIENT_PORT = 5353;
const ASKING = '/run/lab/stale-udp-client.pid';
const SERVING = '/run/lab/stale-udp-server.pid';
/** Ten minutes, should nobody mend it. */
const QUESTIONS = 2_400;
/** Of a connection that nobody uses; each packet makes it 30. */
const ENTRY_S = 10;
const QUESTION_EVERY_S = 0.25;

export const udpFaults: Readonly<Record<string, Fault>> = {
  'stale-udp-conntrack': {
    summary:
      'a Pod that keeps its port goes on sending UDP for a Service to an endpoint that is gone, though the rules are right',
    finding: 'stale-udp-conntrack',
    inflict: async (target) => {
      for (const object of objectsOf(target)) await showObject(target.folder, object);
      for (const node of target.state.plan.nodes) {
        const ruled = await runLines({ ...target, node }, [`iptables-nft -t nat -I ${ruleOf(target)}`]);
        if (!ruled.ok) return ruled;
      }
      const { client, server, gone } = endsOf(target);
      const inside = (pod: string): string => `nsenter -t $(cat /run/lab/pods/${pod}) -n --`;
      const entry = `-s ${client.address} -d ${SERVICE.address} --sport ${CLIENT_PORT} --dport ${SERVICE.port}`;
      return runLines(target, [
        'set -e',
        `${inside(server.name)} perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalPort => ${SERVICE.port}, Proto => "udp") or die; while (1) { $s->send($m) if defined $s->recv(my $m, 512) }' </dev/null >/dev/null 2>&1 &`,
        `echo $! >${SERVING}`,
        // As it was made while the endpoint lived.
        `conntrack -I -p udp ${entry} --dst-nat ${gone}:${SERVICE.port} -t ${ENTRY_S} >/dev/null`,
        `${inside(client.name)} perl -MIO::Socket::INET -e 'my $to = IO::Socket::INET->new(LocalPort => ${CLIENT_PORT}, PeerAddr => "${SERVICE.address}", PeerPort => ${SERVICE.port}, Proto => "udp") or die; for (1 .. ${QUESTIONS}) { $to->send("?"); select undef, undef, undef, ${QUESTION_EVERY_S} }' </dev/null >/dev/null 2>&1 &`,
        `echo $! >${ASKING}`,
        `i=0; until conntrack -L -p udp --orig-dst ${SERVICE.address} 2>/dev/null | awk '/src=${gone} / && $3 > ${ENTRY_S} { sent = 1 } END { exit !sent }'; do i=$((i + 1)); [ $i -lt 100 ] || { echo "its client does not send" >&2; exit 1; }; sleep 0.1; done`,
      ]);
    },
    mend: async (target) => {
      for (const { apiVersion, kind, metadata } of objectsOf(target))
        await hideObject(target.folder, {
          apiVersion,
          kind,
          name: metadata.name,
          namespace: SERVICE.namespace,
        });
      for (const node of target.state.plan.nodes) {
        const ruled = await runLines({ ...target, node }, [
          `iptables-nft -t nat -D ${ruleOf(target)} 2>/dev/null || :`,
        ]);
        if (!ruled.ok) return ruled;
      }
      return runLines(target, [
        `for one in ${ASKING} ${SERVING}; do [ ! -e $one ] || kill $(cat $one) 2>/dev/null || :; rm -f $one; done`,
        `conntrack -D -p udp --orig-dst ${SERVICE.address} >/dev/null 2>&1 || :`,
      ]);
    },
  },
};

/** Two Pods of the node, and an address beside theirs that nobody has. */
function endsOf({ node, state: { plan } }: FaultTarget) {
  const [client] = node.pods;
  const server = node.pods[1] ?? plan.nodes.flatMap(({ pods }) => pods).find((pod) => pod !== client);
  if (client === undefined || server === undefined) throw new Error('a lab without two Pods');
  return { client, server, gone: client.address.replace(/\d+$/, '61') };
}

function ruleOf(target: FaultTarget): string {
  const { namespace, name, address, port } = SERVICE;
  return `KUBE-SERVICES -d ${address}/32 -p udp -m comment --comment "${namespace}/${name}:dns cluster IP" -m udp --dport ${port} -j DNAT --to-destination ${endsOf(target).server.address}:${port}`;
}

function objectsOf(target: FaultTarget) {
  const { namespace, name, address, port } = SERVICE;
  const { server } = endsOf(target);
  const ports = [{ name: 'dns', port, targetPort: port, protocol: 'UDP' }] as const;
  return [
    serviceObject({ namespace, name, clusterIps: [address], ports }),
    endpointSliceObject(
      {
        namespace,
        name,
        ports,
        ready: [{ ip: server.address, nodeName: target.node.name, pod: server.name }],
      },
      'IPv4',
    ),
  ];
}
