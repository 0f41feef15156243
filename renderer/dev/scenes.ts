// What the window can be looked at in: one scene a state that matters. Development only.
import type { NodeStatus, SessionView } from '../../app/contract/session.ts';
import type { Diagnosis } from '../../app/diagnose/finding.ts';
import type { PodEntity, Topology } from '../../app/topology/model.ts';
import { buildTopology } from './fixture.ts';
import { buildView } from './plan-view.ts';
import { classic, manyPods, overlay, tunnelled } from './plans.ts';
import { troublePods } from './troubled.ts';
import type { WatchPlan } from './fake-watch.ts';
import { troubledDiagnosis } from './fake-diagnosis.ts';
import type { TracePlan } from './fake-trace.ts';
import { meshed } from './meshed.ts';
import { killBird } from './bird-dead.ts';

export interface Scene {
  readonly view: SessionView;
  readonly topology: Topology | null;
  readonly banner?: string;
  readonly labImpossible?: string;
  /** What a watch sees; healthy traffic unless it is said. */
  readonly watch?: WatchPlan;
  /** What a trace answers; that it arrives unless it is said. */
  readonly trace?: TracePlan;
  /** What is wrong; nothing unless it is said. */
  readonly diagnosis?: Diagnosis;
}

type Maker = (now: number) => Scene;

const base: Maker = (now) => ({
  view: buildView(classic, 'lab', now),
  topology: buildTopology(classic, 'lab'),
});

function withNode(scene: Scene, label: string, change: Partial<NodeStatus>): Scene {
  return {
    ...scene,
    view: {
      ...scene.view,
      nodes: scene.view.nodes.map((node) => (node.label === label ? { ...node, ...change } : node)),
    },
  };
}

const stale: Maker = (now) =>
  withNode(base(now), 'k8s-worker-2', {
    state: 'stale',
    since: now - 12_000,
    lastFactsAt: now - 19_000,
    sentence:
      'k8s-worker-2 does not answer any more; what is shown of it is 19 s old. Hopscope keeps trying.',
    detail: 'keepalive: 3 probes of 5 s unanswered',
    retryAt: now + 4_000,
  });

const waiting: Maker = (now) =>
  withNode(base(now), 'k8s-worker-2', {
    state: 'waiting',
    since: now - 40_000,
    lastFactsAt: now - 59_000,
    sentence: 'k8s-worker-2 (10.12.22.152:22) refused the connection. Hopscope tries again by itself.',
    retryAt: now + 14_000,
  });

const birdDead: Maker = (now) => ({
  ...base(now),
  topology: killBird(buildTopology(classic, 'lab'), 'k8s-worker-1'),
});

const linkDown: Maker = (now) => {
  const scene = base(now);
  const { topology } = scene;
  if (topology === null) return scene;
  const interfaces = Object.fromEntries(
    Object.entries(topology.interfaces).map(([id, each]) => {
      const down =
        (each.name === 'ens192' && each.nodeId === 'node:k8s-worker-2') || each.name === 'cali5a1fe07b2c3';
      return [
        id,
        down ? { ...each, operstate: 'DOWN', carrier: false, adminUp: each.name === 'ens192' } : each,
      ];
    }),
  );
  return { ...scene, topology: { ...topology, interfaces } };
};

const trouble: Maker = (now) => {
  const failed = withNode(base(now), 'k8s-worker-1', {
    state: 'failed',
    since: now - 3_000,
    nodeId: null,
    sentence:
      'The host key of k8s-worker-1 has changed, so nothing was sent. If the machine was reinstalled, remove the offending line and retry.',
    detail: '/home/ops/.ssh/known_hosts:14: k8s-worker-1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB1n…',
  });
  const topology = buildTopology(
    classic.filter((plan) => plan.label !== 'k8s-worker-1'),
    'lab',
  );
  return {
    ...failed,
    topology,
    banner: 'Chromium’s sandbox is off on this machine: use this window on the lab only.',
  };
};

const hostKey: Maker = (now) => {
  const scene = base(now);
  return {
    ...scene,
    view: {
      ...scene.view,
      prompts: [
        {
          kind: 'host-key',
          id: 'p1',
          label: 'k8s-worker-2',
          host: 'worker-2.prod-sh.example',
          port: 22,
          keyType: 'ssh-ed25519',
          fingerprint: 'SHA256:9mWvQk1nX4T7vB0m3pYcJ6rU2sLdF8hGa5eKtZiOqNE',
        },
        {
          kind: 'passphrase',
          id: 'p2',
          label: 'k8s-worker-1',
          identityFile: '~/.ssh/id_ed25519',
          wrongBefore: true,
        },
      ],
    },
  };
};

