// Stands in for the preload script, so that the window can be looked at in a plain browser. Development only.
import { NO_SIGHTINGS } from '../../app/trace/sightings-model.ts';
import type { CallName, CallRequest, CallResponse, HopscopeBridge } from '../../app/contract/calls.ts';
import type { SessionMessage } from '../../app/contract/session.ts';
import type { TerminalFromMain, TerminalFromPage } from '../../app/contract/terminal.ts';
import { explainRoute } from '../../app/route/explain.ts';
import { routesEverywhere } from '../../app/route/everywhere.ts';
import { routeProvenance } from '../../app/route/provenance.ts';
import { bgpMatrix } from '../../app/topology/bgp-matrix.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import { diffTopology } from '../../app/topology/diff.ts';
import type { Topology } from '../../app/topology/model.ts';
import { fakeAudit } from './fake-audit.ts';
import { fakeExchange } from './fake-exchange.ts';
import { fakeDrops } from './fake-drops.ts';
import { fakeFirewall } from './fake-firewall.ts';
import { fakeInside, fakeSettings } from './fake-settings.ts';
import { fakeInventory } from './fake-inventory.ts';
import { calmDiagnosis } from './fake-diagnosis.ts';
import { fakeTrace, fakeTraceServices } from './fake-trace.ts';
import { fakeEtcdKeys, fakeEtcdValue } from './fake-etcd.ts';
import { fakeStream } from './fake-stream.ts';
import { FakeTrails } from './fake-trails.ts';
import { FakeWatch } from './fake-watch.ts';
import type { Scene } from './scenes.ts';

export interface FakeMain {
  readonly bridge: HopscopeBridge;
  /** Sends the difference to what was last sent. */
  change(next: (topology: Topology) => Topology): void;
  changeView(scene: Scene): void;
}

