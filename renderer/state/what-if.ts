// The question what would be lost if something failed: in the model alone, asked once and answered as things are at that moment.
import { create } from 'zustand';
import type { Failure, WhatIfAnswer } from '../../app/diagnose/what-if/model.ts';
import type { Topology } from '../../app/topology/model.ts';
import { call, sentenceOf } from '../bridge/call.ts';
import type { Selection } from './selection.ts';

interface WhatIfState {
  /** Null: nothing is asked. */
  readonly fails: Failure | null;
  /** Null: awaited, or `sentence` says why there is none. */
  readonly answer: Extract<WhatIfAnswer, { ok: true }> | null;
  readonly sentence: string | null;
}

const nothing: WhatIfState = { fails: null, answer: null, sentence: null };

export const useWhatIf = create<WhatIfState>(() => nothing);

export function askWhatIf(fails: Failure): void {
  useWhatIf.setState({ ...nothing, fails });
  const told = (state: Partial<WhatIfState>): void => {
    // Closed meanwhile, or something else is asked.
    if (useWhatIf.getState().fails === fails) useWhatIf.setState(state);
  };
  call('whatIf.run', { fails }).then(
    (answer) => {
      told(answer.ok ? { answer } : { sentence: answer.sentence });
    },
    (error: unknown) => {
      told({ sentence: sentenceOf(error) });
    },
  );
}

export function closeWhatIf(): void {
  useWhatIf.setState(nothing);
}

/** What would fail: a node, one of its own interfaces, a session. Null: of this nothing can be said. */
export function failureOf(topology: Topology, target: Selection): Failure | null {
  const { nodes, netns, interfaces, bgp } = topology;
  switch (target.kind) {
    case 'node': {
      const node = nodes[target.id];
      return node?.until === null ? { kind: 'node', node: node.label } : null;
    }
    case 'interface': {
      const each = interfaces[target.id];
      const node = nodes[each?.nodeId ?? ''];
      const own = each?.until === null && each.role !== 'loopback' && netns[each.netnsId]?.root === true;
      return own && node !== undefined ? { kind: 'link', node: node.label, device: each.name } : null;
    }
    case 'bgp': {
      const session = bgp[target.id];
      const node = nodes[session?.nodeId ?? ''];
      return session?.until === null && node !== undefined
        ? { kind: 'session', node: node.label, peer: session.name }
        : null;
    }
    case 'pod':
      return null;
  }
}
