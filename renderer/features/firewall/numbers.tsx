import type { ReactNode } from 'react';

/** Packets a second; a dash where two readings do not tell. Small ones keep a digit, for one every ten seconds is not none. */
export function rateText(rate: number | null): string {
  if (rate === null) return '–';
  if (rate === 0) return '0/s';
  return rate < 10 ? `${rate.toFixed(1)}/s` : `${Math.round(rate).toLocaleString('en')}/s`;
}

export function Packets({ packets }: { readonly packets: number | null }): ReactNode {
  return packets === null ? <span className="faint">–</span> : <>{packets.toLocaleString('en')}</>;
}
