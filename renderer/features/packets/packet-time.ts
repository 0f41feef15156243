// How the table says when. Pure.
import type { NodeTime } from '../../../app/topology/model.ts';

/**
 * Seconds with µs since the run's start, "12.345678". The packet's time is its node's clock, the start is ours: where
 * they disagree the first packets may come before it, "−0.002100".
 */
export function sinceStart(at: NodeTime, startMs: number): string {
  const startS = Math.floor(startMs / 1000);
  const micros = Math.floor(at.ns / 1000) - (startMs - startS * 1000) * 1000;
  const total = (at.s - startS) * 1_000_000 + Math.round(micros);
  const size = Math.abs(total);
  const text = `${String(Math.floor(size / 1_000_000))}.${String(size % 1_000_000).padStart(6, '0')}`;
  return total < 0 ? `−${text}` : text;
}

/** "2026-11-24 14:22:07.123456789 UTC". */
export function exactText({ s, ns }: NodeTime): string {
  const date = new Date(s * 1000).toISOString();
  return `${date.slice(0, 10)} ${date.slice(11, 19)}.${String(ns).padStart(9, '0')} UTC`;
}
