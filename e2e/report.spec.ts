// `--headless-report DIR`: the main job without a person, as `npm start` runs it without a display.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { discoverDocumentSchema } from '../app/contract/discover-document.ts';
import { clusterFile } from './fixtures/cluster-files.ts';
import { expect, test } from './fixtures/test.ts';
import { enoughPlaces, graphPlaces } from './fixtures/tools.ts';

const PNG_SIGNATURE = '89504e470d0a1a0a';

test('draws the lab, keeps a picture and what was found, says what there is, and ends well', async ({
  lab,
  launcher,
  start,
}) => {
  const report = await launcher.staged.freshFolder('report');
  const child = await start({ args: ['--cluster', lab.client.cluster, '--headless-report', report] });
  expect(await child.ended, child.output).toEqual({ code: 0, signal: null });
  expect(child.output).toMatch(/: 3 nodes, 4 Pods, 6 of 6 BGP sessions established\./);
  expect(child.output).toContain(
    'default/c2c-network-demo 192.168.1.2 on k8s-worker-1, eth0 is calid9d486e54a8',
  );

  const picture = await readFile(path.join(report, 'window.png'));
  expect(picture.subarray(0, 8).toString('hex')).toBe(PNG_SIGNATURE);
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([1440, 900]);
  const enough = await enoughPlaces();
  const { plates, owners } = await graphPlaces(picture);
  expect(plates).toBeGreaterThanOrEqual(enough);
  expect(owners).toBeGreaterThanOrEqual(enough);

  const found = discoverDocumentSchema.parse(
    JSON.parse(await readFile(path.join(report, 'discover.json'), 'utf8')),
  );
  expect(found.nodes.map((node) => node.name).sort()).toEqual(['k8s-master', 'k8s-worker-1', 'k8s-worker-2']);
  const demo = found.pods.find((pod) => pod.name === 'c2c-network-demo');
  expect(demo).toMatchObject({
    ips: ['192.168.1.2'],
    hostInterface: 'calid9d486e54a8',
    podInterface: 'eth0',
  });
});

test('waits for a Kubernetes that takes its time: no Pod is nameless', async ({ lab, launcher, start }) => {
  const home = await launcher.staged.freshFolder('home');
  const slow = '/usr/local/bin/slow-kubectl';
  await lab.exec(
    'k8s-master',
    `printf '#!/bin/sh\\nsleep 4\\nexec kubectl "$@"\\n' > ${slow}; chmod 755 ${slow}`,
  );
  try {
    const file = await clusterFile(launcher, home, lab, { kubectl: slow });
    const child = await start({ home, args: ['--cluster', file, '--headless-report', home] });
    expect(await child.ended, child.output).toEqual({ code: 0, signal: null });
    expect(child.output).toContain('default/c2c-network-demo 192.168.1.2 on k8s-worker-1');
    expect(child.output).not.toContain('?/');
  } finally {
    await lab.exec('k8s-master', `rm ${slow}`);
  }
});

test('with nobody to ask, an unknown host key is refused, said, and exit code 1', async ({
  lab,
  launcher,
  start,
}) => {
  const home = await launcher.staged.freshFolder('home');
  const knownHosts = await launcher.staged.writeFor(home, 'known_hosts', '');
  const file = await clusterFile(launcher, home, lab, { knownHosts });
  const child = await start({ home, args: ['--cluster', file, '--headless-report', home] });
  expect(await child.ended, child.output).toEqual({ code: 1, signal: null });
  expect(child.output).toMatch(/k8s-master is missing: .*host key/i);
});

test('a cluster file that is none: a sentence and exit code 1, no hang', async ({ launcher, start }) => {
  const home = await launcher.staged.freshFolder('home');
  const file = await launcher.staged.writeFor(home, 'cluster.yml', 'nodes: [');
  const child = await start({ home, args: ['--cluster', file, '--headless-report', home] });
  expect(await child.ended, child.output).toEqual({ code: 1, signal: null });
  expect(child.output).toMatch(/is not valid YAML/);
});