const start: Maker = (now) => ({
  view: { ...buildView([], 'lab', now), phase: 'none', cluster: null, clusterFile: null },
  topology: null,
  labImpossible:
    'A lab needs root and network namespaces on Linux; this is macOS. Connect to a cluster of your own instead.',
});

const failedOpen: Maker = (now) => ({
  view: {
    ...buildView([], 'lab', now),
    phase: 'failed',
    cluster: null,
    sentence:
      'prod-sh.yaml, line 7: “user” must be text, not a number. Put it in quotes and open the file again.',
  },
  topology: null,
});

const connecting: Maker = (now) => {
  const scene = base(now);
  return {
    topology: null,
    view: {
      ...scene.view,
      phase: 'open',
      nodes: scene.view.nodes.map((node) => ({
        ...node,
        state: 'connecting',
        nodeId: null,
        lastFactsAt: null,
        rights: null,
      })),
    },
  };
};

const history: Maker = (now) => {
  const scene = base(now);
  const pod = scene.topology?.pods['pod:k8s-worker-1-c2c-network-demo'];
  if (scene.topology === null || pod === undefined) return scene;
  const earlier: PodEntity = {
    ...pod,
    id: 'pod:earlier',
    since: { s: pod.since.s - 7_200, ns: 0 },
    until: { s: pod.since.s - 12, ns: 0 },
    ips: ['192.168.1.5'],
  };
  return {
    ...scene,
    topology: { ...scene.topology, pods: { ...scene.topology.pods, [earlier.id]: earlier } },
  };
};

function crowd(nodes: number, pods: number): Maker {
  const plans = manyPods(nodes, pods);
  return (now) => ({ view: buildView(plans, 'prod-sh', now), topology: buildTopology(plans, 'prod-sh') });
}

function meshedCrowd(nodes: number, pods: number): Maker {
  const plans = manyPods(nodes, pods);
  return (now) => ({
    view: buildView(plans, 'prod-sh', now),
    topology: meshed(buildTopology(plans, 'prod-sh')),
  });
}

function troubled(nodes: number, pods: number): Maker {
  return (now) => {
    const scene = withNode(crowd(nodes, pods)(now), 'k8s-node-07', { state: 'stale', since: now - 12_000 });
    let topology = buildTopology(manyPods(nodes, pods), 'prod-sh');
    topology = troublePods(topology, 'k8s-node-02', { failed: 3, down: 1 });
    topology = troublePods(topology, 'k8s-node-05', { failed: 2, down: 12 });
    return { ...scene, topology };
  };
}

export const scenes: Readonly<Record<string, Maker>> = {
  base,
  stale,
  waiting,
  'bird-dead': birdDead,
  'link-down': linkDown,
  trouble,
  'host-key': hostKey,
  start,
  'failed-open': failedOpen,
  connecting,
  history,
  overlay: (now) => ({ view: buildView(overlay, 'lab', now), topology: buildTopology(overlay, 'lab') }),
  refused: (now) => ({ ...base(now), watch: { traffic: 'refused', troubled: false, begun: 0 } }),
  tunnel: (now) => ({ ...base(now), watch: { traffic: 'tunnel', troubled: false, begun: 300 } }),
  cut: (now) => ({ ...base(now), watch: { traffic: 'cut', troubled: false, begun: 0 } }),
  heavy: (now) => ({ ...base(now), watch: { traffic: 'heavy', troubled: false, begun: 0 } }),
  'watch-troubled': (now) => ({ ...base(now), watch: { traffic: 'refused', troubled: true, begun: 400 } }),
  million: (now) => ({ ...base(now), watch: { traffic: 'healthy', troubled: false, begun: 1_000_000 } }),
  'trace-dropped': (now) => ({ ...base(now), trace: 'dropped', diagnosis: troubledDiagnosis }),
  'trace-rejected': (now) => ({ ...base(now), trace: 'rejected' }),
  'trace-service': (now) => ({ ...base(now), trace: 'service' }),
  'trace-unknown': (now) => ({ ...base(now), trace: 'unknown' }),
  'trace-tunnel': (now) => ({
    view: buildView(tunnelled, 'lab', now),
    topology: buildTopology(tunnelled, 'lab'),
    trace: 'tunnel',
  }),
  'trace-refused': (now) => ({ ...base(now), trace: 'refused' }),
  'one-thirty': crowd(1, 30),
  'ten-hundred': crowd(10, 100),
  'four-ten': crowd(4, 10),
  'bgp-odd': meshedCrowd(4, 4),
  'bgp-hundred': meshedCrowd(100, 0),
  'ten-thousand': crowd(100, 100),
  'ten-troubled': troubled(10, 100),
  'thousands-troubled': troubled(100, 100),
};
