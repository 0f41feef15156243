import { describe, expect, it } from 'vitest';
import { Dissection, type Dissector } from './dissection.ts';
import { PortTable, type PayloadReader } from './port-table.ts';

const low: Dissector = () => undefined;
const high: Dissector = () => undefined;
const guess: Dissector = () => undefined;
const secure: Dissector = () => undefined;

const always = (dissect: Dissector): PayloadReader => ({ dissect, accepts: null });
const never = (dissect: Dissector): PayloadReader => ({ dissect, accepts: () => false });

const table = new PortTable(
  [
    [always(low), [25]],
    [always(high), [8080]],
    [never(secure), [443, 21]],
    [always(low), [21]],
  ],
  [{ dissect: guess, recognises: (_, at) => at === 54 }],
);

function chosen(source: number, destination: number, at = 54): Dissector | undefined {
  return table.choose(new Dissection(), {
    ...{ table: 'tcpPayload', key: source, other: destination },
    ...{ at, end: at + 10 },
  });
}

describe('who reads a payload', () => {
  it('is first the lower port’s reader, then the higher’s, whoever sends', () => {
    expect(chosen(25, 8080)).toBe(low);
    expect(chosen(8080, 25)).toBe(low);
    expect(chosen(8080, 50_000)).toBe(high);
    expect(chosen(50_000, 8080)).toBe(high);
  });

  it('is another where the port’s own says no', () => {
    expect(chosen(443, 8080)).toBe(high);
    expect(chosen(443, 50_000)).toBe(guess);
    expect(chosen(21, 50_000)).toBe(low);
  });

  it('is on other ports whoever recognises it, or nobody', () => {
    expect(chosen(50_000, 50_001)).toBe(guess);
    expect(chosen(50_000, 50_001, 62)).toBeUndefined();
  });
});
