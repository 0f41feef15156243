// Rows of settings: a name, a value, what it means here, and whether that is odd.
import type { CutSockets, ListeningSocket } from '../probe/settings-facts.ts';
import { MOST_SOCKETS } from '../probe/settings-script.ts';
import type { NodeTime } from '../topology/model.ts';

export interface SettingRow {
  readonly name: string;
  readonly value: string;
  /** What it means here; null where the value says all. */
  readonly note: string | null;
  /** It stops packets that should pass, or soon will. */
  readonly odd: boolean;
}

/** Rows of a group that are listed. */
const MOST_ROWS = 300;

export interface SettingGroup {
  readonly title: string;
  /** At most `MOST_ROWS`. */
  readonly rows: readonly SettingRow[];
  /** What is not listed, a sentence each. */
  readonly rest: readonly string[];
}

/** With all its rows; `rest` where some were not read. */
export type WholeGroup = Omit<SettingGroup, 'rest'> & Partial<SettingGroup>;

export function bounded({ title, rows, rest = [] }: WholeGroup): SettingGroup {
  const more = rows.length - MOST_ROWS;
  return {
    title,
    rows: rows.slice(0, MOST_ROWS),
    rest: [...(more > 0 ? [`${String(more)} more are not listed here.`] : []), ...rest],
  };
}

export interface SettingsView {
  /** The node's time; null while nothing was read. */
  readonly at: NodeTime | null;
  /** What is not known and why. */
  readonly sentence: string | null;
  readonly groups: readonly SettingGroup[];
}

/** By path below /proc/sys/net. */
export type Get = (path: string) => string | null;

export interface Judgement {
  readonly note: string;
  readonly odd: boolean;
}

export const odd = (text: string): Judgement => ({ note: text, odd: true });
export const note = (text: string): Judgement => ({ note: text, odd: false });

export function rows(
  get: Get,
  wanted: readonly (readonly [string, string, (value: string) => Judgement | null])[],
): SettingRow[] {
  return wanted.flatMap(([name, path, judge]) => {
    const value = get(path);
    return value === null ? [] : { name, value, ...(judge(value) ?? { note: null, odd: false }) };
  });
}

export const LISTENING = 'Listening';

/** Those whose queue holds something, or overflowed, stand first where not all are listed. */
export function listeningGroup(sockets: readonly ListeningSocket[], cut: readonly CutSockets[]): WholeGroup {
  const some =
    sockets.length <= MOST_ROWS ? sockets : sockets.toSorted((a, b) => Number(isBusy(b)) - Number(isBusy(a)));
  const rest = cut.map(
    ({ protocol }) => `Of ${protocol} the first ${String(MOST_SOCKETS)} sockets were read; there are more.`,
  );
  return { title: LISTENING, rows: some.map(socketRow), rest };
}

function isBusy({ waiting, drops }: ListeningSocket): boolean {
  return waiting > 0 || drops > 0;
}

function socketRow({ protocol, address, port, waiting, drops }: ListeningSocket): SettingRow {
  const alone = address.startsWith('127.') || address === '::1';
  const notes = [
    ...(alone ? ['loopback alone: nothing reaches it from outside'] : []),
    ...(waiting > 0
      ? [
          protocol.startsWith('tcp')
            ? `${String(waiting)} wait to be accepted`
            : `${String(waiting)} bytes wait`,
        ]
      : []),
    ...(drops > 0 ? [`${String(drops)} dropped since it was opened`] : []),
  ];
  const where = address.includes(':') ? `[${address}]` : address;
  return { name: protocol, value: `${where}:${String(port)}`, note: notes.join('; ') || null, odd: false };
}
