// What few routes have: members that are left out where they say nothing, since a node may have ten thousand routes.
import type { Route } from './facts.ts';
import { dsFieldOf } from './rule-words.ts';

type Extras = Pick<Route, 'tos' | 'preference' | 'from' | 'nexthopId' | 'mtu'>;

export function routeExtras(said: {
  readonly tos: string | undefined;
  readonly pref: string | undefined;
  readonly from: string | undefined;
  readonly nhid: number | undefined;
  readonly mtu: number | undefined;
}): Extras {
  const tos = said.tos === undefined ? null : dsFieldOf(said.tos);
  return {
    ...(tos === null || tos === 0 ? {} : { tos }),
    ...(said.pref === 'high' || said.pref === 'low' ? { preference: said.pref } : {}),
    ...(said.from === undefined || said.from === 'all' || said.from === 'default' ? {} : { from: said.from }),
    ...(said.nhid === undefined ? {} : { nexthopId: said.nhid }),
    ...(said.mtu === undefined ? {} : { mtu: said.mtu }),
  };
}

/** As CIDR; null when it is no prefix of that family. iproute2 abbreviates `default` and zeros. */
export function routePrefix(dst: string, family: 4 | 6): string | null {
  if (dst === 'default') return family === 4 ? '0.0.0.0/0' : '::/0';
  const shape = family === 4 ? /^([\d.]{1,15})(?:\/(\d{1,2}))?$/ : /^([0-9a-fA-F:.]{1,45})(?:\/(\d{1,3}))?$/;
  const [, address = '', length] = shape.exec(dst) ?? [];
  const most = family === 4 ? 32 : 128;
  if (address === '' || Number(length ?? most) > most) return null;
  const zero = family === 4 ? '0.0.0.0' : '::';
  return `${address === '0' ? zero : address}/${length ?? most}`;
}
