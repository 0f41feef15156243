// A node's NIC, its queue or the CPU behind it loses packets now. Frames of protocols that nobody speaks (LLDP) count as dropped, too, a few
// a minute: those are none.
import { onEachNode, proof } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { recentDrops } from '../recent-drops.ts';

/** Of what a device dropped by its own count alone, a second. */
const MANY = 10;

export const nicDrops: Detector = {
  id: 'nic-drops',
  concludes: 'a NIC, its queue or the CPU’s backlog loses packets now',
  explainedBy: ['link-down'],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'counters',
      ({ snapshot }) => snapshot.counters,
      (node): Draft[] => {
        const recent = recentDrops(node);
        const lost = new Map<string, { packets: number; proofs: Set<string>; sure: boolean; what: string }>();
        for (const { reason, namespace, device, packets, proof: counted } of recent.entries) {
          if (namespace !== null) continue;
          const nic = device !== null && node.devices.get(device)?.role === 'nic';
          const what =
            reason === 'softnet'
              ? 'its CPUs'
              : nic && (reason === 'device-in' || reason === 'device-out' || reason === 'qdisc')
                ? device
                : null;
          if (what === null) continue;
          const before = lost.get(what) ?? { packets: 0, proofs: new Set(), sure: false, what: reason };
          for (const { counter } of counted) before.proofs.add(counter);
          before.packets += packets;
          // Errors of a link are errors; a queue that was full was full.
          before.sure ||=
            reason !== 'device-in' || counted.some(({ counter }) => /errors|fifo|frame/.test(counter));
          lost.set(what, before);
        }
        return [...lost].flatMap(([what, { packets, proofs, sure }]): Draft[] => {
          if (!sure && packets < MANY * Math.max(1, recent.seconds)) return [];
          const device = what === 'its CPUs' ? null : what;
          return [
            draft({
              severity: 'warning',
              confidence: sure ? 'certain' : 'likely',
              surer: sure ? null : 'Ask the driver what it dropped: ethtool -S.',
              node: node.label,
              device,
              title: `${device ?? 'The CPUs'} of ${node.label} lost ${packets} packets in the last ${Math.max(1, Math.round(recent.seconds))} s`,
              because: `Counted as ${[...proofs].join(', ')}. ${device === null ? 'More comes in than the CPUs take from their backlog.' : 'More comes in or goes out than the interface, its queue or its cable takes.'}`,
              proofs: [
                ...proof(node.snapshot.counters, ...(device === null ? [] : [device])),
                ...proof(node.snapshot.links, ...(device === null ? [] : [device])),
              ],
              mend:
                device === null
                  ? [
                      'Raise the backlog, and spread interrupts over more CPUs.',
                      'sysctl net.core.netdev_max_backlog',
                      'cat /proc/interrupts',
                    ]
                  : [
                      'Look at the driver’s own counters: ring too small, errors on the cable, a shaper.',
                      `ethtool -S ${device} | grep -v ': 0$'   # on ${node.label}`,
                      `ethtool -g ${device}`,
                      `tc -s qdisc show dev ${device}`,
                    ],
            }),
          ];
        });
      },
    ),
};
