// Rows of settings: a name, a value, what it means here, and whether that is odd.
import type { ListeningSocket } from '../probe/settings-facts.ts';
import type { NodeTime } from '../topology/model.ts';

export interface SettingRow {
  readonly name: string;
  readonly value: string;
  /** What it means here; null where the value says all. */
  readonly note: string | null;
  /** It stops packets that should pass, or soon will. */
  readonly odd: boolean;
}

export interface SettingGroup {
  readonly title: string;
  readonly rows: readonly SettingRow[];
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

export function socketRow({ protocol, address, port, waiting, drops }: ListeningSocket): SettingRow {
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
