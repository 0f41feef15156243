// Pasted text, understood and built as the engine does it.
import { buildTopology, emptyTopology } from '../../topology/build.ts';
import type { NodeReading } from '../../topology/input.ts';
import type { InterfaceEntity, PodEntity, Topology } from '../../topology/model.ts';
import type { PastedText } from '../pasted-text.ts';
import { understandPaste, type UnderstoodPaste } from '../understand.ts';

/** A day in 2026. */
export const PASTED_AT = Date.UTC(2026, 10, 26, 8, 0, 0);

export function pasted(text: string, source = 'paste', place: string | null = null): PastedText {
  return { source, text, modifiedAt: PASTED_AT, place };
}

export interface BuiltPaste extends UnderstoodPaste {
  readonly topology: Topology;
  readonly pod: (name: string) => PodEntity;
  readonly device: (node: string, name: string) => InterfaceEntity;
}

export function built(texts: readonly PastedText[]): BuiltPaste {
  const understood = understandPaste(texts);
  let topology = emptyTopology('pasted');
  const readings: Record<string, NodeReading> = {};
  for (const moment of understood.moments) {
    for (const { label, reading } of moment) readings[label] = reading;
    topology = buildTopology(topology, {
      cluster: 'pasted',
      readings,
      inventory: understood.inventory,
      deletions: [],
      endedLabels: [],
      evidence: understood.kubeEvidence,
      warnings: [],
    });
  }
  const found = <T>(table: Readonly<Record<string, T>>, is: (one: T) => boolean, what: string): T => {
    const one = Object.values(table).find(is);
    if (one === undefined) throw new Error(`no ${what}`);
    return one;
  };
  return {
    ...understood,
    topology,
    pod: (name) => found(topology.pods, (pod) => pod.name === name && pod.until === null, name),
    device: (label, name) => {
      const node = found(topology.nodes, (one) => one.label === label, label);
      return found(
        topology.interfaces,
        (one) => one.netnsId === node.rootNetns && one.name === name && one.until === null,
        `${label} ${name}`,
      );
    },
  };
}
