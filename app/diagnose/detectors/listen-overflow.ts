// A program accepts connections more slowly than they come: the queue of its listening socket is full, and the kernel drops SYNs.
import { proof } from '../cluster.ts';
import { whereLost } from '../counted-losses.ts';
import type { Detector } from '../detector.ts';
import { draft } from '../draft.ts';
import { placeOf } from '../drop-places.ts';

export const listenOverflow: Detector = {
  id: 'listen-overflow',
  concludes: 'a listening socket’s queue is full now: ListenOverflows or ListenDrops rise',
  explainedBy: [],
  detect: (cluster) =>
    whereLost(
      cluster,
      ({ reason, namespace }) => (reason === 'backlog' ? namespace : undefined),
      (node, namespace, { packets }) => {
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
            because: `ListenOverflows of its network namespace rises: the queue of ${port === undefined ? 'a listening socket' : `port ${port}`} is full, so the kernel drops SYNs, and clients try again after 1, 3, 7 seconds. The network is not to blame.`,
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