export function createFakeMain(scene: Scene): FakeMain {
  let { topology } = scene;
  let { view } = scene;
  let session: MessagePort | null = null;
  const watch =
    topology === null
      ? null
      : new FakeWatch(topology, scene.watch ?? { traffic: 'healthy', troubled: false, begun: 0 });
  const trails = topology === null ? null : new FakeTrails(topology, scene.watch?.traffic === 'heavy');
  const post = (message: SessionMessage): void => {
    session?.postMessage(JSON.stringify(message));
  };
  const call = (name: CallName, request: unknown): unknown => {
    switch (name) {
      case 'app.describe':
        return {
          version: '0.1.0',
          electron: { version: '33.2.1', chromium: '130.0.6723.137', node: '20.18.1', source: 'official' },
          banner: scene.banner ?? null,
          labImpossible: scene.labImpossible ?? null,
          platform: 'linux',
        };
      case 'stream.open': {
        const { nonce, stream } = request as CallRequest<'stream.open'>;
        const channel = new MessageChannel();
        if (stream.kind === 'session') {
          session = channel.port1;
          channel.port1.start();
          post({ type: 'view', view });
          if (topology !== null) post({ type: 'topology', topology });
        } else if (stream.kind === 'terminal') serveTerminal(channel.port1);
        else if (stream.kind === 'packets') watch?.servePackets(channel.port1);
        else if (stream.kind === 'trails') trails?.serve(channel.port1);
        else watch?.serveHighlights(channel.port1);
        window.postMessage({ hopscopePort: nonce }, window.location.origin, [channel.port2]);
        return { ok: true };
      }
      case 'session.answerHostKey':
      case 'session.answerPassphrase':
        view = { ...view, prompts: view.prompts.slice(1) };
        post({ type: 'view', view });
        return undefined;
      case 'etcd.keys':
        return fakeEtcdKeys(request as CallRequest<'etcd.keys'>);
      case 'etcd.value':
        return fakeEtcdValue(request as CallRequest<'etcd.value'>);
      case 'evidence.read':
        return { output: JSON.stringify(topology?.forwarding, null, 1).slice(0, 1_800), truncated: true };
      case 'terminal.open':
        return { ok: true, terminalId: 't1', title: 'k8s-worker-1', command: 'ssh -p 22001 root@127.0.0.1' };
      case 'clipboard.write':
        return navigator.clipboard.writeText((request as { text: string }).text).catch(() => undefined);
      case 'session.openPaste':
      case 'session.pickAndOpen':
        return { ok: false, sentence: '' };
      case 'bgp.matrix':
        return bgpMatrix(topology ?? emptyTopology(''), new Map(), null);
      case 'watch.start': {
        const { podId, ...captured } = request as CallRequest<'watch.start'>;
        const started = watch?.start(podId, captured) ?? { ok: false, sentence: 'There is no cluster.' };
        if (started.ok) trails?.begin();
        return started;
      }
      case 'watch.stop':
        watch?.stop();
        return undefined;
      case 'packets.follow':
        return fakeStream(request as CallRequest<'packets.follow'>);
      case 'packets.detail': {
        const { run, number } = request as CallRequest<'packets.detail'>;
        return watch?.detail(run, number) ?? null;
      }
      case 'case.export':
        return { ok: true, file: '/home/me/demo.hopscope.zip', packets: 1234 };
      case 'bgp.exchange':
        return fakeExchange(topology ?? emptyTopology(''), request as CallRequest<'bgp.exchange'>);
      case 'route.explain':
        return explainRoute(topology ?? emptyTopology(''), request as CallRequest<'route.explain'>);
      case 'route.everywhere':
        return routesEverywhere(topology ?? emptyTopology(''), request as CallRequest<'route.everywhere'>);
      case 'route.provenance':
        return routeProvenance(
          { topology: topology ?? emptyTopology(''), readings: new Map(), inventory: null },
          request as CallRequest<'route.provenance'>,
        );
      case 'firewall.view':
        return fakeFirewall(name, request as CallRequest<'firewall.view'>, topology);
      case 'firewall.chain':
        return fakeFirewall(name, request as CallRequest<'firewall.chain'>, topology);
      case 'firewall.service':
        return fakeFirewall(name, request as CallRequest<'firewall.service'>, topology);
      case 'trace.path':
      case 'trace.run':
        return fakeTrace(scene.trace ?? 'delivered');
      case 'trace.sightings':
        return watch?.sightings(request as CallRequest<'trace.sightings'>) ?? NO_SIGHTINGS;
      case 'trace.services':
        return fakeTraceServices;
      case 'diagnose.run':
        return scene.diagnosis ?? calmDiagnosis;
      case 'diagnose.lookups':
        return [];
      case 'diagnose.look':
        return {
          ok: true,
          value: {
            diagnosis: scene.diagnosis ?? calmDiagnosis,
            looked: {
              pods: 4,
              left: 0,
              nodes: ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'],
              silent: [],
              cpuMs: 92,
              tookMs: 640,
            },
          },
        };
      case 'probe.run':
      case 'scope.run':
      case 'whatIf.run':
        return {
          ok: false,
          sentence: 'This cluster is made up: nothing can be sent in it, and nothing fails.',
        };
      case 'diagnose.leave':
        return undefined;
      case 'node.settings':
        return fakeSettings(request as CallRequest<'node.settings'>);
      case 'pod.inside':
        return fakeInside();
      case 'node.cost':
        return [
          {
            parts: ['bird', 'counters'],
            cpuMs: 48,
            cpuMsInAll: 960,
            sections: [{ command: 'birdcl -r show protocols all', ms: 10 }],
          },
        ];
      case 'inventory.view':
        return fakeInventory();
      case 'audit.list':
        return fakeAudit(request as CallRequest<'audit.list'>);
      case 'audit.export':
        return { ok: true, file: '/home/operator/audit.csv', rows: 12 };
      case 'drops.view':
        return fakeDrops(request as CallRequest<'drops.view'>, topology);
      case 'session.lookAt':
      case 'session.retryNode':
      case 'terminal.close':
        return undefined;
    }
  };
  return {
    bridge: {
      call: <N extends CallName>(name: N, request: CallRequest<N>) =>
        Promise.resolve(call(name, request) as CallResponse<N>),
    },
    change(next) {
      if (topology === null) return;
      const after = { ...next(topology), revision: topology.revision + 1 };
      post({ type: 'patch', patch: diffTopology(topology, after) });
      topology = after;
    },
    changeView(next) {
      view = next.view;
      post({ type: 'view', view });
    },
  };
}

function serveTerminal(port: MessagePort): void {
  const say = (text: string): void => {
    const message: TerminalFromMain = { type: 'output', bytes: new TextEncoder().encode(text) };
    port.postMessage(message);
  };
  const prompt = '\u001b[1;32mroot@k8s-worker-1\u001b[0m:\u001b[1;34m~\u001b[0m# ';
  say(`Linux k8s-worker-1 6.1.0-28-amd64\r\n${prompt}`);
  port.addEventListener('message', (event: MessageEvent<TerminalFromPage>) => {
    if (event.data.type !== 'input') return;
    const { text } = event.data;
    if (text === '\r') say(`\r\n2: ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\r\n${prompt}`);
    else say(text);
  });
  port.start();
}
