// Who a trace may begin at and lead to: Pods, nodes, Services, as the question names them. Pure.
import type { Topology } from '../../../app/topology/model.ts';
import type { ServicesNamed } from '../../../app/trace/services-named.ts';
import { oncePer } from '../../state/once-per.ts';
import { ranked, type Sought } from '../../state/ranked.ts';
import { podTitle } from '../../state/text.ts';
import { indexOf } from '../../state/topology-index.ts';

export interface EndOption extends Sought {
  readonly kind: 'pod' | 'node' | 'service';
  /** As the question names it; its title says the same. */
  readonly end: string;
  /** `tcp 80`, where the thing itself says what it listens on. */
  readonly listens: string | null;
}

/** In a list that one reads. */
const SHOWN = 40;

const podOptions: (topology: Topology) => readonly EndOption[] = oncePer((topology) => {
  const index = indexOf(topology);
  return [...index.podsOf.values(), index.homelessPods].flat().map((pod) => ({
    kind: 'pod' as const,
    end: podTitle(pod),
    title: podTitle(pod),
    aside: [pod.ips[0] ?? '', topology.nodes[pod.nodeId ?? '']?.label ?? pod.nodeName ?? ''].join(' · '),
    listens: null,
  }));
});

const nodeOptions: (topology: Topology) => readonly EndOption[] = oncePer((topology) =>
  indexOf(topology).nodes.map((node) => ({
    kind: 'node' as const,
    end: node.label,
    title: node.label,
    aside: node.addresses[0] ?? '',
    listens: null,
  })),
);

const serviceOptions: (named: ServicesNamed) => readonly EndOption[] = oncePer(({ services }) =>
  services.map(({ end, addresses, ports: [first] }) => {
    const listens = first === undefined ? null : `${first.proto} ${String(first.port)}`;
    return {
      kind: 'service' as const,
      end,
      title: end,
      aside: [addresses[0] ?? '', ...(listens === null ? [] : [listens])].join(' · '),
      listens,
    };
  }),
);

/** What fits what was written, the likeliest first; a Service sends nothing, so that none is a sender. */
export function endOptions(
  topology: Topology | null,
  services: ServicesNamed | null,
  side: 'from' | 'to',
  written: string,
): EndOption[] {
  if (topology === null) return [];
  const all = [
    ...podOptions(topology),
    ...(side === 'to' && services !== null ? serviceOptions(services) : []),
    ...nodeOptions(topology),
  ];
  return ranked(all, written, SHOWN);
}
