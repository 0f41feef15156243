// A real lab: healthy, and as healthy clusters are otherwise, it has no finding; each fault is named first, on its node, within 10 s of
// asking, and is gone once it is mended; of two faults at once both are named. In `npm test` a fault and a variant of one mode, by the
// commit; all of them, two at once, dual stack and route reflectors in the full tier.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Diagnosis, FindingId } from '../../app/diagnose/finding.ts';
import { bySeed, drawn, inFullTier } from '../../app/testing/runs.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { type FaultCase, faultMatrix, isHidden, NODE } from './testing/fault-cases.ts';
import { healthyVariants, setUp, takeDown } from './testing/healthy-variants.ts';
import { startLab, type Lab } from './testing/lab.ts';

/** From asking on; asserted at three times that. */
const NAMED_MS = 10_000;
const { signal } = new AbortController();

/** How long a healthy cluster is looked at: as long as a fault may take to be named. */
const SILENT_MS = NAMED_MS;
const OTHER_NODE = 'k8s-worker-2';

/** Each fault once with one of another kind on another node, unless that one hides it; which, the seed says. */
function pairsOf(
  cases: readonly FaultCase[],
): readonly { readonly one: FaultCase; readonly other: FaultCase }[] {
  const apart = 1 + bySeed(cases.length - 1);
  return cases.flatMap((one, at) => {
    const other = cases[(at + apart) % cases.length];
    return other === undefined || other.id === one.id || isHidden(one, other) ? [] : [{ one, other }];
  });
}

interface Setting {
  readonly mode: string;
  readonly options: readonly string[];
  readonly cases: readonly FaultCase[];
}
const plain: readonly Setting[] = faultMatrix.map((one) => ({ ...one, options: [] }));
/** All in the full tier; in `npm test` the one with the most faults. */
const settings: readonly Setting[] = inFullTier()
  ? [
      ...plain,
      ...faultMatrix.map(({ mode }) => ({ mode, options: ['--ipv6'], cases: [] })),
      { mode: 'bgp', options: ['--reflectors', '1'], cases: [] },
    ]
  : plain.slice(0, 1);

