import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Diagnosis } from '../../app/diagnose/finding.ts';
import { ok } from '../../app/result.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import type { Topology } from '../../app/topology/model.ts';
import { type DiagnosisContext, runDiagnosis } from './diagnosis-run.ts';

const calm: Diagnosis = { findings: [], checked: [], skipped: [], left: 0, awaits: [] };

/** A cluster whose nodes answer as many looks of `topology` after they were asked as `after` says; -1: never. */
function cluster(after: Readonly<Record<string, number>>, awaits: readonly string[][] = []) {
  const asked: string[] = [];
  let looks = 0;
  let looked = false;
  const topology = (): Topology => {
    if (looked) looks += 1;
    const heads = Object.entries(after).flatMap(([label, count]) =>
      looked && count >= 0 && looks > count ? [[`${label}/insides`, { seenAt: 7 }] as const] : [],
    );
    return {
      ...emptyTopology('lab'),
      evidence: Object.fromEntries(heads) as unknown as Topology['evidence'],
    };
  };
  let cpu = 100;
  const context: DiagnosisContext = {
    ask: () => {
      asked.push(`ask after ${String(looks)}`);
      return Promise.resolve(ok({ ...calm, awaits: awaits[asked.length - 1] ?? [] }));
    },
    topology,
    lookIntoPods: () => {
      looked = true;
      return Object.keys(after).map((label) => ({ label, pods: 3, left: label === 'b' ? 2 : 0 }));
    },
    listed: () => true,
    sample: (labels) => asked.push(`sample ${labels.join(' ')}`),
    askKernels: () => Promise.resolve({ contradicted: false, answered: [], unheard: [] }),
    cpuMs: (label) => Promise.resolve(label === 'b' ? null : (cpu += 20)),
    signal: new AbortController().signal,
  };
  return { context, asked };
}

describe('a diagnosis', () => {
  it('is asked once every node’s Pods were read, and says what that cost', async () => {
    const { context, asked } = cluster({ a: 2, b: 1 });
    const ran = await runDiagnosis(context);
    expect(ran).toMatchObject({
      ok: true,
      value: { diagnosis: calm, looked: { pods: 6, left: 2, nodes: ['a', 'b'], silent: [], cpuMs: 20 } },
    });
    expect(asked).toEqual(['ask after 3']);
  });

  it('waits for Kubernetes’ lists, as long as it is to, while Pods are looked into', async () => {
    const { context, asked } = cluster({ a: 1 });
    let looks = 0;
    const looked = await runDiagnosis({ ...context, listed: () => ++looks > 4 });
    expect(looked).toMatchObject({ value: { looked: { nodes: ['a'], silent: [] } } });
    expect([asked.length, looks]).toEqual([1, 5]);

    const never = await runDiagnosis({ ...cluster({ a: 0 }).context, listed: () => false, listsMs: 120 });
    expect(never).toMatchObject({ value: { diagnosis: calm, looked: { silent: [] } } });
  });

  it('waits for what is still awaited, and has those nodes’ counters read again', async () => {
    const { context, asked } = cluster({ a: 0 }, [['a']]);
    await runDiagnosis(context);
    expect(asked.map((one) => one.replace(/ after .*/, ''))).toEqual(['ask', 'sample a', 'ask']);
  });

  it('is asked once more where a kernel contradicts the model', async () => {
    const { context, asked } = cluster({ a: 0 });
    const kernels = { contradicted: true, answered: ['a'], unheard: [] };
    await runDiagnosis({ ...context, askKernels: () => Promise.resolve(kernels) });
    expect(asked.map((each) => each.replace(/ after .*/, ''))).toEqual(['ask', 'ask']);
  });

  it('asks no kernel of a node whose Pods were waited for in vain', async () => {
    const { context, asked } = cluster({ a: 0, b: -1 });
    const silent: (readonly string[])[] = [];
    // As if all that time had passed once it was looked.
    const now = performance.now.bind(performance);
    let late = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + late);
    onTestFinished(() => {
      clock.mockRestore();
    });
    const ran = await runDiagnosis({
      ...context,
      topology: () => {
        const known = context.topology();
        if ('a/insides' in known.evidence) late = 60_000;
        return known;
      },
      askKernels: (one) => {
        silent.push(one.silent);
        return Promise.resolve({ contradicted: false, answered: ['a'], unheard: ['b'] });
      },
    });
    expect(silent).toEqual([['b']]);
    expect(asked).toHaveLength(1);
    expect(ran).toMatchObject({ value: { looked: { nodes: ['a'], silent: ['b'] } } });
  });

  it('asks kernels for no longer than a few seconds; who did not answer is said', async () => {
    const { context } = cluster({ a: 0, b: 0 });
    const began = performance.now();
    const asked: Parameters<DiagnosisContext['askKernels']>[0][] = [];
    const ran = await runDiagnosis({
      ...context,
      askKernels: (one) => {
        asked.push(one);
        return Promise.resolve({ contradicted: false, answered: ['a'], unheard: ['b'] });
      },
    });
    expect(asked).toMatchObject([{ silent: [], signal: context.signal }]);
    expect(asked[0]?.until).toBeGreaterThan(began);
    expect(asked[0]?.until).toBeLessThan(performance.now() + 3_001);
    const why =
      'The kernels of b were not asked in time: whether they route as their rules and tables say is not known.';
    expect(ran).toMatchObject({
      value: { diagnosis: { checked: ['kernel-disagrees'], skipped: [{ id: 'kernel-disagrees', why }] } },
    });
  });

  it('that is stopped answers with what is known, and of the look says nothing', async () => {
    const { context } = cluster({ a: -1 });
    const stop = new AbortController();
    const running = runDiagnosis({ ...context, signal: stop.signal });
    stop.abort();
    expect(await running).toEqual(ok({ diagnosis: calm, looked: null }));
  });

  it('of a paste looks into nothing and waits for nothing', async () => {
    const { context, asked } = cluster({}, [['a']]);
    expect(await runDiagnosis({ ...context, lookIntoPods: null })).toEqual(
      ok({ diagnosis: { ...calm, awaits: ['a'] }, looked: null }),
    );
    expect(asked).toHaveLength(1);
  });
});
