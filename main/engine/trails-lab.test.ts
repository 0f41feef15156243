// Trails on a real lab, against senders and receivers that know every packet: what passes all vantage points is one trail through them, what a
// rule takes is dropped where that rule is, as often as the kernel counted it, and no packet that came is called dropped.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FlowView, TrailView } from '../../app/contract/trails.ts';
import { drawn, inFullTier } from '../../app/testing/runs.ts';
import { createEngine } from './create-engine.ts';
import { startLab, type Lab } from './testing/lab.ts';
import { until } from './testing/until.ts';

const FROM = 'c2c-network-demo';
const TO = 'c2c-network-demo-w2';
const PORT = 7000;
/** Of a tagged packet: its run's number is followed by its own (lab/README.md). */
const TAG_BYTES = 16;
/** Trails whose packets are looked at one by one. */
const LOOKED_AT = 40;
/** A packet that nobody has seen for so long is lost. */
const PATIENCE_S = 0.5;
/** Nodes' clocks may differ by so much as long as nobody has compared them: who looked for less was perhaps not there yet. */
const UNSURE_S = 3;
/** Three nodes, the Pod, and its three peers. */
const CAPTURES = 7;
const { signal } = new AbortController();

interface Report {
  readonly run: string;
  readonly lost: readonly (readonly [number, number])[];
  readonly totals: { readonly sent: number; readonly heard: number; readonly lost: number };
}

/** Where packets are lost, by what the lab calls it, and behind which of the way's lanes that is. */
const LOSSES = [
  { where: 'forward', node: 'k8s-worker-1', after: /^k8s-worker-1\/cali\w+$/ },
  { where: 'forward', node: 'k8s-worker-2', after: /^k8s-worker-2\/(ens192|vxlan\.calico)$/ },
  { where: 'fabric', node: 'k8s-worker-1', after: /^k8s-worker-1\/ens192$/ },
] as const;

const BY_CHANCE = '-m statistic --mode random --probability 0.15 -j DROP'.split(' ');

/** Places where a packet from Pod to Pod is seen. */
const WAY = { bgp: 6, vxlan: 8 } as const;
const modes = inFullTier() ? (['bgp', 'vxlan'] as const) : (['bgp'] as const);

