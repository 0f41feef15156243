// A route that was looked up, as the kernel of that node can be asked for it (`ip route get`), and what our model answered.
import { addressText, isUnspecified } from '../route/address.ts';
import { routeGet } from './flow-words.ts';
import type { PlacedLookup } from './followed-path.ts';
import type { TraceLookup } from './model.ts';

export function kernelQuestion({ at, flow, answer }: PlacedLookup): TraceLookup {
  const { dst, src, iif, oif, mark, tos, ipproto, sport, dport } = flow;
  return {
    node: at.nodeLabel,
    netnsId: at.netnsId,
    place: at.name,
    pid: at.pid,
    isPod: at.isPod,
    command: routeGet(at, flow),
    asked: {
      family: dst.family,
      destination: addressText(dst),
      source: src === null || isUnspecified(src) ? null : addressText(src),
      iif,
      oif,
      mark,
      tos,
      ipproto,
      sport,
      dport,
    },
    expected:
      answer.kind === 'refused'
        ? { kind: 'refused', why: answer.why, errnos: [...answer.errnos] }
        : answer.kind === 'on-link'
          ? { kind: 'route', type: 'unicast', paths: [{ dev: answer.dev, via: null }] }
          : {
              kind: 'route',
              type: answer.route.type,
              paths:
                answer.route.nexthops.length > 0
                  ? answer.route.nexthops.map(({ dev, via }) => ({ dev, via }))
                  : [{ dev: answer.route.dev ?? '', via: answer.route.via }],
            },
  };
}
