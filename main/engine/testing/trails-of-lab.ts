// A lab that is watched, traffic in it of which every packet is known, and what its trails say became of each.
import { z } from 'zod';
import type { FlowView, LaneView, TrailsView, TrailView } from '../../../app/contract/trails.ts';
import type { VantagePointView, WatchView } from '../../../app/contract/watch.ts';
import { createEngine } from '../create-engine.ts';
import { startLab, type Lab } from './lab.ts';
import { until } from './until.ts';

export const FROM = 'c2c-network-demo';
export const TO = 'c2c-network-demo-w2';
const PEERS = ['web-1', 'web-2', TO];
/** Three nodes, the Pod, and its three peers. */
const CAPTURES = 7;
/** Where the lab's tagged traffic goes. */
const PORTS: readonly (number | null)[] = [7000, 53];
/** Of a tagged packet: its run's number is followed by its own (lab/README.md). */
const RUN_BYTES = 8;
/** A packet that nobody has seen for so long is lost: three seconds a router may hold it while it looks for the next one's MAC. */
const PATIENCE_S = 3.5;
/** Nodes' clocks may differ by so much as long as nobody has compared them: who looked for less was perhaps not there yet. */
const UNSURE_S = 3;
const { signal } = new AbortController();

const reportSchema = z.object({
  run: z.string(),
  lost: z.array(z.tuple([z.number(), z.number()])).nullable(),
  totals: z.object({
    sent: z.number(),
    heard: z.number(),
    lost: z.number().nullable(),
    answered: z.number(),
  }),
});
const lossesSchema = z.object({ losses: z.array(z.object({ dropped: z.number() })) });

/** What was sent, by sender, receiver and kernel, and what the watch says of it. */
export interface Seen {
  readonly report: z.infer<typeof reportSchema>;
  /** What `lab fault loss` has dropped, by the kernel's own count. */
  readonly dropped: number;
  /** Of what was sent, one way; all of them final. */
  readonly trails: readonly TrailView[];
  /** Of what came back. */
  readonly answers: readonly TrailView[];
  readonly told: TrailsView;
  readonly view: WatchView;
  readonly lane: (id: number | null | undefined) => LaneView | undefined;
  readonly point: (label: RegExp) => VantagePointView | undefined;
  /** The number that a packet carries. */
  readonly numberOf: (packet: number) => Promise<number>;
}

export interface TrailsOfLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly engine: ReturnType<typeof createEngine>;
  podId(name: string): string;
  /** All captures run, and have long enough to be sure of what they did not see. */
  watch(): Promise<void>;
  /** Our captures' processes on a node. */
  left(node: string): Promise<string>;
  /** Sends (`lab traffic send`), stops the watch when every capture has passed that, and says what was seen. */
  send(...words: string[]): Promise<Seen>;
}

export async function trailsOfLab(...options: string[]): Promise<TrailsOfLab> {
  const lab = await startLab('trails', ...options);
  const engine = createEngine({ attended: false });
  const { watch } = engine;
  const dispose = async (): Promise<void> => {
    await engine[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  };
  try {
    await lab.run('traffic', '--interval', '0');
    await lab.run('traffic', 'services', 'on');
    const opened = await engine.open(lab.clusterFile, { signal });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    await until('all read', () => engine.settled && engine.inventoryWhole, 30_000);
  } catch (cause) {
    await dispose();
    throw cause;
  }

  const podId = (name: string): string => {
    const found = Object.values(engine.topology.pods).find((pod) => pod.name === name && pod.until === null);
    if (found === undefined) throw new Error(`no Pod ${name}`);
    return found.id;
  };
  /** Those that have ended stay told of. */
  const passed = (second: number): boolean => {
    const running = watch.view.captures.filter(({ state }) => state === 'running');
    return running.length === CAPTURES && running.every(({ watermark }) => (watermark?.s ?? 0) >= second);
  };

  return {
    lab,
    engine,
    podId,
    async left(node) {
      const script =
        "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -a '^[^ ]*tcpdump '; done; true";
      return (await lab.exec(node, 'sh', '-c', script)).trim();
    },
    async watch() {
      const started = await watch.start(podId(FROM), { expression: null, peers: PEERS.map(podId) });
      if (!started.ok) throw new Error(started.failure.sentence);
      const begun = (watch.view.since ?? 0) / 1000 + UNSURE_S;
      await until('captures run and have ticked', () => passed(begun), 25_000);
    },
    async send(...words) {
      const said = await lab.run('traffic', 'send', '--from', FROM, '--json', ...words);
      const report = reportSchema.parse(JSON.parse(said));
      const past = Date.now() / 1000 + PATIENCE_S;
      await until('every capture has passed the last packet', () => passed(past), 40_000);
      const { losses } = lossesSchema.parse(JSON.parse(await lab.run('losses', '--json')));
      await watch.stop();
      const told = watch.trailsView;
      const of = async (isOurs: (flow: FlowView) => boolean): Promise<readonly TrailView[]> => {
        const flows = told.flows.filter(isOurs).map(({ id }) => id);
        const window = {
          type: 'window',
          ids: null,
          flows,
          verdicts: null,
          count: 40_000,
          until: null,
        } as const;
        return (await watch.trails(window)) ?? [];
      };
      const [trails, answers] = await Promise.all([
        of(({ source, destination }) => PORTS.includes(destination.port) || isEcho(source.name)),
        of(({ source, destination }) => PORTS.includes(source.port) || isEcho(destination.name)),
      ]);
      return {
        report,
        dropped: losses.reduce((sum, loss) => sum + loss.dropped, 0),
        trails,
        answers,
        told,
        view: watch.view,
        lane: (id) => told.lanes.find((one) => one.id === id),
        point: (label) => watch.view.vantagePoints.find((one) => label.test(one.label)),
        async numberOf(packet) {
          const detail = await watch.detail(watch.view.run, packet);
          const bytes = Buffer.from(detail?.bytes ?? []);
          const at = bytes.indexOf(Buffer.from(report.run, 'hex'));
          if (at < 0) throw new Error(`packet ${packet} has no number`);
          return Number(bytes.readBigUInt64BE(at + RUN_BYTES));
        },
      };
      function isEcho(name: string | null): boolean {
        return words.includes('icmp') && name === FROM;
      }
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Whether a packet of that number was sent and never heard. */
export function isLost({ lost }: Seen['report'], number: number): boolean {
  return (lost ?? []).some(([from, to]) => from <= number && number <= to);
}
