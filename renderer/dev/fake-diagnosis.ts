// What is made up to be wrong with the made-up cluster. Development only.
import { type Diagnosis, type Finding, FINDING_IDS } from '../../app/diagnose/finding.ts';

export const calmDiagnosis: Diagnosis = {
  findings: [],
  checked: [...FINDING_IDS],
  skipped: [],
  left: 0,
  awaits: [],
};

const routeMissing: Finding = {
  id: 'pod-route-missing',
  severity: 'error',
  confidence: 'certain',
  surer: null,
  where: { node: 'k8s-worker-2', interface: 'cali09be63c1fa2', pod: 'shop/web-5d9f' },
  title: '192.168.2.9 has no route on k8s-worker-2',
  because:
    'The Pod shop/web-5d9f runs there with 192.168.2.9, and no route of k8s-worker-2 leads to cali09be63c1fa2: the blackhole 192.168.2.0/24 takes its packets.',
  evidence: [
    {
      node: 'k8s-worker-2',
      command: 'ip -4 route show table all',
      output: 'blackhole 192.168.2.0/24 proto bird\n192.168.2.3 dev calia4d5046802b proto 80 scope link',
      shows: ['192.168.2.0/24'],
      at: { s: 1_764_000_007, ns: 0 },
      id: null,
    },
    {
      node: 'k8s-master',
      command: 'kubectl get pods -A -o wide',
      output: 'shop   web-5d9f   1/1   Running   0   3h   192.168.2.9   k8s-worker-2',
      shows: ['web-5d9f'],
      at: { s: 1_764_000_007, ns: 0 },
      id: null,
    },
  ],
  suggestion: {
    sentence: 'Put the route back; if it goes again, look at Felix’ log for why it removes it.',
    commands: ['ip route add 192.168.2.9/32 dev cali09be63c1fa2 scope link'],
  },
  consequences: ['socket-not-listening: nobody answers on 192.168.2.9:80', 'dns-unanswered: of web-5d9f'],
};

const forwarding: Finding = {
  ...routeMissing,
  id: 'ip-forward-off',
  severity: 'warning',
  confidence: 'likely',
  surer: 'A packet that comes in by docker0 and is counted in IpInAddrErrors.',
  where: { node: 'k8s-worker-1', interface: 'docker0', pod: null },
  title: 'docker0 of k8s-worker-1 forwards nothing',
  because: 'net.ipv4.conf.docker0.forwarding is 0, and everything else there forwards.',
  evidence: routeMissing.evidence.slice(0, 1).map((each) => ({
    ...each,
    node: 'k8s-worker-1',
    command: 'cat /proc/sys/net/ipv4/conf/docker0/forwarding',
    output: '0',
  })),
  suggestion: {
    sentence: 'Turn it on there.',
    commands: ['sysctl -w net.ipv4.conf.docker0.forwarding=1'],
  },
  consequences: [],
};

export const troubledDiagnosis: Diagnosis = {
  findings: [routeMissing, forwarding],
  checked: [...FINDING_IDS],
  skipped: [
    { id: 'mtu-mismatch', why: 'The insides of Pods on k8s-master are not permitted to this login.' },
  ],
  left: 0,
  awaits: ['k8s-master'],
};
