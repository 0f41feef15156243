// A program accepts connections more slowly than they come: the queue of its listening socket is full, and the kernel drops SYNs.
import { proof } from '../cluster.ts';
import { whereLost } from '../counted-losses.ts';
import type { Detector } from '../detector.ts';
import { draft } from '../draft.ts';
import { placeOf } from '../drop-places.ts';

/** ListenDrops alone rises as well for a client to whom no route leads back (net/ipv4/tcp_input.c tcp_conn_request). */
const FULL = /^TcpExt(ListenOverflows|TCPReqQFullDrop)$/;

export const listenOverflow: Detector = {
  id: 'listen-overflow',
  concludes: 'a listening socket’s queue is full now: ListenOverflows or TCPReqQFullDrop rises',
  explainedBy: [],
  detect: (cluster) =>
    whereLost(
      cluster,
      ({ reason, namespace, proof: counted }) =>
        reason === 'backlog' && counted.some(({ counter, rise }) => rise > 0 && FULL.test(counter))
          ? namespace
          : undefined,
      (node, namespace, { packets, counters }) => {
        const place = placeOf(cluster, node, namespace);
        const pid = cluster.topology.netns[place.pod?.netnsId ?? '']?.process?.pid;
        const waiting = (node.snapshot.settings?.value?.sockets ?? []).filter(
          (one) => one.waiting > 0 && one.pid === (pid ?? null),
        );
        const port = waiting.toSorted((a, b) => b.waiting - a.waiting)[0]?.port;
        const enter = pid === undefined ? '' : `nsenter -t ${pid} -n `;
        return [
          draft({
            node: node.label,
            pod: place.podName,
            title: `A program in ${place.name} accepts connections too slowly: ${packets} were turned away`,
            because: `In its network namespace these rise: ${counters.join(', ')}. The queue of ${port === undefined ? 'a listening socket' : `port ${port}`} is full, so the kernel drops SYNs, and clients try again after 1, 3, 7 seconds. The network is not to blame.`,
            proofs: proof(node.snapshot.counters, 'TcpExt'),
            mend: [
              'See which socket’s Recv-Q is as large as its Send-Q; give its program more workers, or a larger backlog (its own, and net.core.somaxconn).',
              `${enter}ss -ltn   # on ${node.label}: Recv-Q against Send-Q`,
              `${enter}nstat -az | grep Listen`,
            ],
          }),
        ];
      },
    ),
};
