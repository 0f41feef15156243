// The window on a made-up cluster: ?scene=stale&select=pod:c2c-network-demo. Development only.
import type { BgpSession, InterfaceEntity, NodeEntity, PodEntity } from '../../app/topology/model.ts';
import { mountWindow } from '../mount-window.tsx';
import { select } from '../state/selection.ts';
import { useTopology } from '../state/topology.ts';
import { createFakeMain, type FakeMain } from './fake-bridge.ts';
import { scenes } from './scenes.ts';

declare global {
  interface Window {
    fakeMain?: FakeMain;
  }
}

const query = new URLSearchParams(window.location.search);
const make = scenes[query.get('scene') ?? 'base'];
if (make === undefined) throw new Error(`no such scene; there are ${Object.keys(scenes).join(', ')}`);
const fake = createFakeMain(make(Date.now()));
Object.defineProperty(window, 'hopscope', { value: fake.bridge });
window.fakeMain = fake;
mountWindow();

const wanted = query.get('select');
if (wanted !== null) {
  const stop = useTopology.subscribe(({ topology }) => {
    if (topology === null) return;
    stop();
    const [kind, name] = wanted.split('|');
    const tables = {
      node: topology.nodes,
      pod: topology.pods,
      interface: topology.interfaces,
      bgp: topology.bgp,
    };
    if (kind !== 'node' && kind !== 'pod' && kind !== 'interface' && kind !== 'bgp') return;
    const entities: readonly { readonly id: string; readonly label?: string; readonly name?: string }[] =
      Object.values<NodeEntity | PodEntity | InterfaceEntity | BgpSession>(tables[kind]);
    const found = entities.find((entity) => (entity.label ?? entity.name) === name);
    if (found !== undefined) select({ kind, id: found.id });
  });
}
