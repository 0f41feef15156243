// What such a condition does to packets, by what it is: which protocols it can stop, of which sizes, on the way to whom. Where a rule decides
// (`rule`), only the packets themselves tell.
import type { FindingId } from './finding.ts';

export interface Symptom {
  readonly protocols: 'all' | 'rule' | readonly ('icmp' | 'tcp' | 'udp')[];
  /** `large`: what is small passes. `some`: by chance, the more of it the sooner. */
  readonly sizes: 'all' | 'large' | 'some';
  /** `services`: a Pod's own address is not concerned. */
  readonly ends: 'all' | 'services' | 'rule';
}

const ALL: Symptom = { protocols: 'all', sizes: 'all', ends: 'all' };
const RULE: Symptom = { protocols: 'rule', sizes: 'all', ends: 'rule' };

const OTHERS: Readonly<Partial<Record<FindingId, Symptom>>> = {
  'anti-spoof-drop': RULE,
  'policy-drop': RULE,
  'forward-policy-drop': RULE,
  'iptables-backend-split': RULE,
  'policy-routing-diverts': RULE,
  'nat-diverts': RULE,
  'unexplained-drop': RULE,
  'mtu-mismatch': { protocols: 'all', sizes: 'large', ends: 'all' },
  // ICMP inside the tunnel has no checksum that the card would have to fill in (FIELD-NOTES §4, 15).
  'vxlan-checksum-offload': { protocols: ['tcp', 'udp'], sizes: 'all', ends: 'all' },
  'service-without-endpoints': { protocols: ['tcp', 'udp'], sizes: 'all', ends: 'services' },
  // The kernel answers ping whoever listens.
  'socket-not-listening': { protocols: ['tcp', 'udp'], sizes: 'all', ends: 'all' },
  'listen-overflow': { protocols: ['tcp'], sizes: 'all', ends: 'all' },
  'dns-unanswered': { protocols: ['udp'], sizes: 'all', ends: 'all' },
  'stale-udp-conntrack': { protocols: ['udp'], sizes: 'all', ends: 'services' },
  'nic-drops': { protocols: 'all', sizes: 'some', ends: 'all' },
};

export function symptomOf(id: FindingId): Symptom {
  return OTHERS[id] ?? ALL;
}
