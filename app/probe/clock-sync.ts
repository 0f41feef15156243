// What a node says of how right its clock is (clock-sync-script.ts). chronyc's CSV has the fields of its report in their order, seconds and ppm
// (chrony's client.c, process_cmd_tracking); the clock is off by no more than the system time's offset, root dispersion and half of root delay
// (chronyc(1), "Root dispersion"). ntpq's variables are of RFC 5905, in ms.
import type { NodeTime } from './facts.ts';
import { readSections, type ReadSection } from './section-reading.ts';

export interface ClockSync {
  readonly by: 'chrony' | 'ntpd' | 'systemd-timesyncd';
  /** When it was asked, by the node's clock; null: the answer does not say. */
  readonly at: NodeTime | null;
  /** By how much the clock may have been off, either way; null: nobody sets it right, or nobody knows how far. */
  readonly bound: {
    readonly plusMinusNs: number;
    /** By how much more for each ns since. */
    readonly drift: number;
  } | null;
  /** Whom it follows: an address, or the name of a clock; null: nobody. */
  readonly source: string | null;
}

/** chrony's `maxclockerror`: by how much a clock may go wrong although nobody sees it, ppm. */
const CHRONY_PPM = 1;
/** ntpd's PHI (RFC 5905, section 7.2), ppm. */
const NTPD_PPM = 15;
/** s: who is that far off is not being set right. */
const MOST_S = 1_000;

/** Null: nothing that tells is installed, or runs, or what it said was not understood. */
export function parseClockSync(
  stdout: Uint8Array,
  context: { readonly nonce: string; readonly nodeLabel: string; readonly seenAt: number },
): ClockSync | null {
  const { sections } = readSections(stdout, context);
  const ofChrony = read(sections.get('chrony'), parseChronyTracking, 'chrony');
  const ofNtpd = read(sections.get('ntp'), parseNtpqVariables, 'ntpd');
  // Of two that are installed one runs, as a rule; of one that follows nobody another may know better.
  const told = [ofChrony, ofNtpd].filter((one) => one !== null);
  const best = told.find(({ bound }) => bound !== null) ?? told[0];
  if (best !== undefined) return best;
  const timesync = sections.get('timesync');
  if (timesync === undefined) return null;
  const source = timesync.stdout.trim() === 'synchronized' ? 'systemd-timesyncd' : null;
  return { by: 'systemd-timesyncd', at: timesync.head.at, bound: null, source };
}

function read(
  section: ReadSection | undefined,
  parse: (text: string) => Pick<ClockSync, 'bound' | 'source'> | null,
  by: ClockSync['by'],
): ClockSync | null {
  const told = section?.state === 'ok' ? parse(section.stdout) : null;
  return told === null ? null : { ...told, by, at: section?.head.at ?? null };
}

/** "C0A80101,192.168.1.1,3,1795800650.834650198,0.000012,…,Normal"; null: not understood. */
export function parseChronyTracking(text: string): Pick<ClockSync, 'bound' | 'source'> | null {
  const fields = text.trim().split(',');
  const [id = '', address = '', , , systemTime, , , , residual, skew, delay, dispersion, , leap = ''] =
    fields;
  if (fields.length !== 14 || !/^[0-9A-F]{8}$/.test(id) || !/^[A-Z][a-z ]+$/.test(leap)) return null;
  const [offset, rest, error] = [systemTime, residual, skew].map(numberOf);
  const plusMinus = boundOf(offset, numberOf(delay), numberOf(dispersion), 1);
  const ppm = Math.abs(rest ?? NaN) + Math.abs(error ?? NaN) + CHRONY_PPM;
  if (plusMinus === null || Number.isNaN(ppm)) return null;
  // 127.127.1.1: its own clock, of which it says that it is right.
  if (leap === 'Not synchronised' || id === '00000000' || id.startsWith('7F7F01'))
    return { bound: null, source: null };
  return { bound: { plusMinusNs: plusMinus, drift: ppm * 1e-6 }, source: address === '' ? id : address };
}

/** "associd=0 status=0615 leap_none, sync_ntp, …, stratum=3, rootdelay=1.2, rootdisp=3.4, refid=10.0.0.1, …, offset=0.1"; null: not understood. */
export function parseNtpqVariables(text: string): Pick<ClockSync, 'bound' | 'source'> | null {
  const variables = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/\b([a-z_]+)=("[^"]*"|[^,\s]*)/g))
    if (!variables.has(name)) variables.set(name, value);
  const [offset, delay, dispersion] = ['offset', 'rootdelay', 'rootdisp'].map((name) =>
    numberOf(variables.get(name)),
  );
  const plusMinus = boundOf(offset, delay, dispersion, 1_000);
  const [stratum, source = ''] = [numberOf(variables.get('stratum')), variables.get('refid')];
  if (plusMinus === null || Number.isNaN(stratum)) return null;
  if (
    stratum >= 16 ||
    stratum < 1 ||
    /\bleap_alarm\b/.test(text) ||
    /^(127\.127\.1\.|LOCL$|LOCAL\b|INIT$)/.test(source)
  )
    return { bound: null, source: null };
  return { bound: { plusMinusNs: plusMinus, drift: NTPD_PPM * 1e-6 }, source };
}

/** ns. @param parts of a second in one of the numbers' unit */
function boundOf(offset = NaN, delay = NaN, dispersion = NaN, parts: number): number | null {
  const plusMinus = (Math.abs(offset) + Math.abs(delay) / 2 + Math.abs(dispersion)) / parts;
  return plusMinus <= MOST_S ? plusMinus * 1e9 : null;
}

function numberOf(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : NaN;
}
