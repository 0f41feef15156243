// What nodes of a real lab drop and filter, as a script sees it: `hopscope drops` and `hopscope firewall`.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dropsViewSchema } from '../../app/contract/drops-view.ts';
import { firewallChainSchema, nodeServicesSchema } from '../../app/firewall/firewall-model.ts';
import type { Lab } from '../engine/testing/lab.ts';
import { startCliLab, type CliLab } from './testing/cli-lab.ts';

let cli: CliLab;
let lab: Lab;
const hopscope = (...words: string[]) => cli.hopscope(...words);
const started = (...words: string[]) => cli.started(...words);

beforeAll(async () => {
  cli = await startCliLab('cli-firewall');
  ({ lab } = cli);
}, 90_000);
afterAll(() => cli[Symbol.asyncDispose]());

describe('hopscope drops', () => {
  it('names what one node drops, and says nothing of healthy ones with their traffic', async () => {
    const run = started('drops', '--all', '--cluster', lab.clusterFile, '--seconds', '3', '--json');
    const send = `use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 0); send($s, "x", 0, pack_sockaddr_in(9, inet_aton("10.12.22.151")))`;
    // Its first sample counts from nothing: sent until it has ended.
    const over = new AbortController();
    const sending = (async () => {
      while (!over.signal.aborted) {
        await lab.exec('k8s-worker-1', 'perl', '-e', send);
        await sleep(50);
      }
    })();
    const { code, stdout, stderr } = await run.ended;
    over.abort();
    await sending;
    expect([code, stderr]).toEqual([0, '']);
    const view = dropsViewSchema.parse(JSON.parse(stdout));
    const dropped = view.nodes.map(({ label, rows }) => [
      label,
      rows.filter(({ packets }) => packets > 0).map(({ place, reason }) => [place.kind, reason]),
    ]);
    expect(dropped).toEqual([
      ['k8s-master', []],
      ['k8s-worker-1', [['node', 'udp-no-socket']]],
      ['k8s-worker-2', []],
    ]);
  }, 60_000);

  it.each([
    [[], 'Name one node, or say --all.'],
    [['k8s-worker-1', '--all'], 'Name one node, or say --all.'],
    [['nobody'], 'No node is called nobody; there are: k8s-master, k8s-worker-1, k8s-worker-2.'],
  ])(
    '%j is refused with a sentence',
    async (words, sentence) => {
      const { code, stderr } = await hopscope('drops', ...words, '--cluster', lab.clusterFile);
      expect([code, stderr]).toEqual([2, `hopscope: ${sentence}\n`]);
    },
    60_000,
  );
});

describe('hopscope firewall', () => {
  it('says where a Service’s packets go, and which policy a hashed chain is', async () => {
    const node = ['firewall', 'k8s-worker-1', '--cluster', lab.clusterFile, '--json'];
    const asked = await Promise.all([
      hopscope(...node, '--service', 'default/web'),
      hopscope(...node, '--chain', 'cali-tw-cali0761ccbeace'),
    ]);
    expect(asked.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const [services, chain] = asked.map(({ stdout }): unknown => JSON.parse(stdout));
    const { entrances, contradictions, mode } = nodeServicesSchema.parse(services);
    expect([mode, contradictions]).toEqual(['iptables', []]);
    const ends = [
      { address: '192.168.1.3', port: 8080, share: 0.5, pod: 'default/web-1' },
      { address: '192.168.2.2', port: 8080, share: 0.5, pod: 'default/web-2' },
    ];
    expect(entrances).toMatchObject([
      { kind: 'cluster-ip', address: '10.96.7.7', service: 'default/web:http', endpoints: ends },
      { kind: 'node-port', port: 30_080, endpoints: ends },
    ]);
    const [web] = z.object({ chains: z.array(firewallChainSchema) }).parse(chain).chains;
    expect(web?.chain?.subject).toBe('Pod default/web-1');
    const policy = web?.rules.find(({ target }) => target?.startsWith('cali-pi-') === true)?.target ?? '';
    const said = await hopscope('firewall', 'k8s-worker-1', '--cluster', lab.clusterFile, '--chain', policy);
    expect(said.stdout).toContain('NetworkPolicy default/allow-cluster');
  }, 60_000);

  it('says what a plain user may not read', async () => {
    const { code, stdout, stderr } = await hopscope(
      'firewall',
      'k8s-worker-2',
      '--cluster',
      lab.rightsClusterFile,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'hopscope: This login may not read the packet filters of k8s-worker-2: only root may read them.\n',
    );
  }, 60_000);
});
