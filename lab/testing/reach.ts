// What a Pod of worker 1 and one of worker 2 can reach of each other, by real packets.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inNode } from '../node-namespace.ts';
import { readState } from '../state.ts';
import { runFolder } from '../run-folder.ts';
import { success } from './lab-run.ts';

export interface Reached {
  /** An echo request of 68 bytes is answered, one of nearly a Pod's MTU. */
  readonly ping: boolean;
  readonly big: boolean;
  /** A page is fetched from the other's Pod, from the Service default/web, and by the other from here. */
  readonly tcp: boolean;
  readonly service: boolean;
  readonly back: boolean;
}

const SERVICE = '10.96.7.7:80';

/** About two seconds where nothing answers: everything is tried at once. */
export async function reach(instance: string): Promise<Reached> {
  const folder = runFolder(instance);
  const { plan } = await success(readState(folder));
  const [, here, there] = plan.nodes;
  const [pod] = here?.pods ?? [];
  const [other] = there?.pods ?? [];
  if (here === undefined || there === undefined || pod === undefined || other === undefined)
    throw new Error('a lab without two workers that have Pods');
  const program = await readFile(join(import.meta.dirname, 'reach.pl'));
  const from = async (node: string, name: string, ...probes: string[]): Promise<string[]> => {
    const enter = `exec nsenter -t $(cat /run/lab/pods/${name}) -n -- perl - ${probes.join(' ')}`;
    const { stdout } = await inNode(folder, node, ['sh', '-c', enter], { stdin: program });
    return stdout.trim().split('\n');
  };
  const to = other.address;
  const [said, answered] = await Promise.all([
    from(here.name, pod.name, `icmp:${to}:40`, `icmp:${to}:1330`, `tcp:${to}:8080`, `tcp:${SERVICE}`),
    from(there.name, other.name, `tcp:${pod.address}:8080`),
  ]);
  const [ping, big, tcp, service] = said.map((line) => line === 'ok');
  return {
    ping: ping ?? false,
    big: big ?? false,
    tcp: tcp ?? false,
    service: service ?? false,
    back: answered[0] === 'ok',
  };
}
