// Lines of daemons' logs, as the node narrowed them (daemon-logs-script.ts): journalctl's short-unix, klog in a file
// (k8s.io/klog "Log line format"), the container runtime's (CRI logging format, docker's json-file) around what calico-node writes, BIRD's own file (sysdep/unix/log.c).
import { plainText } from '../plain-text.ts';
import type { NodeTime, UnreadLine } from './facts.ts';

export interface LogMessage {
  readonly at: NodeTime;
  /** `kubelet`, `calico-node`, `systemd-networkd`, … */
  readonly daemon: string;
  readonly level: 'error' | 'warning' | 'other';
  /** Without its time. */
  readonly text: string;
}

export interface DaemonLogs {
  /** In the order of their time. */
  readonly messages: readonly LogMessage[];
  readonly unread: readonly UnreadLine[];
}

/** One output: whose it is by where it came from; null for the journal, which says so itself. */
export interface PrintedLog {
  readonly daemon: string | null;
  readonly text: string;
  /** When it was read, the node's time. */
  readonly at: NodeTime;
}

const UNREAD_KEPT = 20;
const LONGEST_LINE = 1_000;
const LONGEST_TEXT = 300;
/** Older ones are left out. */
const MOST_AGE_S = 3_600;
/** Of clocks that were set, and of what was written while it was read. */
const AHEAD_S = 60;

export function parseDaemonLogs(logs: readonly PrintedLog[]): DaemonLogs {
  const messages: LogMessage[] = [];
  const unread: UnreadLine[] = [];
  for (const { daemon, text, at } of logs) {
    const zone = zoneOf(text);
    text.split('\n').forEach((whole, index) => {
      const line = whole.slice(0, LONGEST_LINE).trimEnd();
      if (line === '' || /^zone |^-- /.test(line)) return;
      const read = daemon === null ? journalLine(line) : fileLine(line, daemon, at, zone);
      if (read === null) {
        if (unread.length < UNREAD_KEPT) unread.push({ line: index + 1, text: line.slice(0, 200) });
      } else if (read.at.s >= at.s - MOST_AGE_S && read.at.s <= at.s + AHEAD_S) messages.push(read);
    });
  }
  messages.sort((a, b) => a.at.s - b.at.s || a.at.ns - b.at.ns);
  return { messages, unread };
}

/** `zone +0530` in the first line: seconds ahead of UTC. */
function zoneOf(text: string): number {
  const found = /^zone ([+-])(\d\d)(\d\d)(?:\n|$)/.exec(text);
  if (found === null) return 0;
  const seconds = Number(found[2]) * 3_600 + Number(found[3]) * 60;
  return found[1] === '-' ? -seconds : seconds;
}

/** 1732617600.123456 k8s-master kubelet[812]: E1126 10:43:11.123456     812 kubelet.go:3117] "…" */
function journalLine(line: string): LogMessage | null {
  const found = /^(\d{1,12})\.(\d{1,9}) \S+ ([^\s[:]{1,64})(?:\[\d+\])?: (.*)$/.exec(line);
  if (found === null) return null;
  const [, seconds = '', parts = '', daemon = '', said = ''] = found;
  const at = { s: Number(seconds), ns: Number(parts.padEnd(9, '0')) };
  const klog = klogLine(said);
  return { at, daemon, level: klog?.level ?? levelOf(said), text: excerpt(klog?.text ?? said) };
}

function fileLine(line: string, daemon: string, now: NodeTime, zone: number): LogMessage | null {
  const container = containerLine(line);
  const said = container?.said ?? line;
  const klog = klogLine(said);
  const at = container?.at ?? (klog === null ? localTime(said, zone) : klogTime(klog, now, zone));
  if (at === null) return null;
  return { at, daemon, level: klog?.level ?? levelOf(said), text: excerpt(klog?.text ?? withoutTime(said)) };
}

/** `2026-11-26T10:43:11.123456789Z stderr F …`, or docker's `{"log":"…","stream":"stderr","time":"…"}`. */
function containerLine(line: string): { readonly at: NodeTime; readonly said: string } | null {
  const cri = /^(\d{4}-\S{10,40}) (?:stdout|stderr) [FP] (.*)$/.exec(line);
  const docker = cri === null && line.startsWith('{"log":') ? dockerLine(line) : null;
  const [time, said] = cri === null ? (docker ?? []) : [cri[1], cri[2]];
  const at = time === undefined ? null : isoTime(time);
  return at === null || said === undefined ? null : { at, said };
}

/** It may have been cut: then its time, which comes last, is gone. */
function dockerLine(line: string): readonly [time: string, said: string] | null {
  try {
    const { log, time } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return typeof log === 'string' && typeof time === 'string' ? [time, log.trimEnd()] : null;
  } catch {
    return null;
  }
}

function isoTime(text: string): NodeTime | null {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return null;
  const s = Math.floor(ms / 1000);
  return { s, ns: (ms - s * 1000) * 1_000_000 };
}

interface KlogLine {
  readonly level: LogMessage['level'];
  readonly text: string;
  readonly fields: readonly number[];
}

/** Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg */
function klogLine(line: string): KlogLine | null {
  const found = /^([IWEF])(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6}) +\d+ \S+\] (.*)$/.exec(line);
  if (found === null) return null;
  const [, letter = '', ...rest] = found;
  const level = letter === 'W' ? 'warning' : letter === 'I' ? 'other' : 'error';
  return { level, text: rest.at(-1) ?? '', fields: rest.slice(0, -1).map(Number) };
}

/** The latest such day that is not yet to come. */
function klogTime({ fields }: KlogLine, now: NodeTime, zone: number): NodeTime | null {
  const [month = 0, day = 0, hours = 0, minutes = 0, seconds = 0, micros = 0] = fields;
  const year = new Date((now.s + zone) * 1000).getUTCFullYear();
  for (const each of [year, year - 1]) {
    const ms = Date.UTC(each, month - 1, day, hours, minutes, seconds);
    const s = ms / 1000 - zone;
    if (s <= now.s + AHEAD_S) return { s, ns: micros * 1_000 };
  }
  return null;
}

/** BIRD's: 2026-11-26 10:43:11.123 <ERR> … */
function localTime(said: string, zone: number): NodeTime | null {
  const found = LOCAL_TIME.exec(said);
  const at = found === null ? null : isoTime(`${found[1] ?? ''}T${found[2] ?? ''}Z`);
  return at === null ? null : { ...at, s: at.s - zone };
}

const LOCAL_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,9})?) /;

/** Felix's and confd's: 2026-11-26 10:43:11.123 [WARNING][65] felix/int_dataplane.go 123: …; BIRD's: <ERR> … */
function levelOf(said: string): LogMessage['level'] {
  const word =
    /\[(ERROR|WARNING|FATAL|PANIC)\]|<(WARN|ERR|AUTH|FATAL|BUG)>/.exec(said)?.slice(1).join('') ?? '';
  if (word === '') return 'other';
  return word.startsWith('WARN') ? 'warning' : 'error';
}

function withoutTime(said: string): string {
  return said.replace(LOCAL_TIME, '');
}

function excerpt(said: string): string {
  return plainText(said.length > LONGEST_TEXT ? `${said.slice(0, LONGEST_TEXT)}…` : said);
}
