// The collector on nodes of the lab: what a console prints, pasted, is the cluster that a live reading shows. Needs root.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectScript } from '../../app/probe/discovery-script.ts';
import { createEngine } from '../engine/create-engine.ts';
import { discoverDocument } from '../engine/discover-document.ts';
import { startLab, type Lab } from '../engine/testing/lab.ts';
import { waitUntilSettled } from './settled.ts';

const nodes = ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'];
let lab: Lab;
beforeAll(async () => {
  lab = await startLab('collect');
}, 90_000);
afterAll(() => lab[Symbol.asyncDispose]());

describe('collect on every node, pasted', () => {
  it('is the document of a live discovery', async () => {
    const { signal } = new AbortController();
    // A link-local address has its route once the kernel has seen that nobody else has it.
    for (const node of nodes)
      await expect.poll(() => lab.exec(node, 'ip', '-6', 'addr', 'show', 'tentative')).toBe('');
    await using live = createEngine({ attended: false, follow: 'nothing' });
    const opened = await live.open(lab.clusterFile, { signal });
    expect(opened).toEqual({ ok: true, value: undefined });
    await waitUntilSettled(live, { signal, timeoutMs: 20_000 });

    const texts = await Promise.all(
      nodes.map(async (node) => ({
        source: `${node}.txt`,
        text: await lab.exec(node, 'sh', '-c', collectScript()),
        modifiedAt: Date.now(),
        place: null,
      })),
    );
    await using pasted = createEngine({ attended: false, follow: 'nothing' });
    expect(await pasted.openPaste(texts, { name: 'pasted', signal })).toEqual({ ok: true, value: undefined });

    const [read, collected] = [live, pasted].map(({ topology }) => discoverDocument(topology));
    const essence = (document: typeof read): unknown => ({
      nodes: document?.nodes.map(({ name, addresses, kernel, interfaces, routes, bgp }) => ({
        name,
        addresses,
        kernel,
        // Ids of namespaces hold the node's, which a paste makes of its name.
        interfaces: interfaces.map(({ peer, ...rest }) => ({
          ...rest,
          peer: peer?.interface,
          pod: peer?.pod,
        })),
        routes: routes.map((route) => JSON.stringify(route)).sort(),
        bgp: bgp.map(({ name: session, peer, state, info }) => [session, peer, state, info]),
      })),
      pods: document?.pods,
    });
    expect(essence(collected)).toEqual(essence(read));
    expect(pasted.view.paste?.unread).toEqual([]);
  }, 60_000);
});
