// A node's NIC, its queue or the CPU behind it loses packets now. Frames of protocols that nobody speaks (LLDP) count as dropped, too, a few
// a minute: those are none.
import { shellWord } from '../../probe/shell-word.ts';
import { proof } from '../cluster.ts';
import { whereLost } from '../counted-losses.ts';
import type { Detector } from '../detector.ts';
import { draft } from '../draft.ts';
import { deviceOf } from '../subject.ts';
import { isShaped } from '../tc-counted.ts';

/** Of what a device dropped by its own count alone, a second. */
const MANY = 10;

export const nicDrops: Detector = {
  id: 'nic-drops',
  concludes: 'a NIC, its queue or the CPU’s backlog loses packets now',
  explainedBy: ['link-down', 'tc-drops'],
  detect: (cluster) =>
    whereLost(
      cluster,
      ({ reason, namespace, device }, node) => {
        if (namespace !== null) return undefined;
        if (reason === 'softnet') return null;
        const nic = device !== null && node.devices.get(device)?.role === 'nic';
        return nic && (reason === 'device-in' || reason === 'device-out' || reason === 'qdisc')
          ? device
          : undefined;
      },
      // Null: the CPUs.
      (node, device, { packets, counters, entries, seconds }) => {
        // Errors of a link are errors. A queue drops to slow TCP down (fq_codel): that is its work, unless it goes on and on.
        const sure =
          isShaped(entries) ||
          entries.some(
            ({ reason, proof: counted }) =>
              (reason !== 'device-in' && reason !== 'qdisc') ||
              counted.some(({ counter }) => /errors|fifo|frame/.test(counter)),
          );
        if (!sure && packets < MANY * Math.max(1, seconds)) return [];
        return [
          draft({
            severity: 'warning',
            confidence: sure ? 'certain' : 'likely',
            surer: sure ? null : 'Ask the driver what it dropped: ethtool -S.',
            node: node.label,
            device,
            title: `${device ?? 'The CPUs'} of ${node.label} lost ${packets} packets in the last ${Math.max(1, Math.round(seconds))} s`,
            because: `Counted as ${counters.join(', ')}. ${device === null ? 'More comes in than the CPUs take from their backlog.' : 'More comes in or goes out than the interface, its queue or its cable takes.'}`,
            touches: device === null ? [] : [deviceOf(node.label, device)],
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
                    `ethtool -S ${shellWord(device)} | grep -v ': 0$'   # on ${node.label}`,
                    `ethtool -g ${shellWord(device)}`,
                    `tc -s qdisc show dev ${shellWord(device)}`,
                  ],
          }),
        ];
      },
    ),
};
