/** From a time on, until the next stretch's. sh/clock.pl reckons the same. */
export interface ClockStretch {
  /** Microseconds since 1970, by the machine's clock. */
  readonly fromUs: number;
  /** What the node is ahead then. */
  readonly offsetUs: number;
  /** What it gains since, parts per million. */
  readonly driftPpm: number;
}

/** By how many microseconds the node is ahead at a time of the machine. */
export function aheadAt(stretches: readonly ClockStretch[], timeUs: number): number {
  const stretch = stretches.findLast(({ fromUs }) => timeUs >= fromUs);
  if (stretch === undefined) return 0;
  return stretch.offsetUs + ((timeUs - stretch.fromUs) * stretch.driftPpm) / 1e6;
}

export function clockText(stretches: readonly ClockStretch[]): string {
  return stretches.map(({ fromUs, offsetUs, driftPpm }) => `${fromUs} ${offsetUs} ${driftPpm}\n`).join('');
}

export function parseClock(text: string): ClockStretch[] {
  return text.split('\n').flatMap((line) => {
    const [, from, offset, drift] = /^(\d+) (-?\d+) (-?[\d.]+)$/.exec(line) ?? [];
    return from === undefined
      ? []
      : [{ fromUs: Number(from), offsetUs: Number(offset), driftPpm: Number(drift) }];
  });
}