describe.each(settings)('in mode $mode $options', ({ mode, options, cases }) => {
  let lab: Lab;
  let engine: Engine;

  beforeAll(async () => {
    lab = await startLab('diagnose', '--mode', mode, ...options);
  }, 60_000);
  afterAll(() => lab[Symbol.asyncDispose]());
  // Each time with nothing seen before: faults one upon another are a session that flaps, and a route that does.
  beforeEach(async () => {
    engine = createEngine({ attended: false, follow: 'everything' });
    const opened = await engine.open(lab.clusterFile, { signal });
    if (!opened.ok) throw new Error(opened.failure.sentence);
  }, 60_000);
  afterEach(async () => {
    await engine[Symbol.asyncDispose]();
    // What one test leaves when it fails is not the next one's.
    await lab.run('heal');
  }, 60_000);

  async function diagnosis(): Promise<Diagnosis> {
    const answer = await engine.diagnose({ signal });
    if (!answer.ok) throw new Error(answer.failure.sentence);
    return answer.value.diagnosis;
  }

  /** Asks again and again, as `hopscope doctor` and the window do. */
  async function becomes(
    what: string,
    holds: (now: Diagnosis) => boolean,
    withinMs = 3 * NAMED_MS,
  ): Promise<Diagnosis> {
    const began = performance.now();
    for (;;) {
      const now = await diagnosis();
      if (engine.settled && engine.inventoryWhole && now.awaits.length === 0 && holds(now)) {
        console.log(`${what}: ${(performance.now() - began).toFixed(0)} ms`);
        return now;
      }
      if (performance.now() - began > withinMs) return now;
    }
  }
  const nothing = ({ findings }: Diagnosis): boolean => findings.length === 0;
  const told = ({ findings }: Diagnosis): string[] => findings.map(({ id, title }) => `${id}: ${title}`);

  /** Real packets: without them a variant would not be known to be healthy, and its counters would not count. */
  async function allReach(): Promise<void> {
    const pods = Object.values(engine.topology.pods).filter(
      ({ until, ips, hostNetwork }) => until === null && ips.length > 0 && !hostNetwork,
    );
    const addresses = pods.flatMap(({ ips }) => ips);
    const ask = addresses.map((ip) => {
      const host = ip.includes(':') ? `[${ip}]` : ip;
      return `curl -g -s -o /dev/null -m 4 http://${host}:8080/ || echo "${ip} does not answer $p"`;
    });
    const nodes = new Set(pods.map(({ nodeId }) => engine.topology.nodes[nodeId ?? '']?.label ?? ''));
    const script = `for p in /run/lab/pods/*; do nsenter -t "$(cat "$p")" --net -- sh -c 'p=$0; ${ask.join('; ')}' "$p"; done`;
    const answers = await Promise.all([...nodes].map((node) => lab.exec(node, 'sh', '-c', script)));
    expect(answers.join('')).toBe('');
  }

  /** Pod pairs, by their nodes, that would lose their path. */
  async function lostWithout(device: string): Promise<string[]> {
    await becomes(`${mode}, before`, nothing);
    expect(await cutOff()).toEqual([]);
    const answer = await engine.ask('whatIf.run', { fails: { kind: 'link', node: NODE, device } });
    if (!answer.ok || !answer.value.ok) throw new Error('the model does not know this link');
    const counts = new Map<string, number>();
    for (const { from, to, pairs } of answer.value.lost) {
      const ends = `${from} → ${to}`;
      counts.set(ends, (counts.get(ends) ?? 0) + pairs);
    }
    return [...counts].map(([ends, count]) => `${ends}: ${count}`).sort();
  }

  /** Those that have none, each Pod with each other. */
  async function cutOff(): Promise<string[]> {
    const { pods, nodes } = engine.topology;
    const living = Object.values(pods).filter(({ until, ips }) => until === null && ips.length > 0);
    const counts = new Map<string, number>();
    for (const from of living)
      for (const to of living) {
        if (from === to || (from.hostNetwork && to.hostNetwork && from.nodeId === to.nodeId)) continue;
        const asked = {
          from: from.ips[0] ?? '',
          to: to.ips[0] ?? '',
          proto: 'tcp',
          port: null,
          size: null,
        } as const;
        const answer = await engine.ask('trace.path', asked);
        if (!answer.ok || !answer.value.ok) throw new Error('a Pod is not known');
        const { paths, reverse } = answer.value;
        const stops = [...paths, reverse].filter((path) => path?.verdict !== 'delivered');
        if (stops.length === 0) continue;
        // Without a default route the node answers no Pod for its gateway: Pods of one node lose each other too, when what they have
        // learned of it has grown old. A link that fails in the model leaves them what they know.
        const isLater = stops.every((path) => path?.stopsAt?.reason === 'neighbour-failed');
        if (isLater && from.nodeId === to.nodeId) continue;
        const ends = [from, to].map(({ nodeId }) => nodes[nodeId ?? '']?.label ?? '').join(' → ');
        counts.set(ends, (counts.get(ends) ?? 0) + 1);
      }
    return [...counts].map(([ends, count]) => `${ends}: ${count}`).sort();
  }

  it('healthy: no finding', async () => {
    expect(told(await becomes(`${mode}, healthy`, nothing))).toEqual([]);
    const looked = await engine.diagnose({ signal });
    expect(looked).toMatchObject({
      ok: true,
      value: {
        diagnosis: { findings: [] },
        looked: { pods: 4, left: 0, nodes: ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'], silent: [] },
      },
    });
  }, 90_000);

  // Dual stack has all that a plain lab has.
  const looked = inFullTier() && options.length === 0 ? [] : healthyVariants;
  const variants = looked.filter(({ modes }) => modes?.includes(mode) ?? true);
  it.each(drawn(variants, 1))(
    'healthy: $name',
    async (variant) => {
      await becomes(`${mode}, before`, nothing);
      await setUp(lab, variant);
      try {
        await allReach();
        const until = performance.now() + SILENT_MS;
        while (performance.now() < until) expect(told(await diagnosis())).toEqual([]);
        await allReach();
        expect(told(await diagnosis())).toEqual([]);
      } finally {
        await takeDown(lab, variant);
      }
    },
    90_000,
  );

  if (cases.length === 0) return;
  it.each(drawn(cases, 1))(
    '$fault is named first, with the lines that prove it, and is gone once it is mended',
    async (one) => {
      // What the model says of this link is held against the lab without it.
      const fails = one.fault === 'link-down' ? one.device : undefined;
      const predicted = fails === undefined ? null : await lostWithout(fails);
      await lab.run('fault', one.fault, '--on', NODE);
      const first = ({ findings }: Diagnosis): boolean => findings[0]?.id === one.id;
      const now = await becomes(one.fault, first);
      expect(now.findings[0], told(now).join('\n')).toMatchObject({
        id: one.id,
        where: {
          node: one.node === null ? null : NODE,
          ...(one.device === undefined ? {} : { interface: one.device }),
        },
      });
      expect(now.findings[0]?.evidence.filter(({ output }) => output !== '')).not.toEqual([]);
      if (predicted !== null) {
        expect(predicted.length).toBeGreaterThan(0);
        expect(await cutOff()).toEqual(predicted);
      }
      await lab.run('heal');
      expect(told(await becomes(`${one.fault} mended`, nothing))).toEqual([]);
    },
    90_000,
  );

  if (!inFullTier()) return;
  it.each(pairsOf(cases))(
    '$one.fault and $other.fault are both named',
    async ({ one, other }) => {
      await becomes(`${mode}, before`, nothing);
      await lab.run('fault', one.fault, '--on', NODE);
      await lab.run('fault', other.fault, '--on', OTHER_NODE);
      const isNamed = ({ findings }: Diagnosis, { id, node, between }: FaultCase, victim: string): boolean =>
        findings.some(
          ({ id: named, where, title }) =>
            named === id &&
            (between === true ? title.includes(victim) : where.node === (node === null ? null : victim)),
        );
      const isUnder = (
        { findings }: Diagnosis,
        { id, mayExplain = [] }: FaultCase,
        effect: FindingId,
        victim: string,
      ): boolean =>
        mayExplain.includes(effect) &&
        findings.some(
          ({ id: named, consequences }) =>
            named === id &&
            consequences.some((text) => text.startsWith(`${effect}: `) && text.includes(victim)),
        );
      const isOneTold = (now: Diagnosis): boolean =>
        isNamed(now, one, NODE) || isUnder(now, other, one.id, NODE);
      const isOtherTold = (now: Diagnosis): boolean =>
        isNamed(now, other, OTHER_NODE) || isUnder(now, one, other.id, OTHER_NODE);
      const isSilenced = one.silences === true && other.byPackets === true;
      if (isSilenced) {
        const first = await becomes(`${one.fault} before ${other.fault}`, isOneTold);
        expect(isOneTold(first), told(first).join('\n')).toBe(true);
        await lab.run('heal', one.fault);
      }
      const named = (now: Diagnosis): boolean => (isSilenced || isOneTold(now)) && isOtherTold(now);
      const now = await becomes(`${one.fault} and ${other.fault}`, named);
      expect(named(now), told(now).join('\n')).toBe(true);
      await lab.run('heal');
      const withinMs = (one.rests ?? other.rests) === true ? 6 * NAMED_MS : 3 * NAMED_MS;
      expect(told(await becomes(`${one.fault} and ${other.fault} mended`, nothing, withinMs))).toEqual([]);
    },
    180_000,
  );
});
