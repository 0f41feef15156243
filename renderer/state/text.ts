// How the window says times, ages and addresses. Pure.
import type { InterfaceAddress, NodeTime, PodEntity } from '../../app/topology/model.ts';

/** "12 s", "4 m 05 s", "3 h 57 m", "2 d 4 h". */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} m ${two(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${String(hours)} h ${two(minutes % 60)} m`;
  return `${String(Math.floor(hours / 24))} d ${String(hours % 24)} h`;
}

/** "14:22:07" in UTC, as the nodes' own logs say it. */
export function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

export function nodeClockText(time: NodeTime): string {
  return clockText(nodeTimeMs(time));
}

/** "2026-11-24 14:22:07 UTC". */
export function dateText(time: NodeTime): string {
  return `${new Date(nodeTimeMs(time)).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function nodeTimeMs(time: NodeTime): number {
  return time.s * 1000 + Math.floor(time.ns / 1_000_000);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

export function podTitle(pod: PodEntity): string {
  return pod.namespace === null ? pod.name : `${pod.namespace}/${pod.name}`;
}

export function addressText(address: InterfaceAddress): string {
  return `${address.address}/${String(address.prefixLength)}`;
}

/** ".1.2" for 192.168.1.2: enough to tell Pods of one cluster apart at a glance. IPv6 keeps its last group. */
export function shortAddress(address: string): string {
  if (address.includes(':')) return `…:${address.slice(address.lastIndexOf(':') + 1)}`;
  const octets = address.split('.');
  return octets.length === 4 ? `.${octets.slice(2).join('.')}` : address;
}

/** Keeps head and tail, since generated names differ at both ends. */
export function middleEllipsis(text: string, length: number): string {
  if (text.length <= length) return text;
  if (length <= 1) return '…';
  const kept = length - 1;
  const tail = Math.floor(kept / 2);
  return `${text.slice(0, kept - tail)}…${tail === 0 ? '' : text.slice(-tail)}`;
}

export function countText(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A number; one nobody could read is a dash. */
export function numberOrDash(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en');
}

/** "312 B", "4.2 KiB". */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** "7 µs", "1.2 ms", "3.0 s". */
export function usText(us: number): string {
  const size = Math.abs(us);
  if (size < 10) return `${us.toFixed(size < 0.95 && size > 0 ? 1 : 0)} µs`;
  if (size < 1_000) return `${us.toFixed(0)} µs`;
  if (size < 1_000_000) return `${(us / 1_000).toFixed(size < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}
