import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyTopology } from '../../app/topology/build.ts';
import type { PodEntity, Topology } from '../../app/topology/model.ts';
import { ok } from '../../app/result.ts';
import type { ReportPage } from './report-page.ts';
import { reportWatch, type ReportWatchParts } from './report-watch.ts';
import { WatchSource } from './testing/watch-source.ts';

const demo: PodEntity = {
  since: { s: 1, ns: 0 },
  until: null,
  evidence: [],
  id: 'pod:demo',
  namespace: 'default',
  name: 'demo',
  nodeId: null,
  nodeName: 'w1',
  ips: ['192.168.1.2'],
  phase: 'Running',
  ready: null,
  hostNetwork: false,
  labels: {},
  moreLabels: 0,
  netnsId: null,
  podInterfaceId: 'in',
  hostInterfaceId: 'out',
  contradictions: [],
};
const topology: Topology = { ...emptyTopology('lab'), pods: { [demo.id]: demo } };
const limits = { click: 60, watch: 300, firstLook: 20 };

describe('the watch of a headless report', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hopscope-report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** What a report says when a click does `click`, and packets come for as long as it is watched. */
  async function report(
    click: (watch: WatchSource) => void,
    change: Partial<
      Pick<ReportWatchParts, 'pods'> &
        Pick<ReportWatchParts['engine'], 'exportCase'> &
        Pick<ReportPage, 'picture'>
    > = {},
  ): Promise<{ good: boolean; said: string; clicked: string[]; watch: WatchSource }> {
    const said: string[] = [];
    const clicked: string[] = [];
    const watch = new WatchSource();
    const page: ReportPage = {
      summary: () => Promise.resolve(null),
      picture: change.picture ?? (() => Promise.resolve(Buffer.from('a picture'))),
      click: (testId) => {
        clicked.push(testId);
        click(watch);
        return Promise.resolve();
      },
    };
    const exportCase = change.exportCase ?? (() => Promise.resolve(ok({ packets: 3 })));
    const good = await reportWatch(
      {
        folder,
        pods: change.pods ?? { from: 'default/demo', to: null },
        page,
        engine: { topology, watch, exportCase },
        say: (line) => said.push(line),
        signal: new AbortController().signal,
      },
      limits,
    );
    return { good, said: said.join('\n'), clicked, watch };
  }
  const watched = (watch: WatchSource): void => {
    watch.become({ run: 1, state: 'on', target: { podId: demo.id, name: 'default/demo', addresses: [] } });
    setTimeout(() => {
      watch.decode(3);
    }, 100);
  };

  it('clicks the Pod, keeps a picture, stops, and is not good while a vantage point has seen nothing', async () => {
    const { good, said, clicked, watch } = await report(watched);
    expect(good).toBe(false);
    expect(clicked).toEqual(['tree-pod-demo']);
    expect(said).toContain('default/demo was watched for 0.3 s: 3 packets.');
    expect(said).toContain('No packet was seen inside default/demo.');
    expect(said).toContain('The case file with 3 packets is ');
    expect(await readdir(folder)).toEqual(['watch.png']);
    expect(watch.view.state).toBe('ended');
  });

  it('names the Pod that is not there', async () => {
    const nobody = await report(watched, { pods: { from: 'default/nobody', to: null } });
    expect([nobody.good, nobody.said]).toEqual([false, 'There is no Pod default/nobody to watch.']);
    const peer = await report(watched, { pods: { from: 'default/demo', to: 'other/peer' } });
    expect([peer.good, peer.said]).toEqual([false, 'There is no Pod other/peer to watch.']);
  });

  it('says so when a click starts nothing', async () => {
    const { good, said } = await report(() => undefined);
    expect([good, said]).toEqual([false, 'A click on default/demo did not start its watch.']);
  });

  it('says so when the page gives no picture, and why there is no case file', async () => {
    const failure = { sentence: 'The disk is full.' };
    const exportCase = (): ReturnType<ReportWatchParts['engine']['exportCase']> =>
      Promise.resolve({ ok: false, failure });
    const { good, said } = await report(watched, { exportCase, picture: () => Promise.resolve(null) });
    expect(good).toBe(false);
    expect(said).toContain('The window gave no picture of what it watched.');
    expect(said).toContain('There is no case file: The disk is full.');
    expect(await readdir(folder)).toEqual([]);
  });
});