describe.each(modes)('in mode %s', (mode) => {
  let lab: Lab;
  let engine: ReturnType<typeof createEngine>;

  beforeAll(async () => {
    lab = await startLab('trails', '--mode', mode);
    await lab.run('traffic', '--interval', '0');
    await lab.run('traffic', 'services', 'on');
    engine = createEngine({ attended: false });
    const opened = await engine.open(lab.clusterFile, { signal });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await until('all read', () => engine.settled && engine.inventoryWhole, 30_000);
  }, 120_000);
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  }, 60_000);
  beforeEach(async () => {
    const peers = ['web-1', 'web-2', TO].map(podId);
    const started = await engine.watch.start(podId(FROM), { expression: null, peers });
    if (!started.ok) throw new Error(started.failure.sentence);
    await until(
      'captures run and have ticked',
      () => {
        const { captures } = engine.watch.view;
        const begun = (engine.watch.view.since ?? 0) / 1000 + UNSURE_S;
        return (
          captures.length === CAPTURES && captures.every(({ watermark }) => (watermark?.s ?? 0) >= begun)
        );
      },
      20_000,
    );
  }, 40_000);
  afterEach(async () => {
    await engine.watch.stop();
    await lab.run('heal');
    for (const { where, node } of LOSSES)
      if (where === 'forward')
        await lab.exec(
          node,
          'sh',
          '-c',
          'while iptables -D FORWARD -p udp --dport 7000 -m statistic --mode random --probability 0.15 -j DROP 2>/dev/null; do :; done',
        );
  }, 60_000);

  function podId(name: string): string {
    const found = Object.values(engine.topology.pods).find((pod) => pod.name === name && pod.until === null);
    if (found === undefined) throw new Error(`no Pod ${name}`);
    return found.id;
  }

  /** By chance, 15 of 100. */
  async function lose(where: (typeof LOSSES)[number]['where'], node: string): Promise<void> {
    // Between the nodes they are in the tunnel.
    const port = String(where === 'fabric' && mode === 'vxlan' ? 4789 : PORT);
    if (where === 'fabric') await lab.run('fault', 'loss', `fabric 15% udp dport ${port}`, '--on', node);
    else await lab.exec(node, 'iptables', '-I', 'FORWARD', '-p', 'udp', '--dport', port, ...BY_CHANCE);
  }

  async function send(...words: string[]): Promise<Report> {
    return JSON.parse(await lab.run('traffic', 'send', '--from', FROM, '--json', ...words)) as Report;
  }

  /** Once all is settled: trails of packets from the sender to that port, and the flows that they are of. */
  async function settledTrails(): Promise<{ trails: readonly TrailView[]; flows: readonly FlowView[] }> {
    const past = Date.now() / 1000 + PATIENCE_S;
    await until(
      'every capture has passed the last packet',
      () => engine.watch.view.captures.every(({ watermark }) => (watermark?.s ?? 0) >= past),
      15_000,
    );
    await engine.watch.stop();
    const flows = engine.watch.trailsView.flows.filter(({ destination }) => destination.port === PORT);
    const ids = flows.map(({ id }) => id);
    const window = { type: 'window', flows: ids, verdicts: null, count: 20_000, until: null } as const;
    const trails = await engine.watch.trails(window);
    expect(trails.filter(({ final }) => !final)).toEqual([]);
    return { trails, flows };
  }

  const lane = (id: number | null | undefined) => engine.watch.trailsView.lanes.find((one) => one.id === id);
  const count = (trails: readonly TrailView[], verdict: TrailView['verdict']): number =>
    trails.filter((trail) => trail.verdict === verdict).length;

  /** The number that a packet carries. */
  async function numberOf(run: string, packet: number): Promise<string> {
    const detail = await engine.watch.detail(engine.watch.view.run, packet);
    const bytes = Buffer.from(detail?.bytes ?? []);
    const at = bytes.indexOf(Buffer.from(run, 'hex'));
    if (at < 0) throw new Error(`packet ${packet} has no number`);
    return bytes.subarray(at, at + TAG_BYTES).toString('hex');
  }

  it('each packet that came is one trail through every vantage point, and of nothing else', async () => {
    const { run, totals } = await send('--to', TO, '--count', '2000', '--rate', '1000');
    const { trails } = await settledTrails();
    expect(totals).toMatchObject({ sent: 2000, heard: 2000 });
    expect(trails).toHaveLength(2000);
    const whole = trails.filter(
      ({ verdict, sightings }) => verdict === 'delivered' && sightings.length === WAY[mode],
    );
    expect(whole.length).toBeGreaterThanOrEqual(0.999 * 2000);
    const seen = new Set(trails.flatMap(({ sightings }) => sightings.map(({ packet }) => packet)));
    expect(seen.size).toBe(trails.reduce((sum, { sightings }) => sum + sightings.length, 0));
    const every = Math.floor(whole.length / LOOKED_AT);
    for (const { sightings } of whole.filter((_, index) => index % every === 0)) {
      const numbers = await Promise.all(sightings.map(({ packet }) => numberOf(run, packet)));
      expect(new Set(numbers).size).toBe(1);
    }
  }, 60_000);

  it.each(drawn(LOSSES, 1))(
    'what is lost in $where at $node is dropped there, as often as the kernel counted',
    async ({ where, node, after }) => {
      await lose(where, node);
      const { totals } = await send('--to', TO, '--count', '2000', '--rate', '1000');
      const { trails } = await settledTrails();
      expect(totals.lost).toBeGreaterThan(100);
      expect(trails).toHaveLength(2000);
      expect([count(trails, 'dropped'), count(trails, 'delivered')]).toEqual([totals.lost, totals.heard]);
      for (const { stop } of trails.filter(({ verdict }) => verdict === 'dropped'))
        expect(lane(stop?.after)?.label).toMatch(after);
    },
    60_000,
  );

  it('through a Service, behind what translates it', async () => {
    const { totals } = await send('--to', 'traffic-udp', '--count', '1000', '--rate', '500', '--flows', '4');
    const { trails } = await settledTrails();
    expect(totals).toMatchObject({ sent: 1000, heard: 1000 });
    expect([trails.length, count(trails, 'delivered')]).toEqual([1000, 1000]);
    for (const { sightings } of trails) expect(lane(sightings.at(-1)?.lane)?.podName).toMatch(/^web-\d$/);
  }, 60_000);
});
