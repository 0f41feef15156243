// What every object of the Kubernetes API has, and how its fields are taken: hostile or odd ones are bounded or left out,
// so that one object's whim costs neither the list nor our memory.
import { z } from 'zod';
import type { PodFact } from './kube-facts.ts';

/** Names are at most 253 characters long (RFC 1123); longer ones are not Kubernetes'. */
const name = z.string().min(1).max(253);

export const objectMetadata = z.object({
  name,
  namespace: name.optional(),
  uid: z.string().max(253).optional(),
  resourceVersion: z.string().max(253).optional(),
  creationTimestamp: z.string().nullable().optional(),
  deletionTimestamp: z.string().nullable().optional(),
  labels: z.unknown().optional(),
  annotations: z.unknown().optional(),
});

/** Labels or annotations that are kept of one object. */
const mostLabels = 64;
/** An annotation may hold 256 KiB; those that we read are short. */
const longestValue = 1024;

/** The string values of a map, in its order. `wanted` tells by the key. */
export function stringMap(
  map: unknown,
  wanted: (key: string) => boolean = () => true,
): Readonly<Record<string, string>> {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return {};
  const kept = Object.entries(map).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' && value.length <= longestValue && key.length <= 317 && wanted(key)
      ? [[key, value]]
      : [],
  );
  return Object.fromEntries(kept.slice(0, mostLabels));
}

/** Longer values are no labels (apimachinery's validation). */
const longestLabel = 63;

/** A Pod's labels, and how many are not kept: 10,000 Pods may have as many as somebody likes. */
export function podLabels(map: unknown): Pick<PodFact, 'labels' | 'moreLabels'> {
  const all = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.keys(map).length : 0;
  const labels = Object.fromEntries(
    Object.entries(stringMap(map)).filter(([, value]) => value.length <= longestLabel),
  );
  return { labels, moreLabels: all - Object.keys(labels).length };
}

/** A Kubernetes label selector in kubectl's notation: `app=web,tier in (a,b),!legacy`; '' matches everybody. */
export function selectorText(selector: unknown): string {
  const read = labelSelector.safeParse(selector);
  if (!read.success) return '';
  const { matchExpressions } = read.data;
  const equals = Object.entries(stringMap(read.data.matchLabels)).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.slice(0, mostLabels).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${values.slice(0, mostLabels).join(',')})`;
  });
  return [...equals, ...expressions].join(',');
}

const labelSelector = z.object({
  matchLabels: z.unknown().optional(),
  matchExpressions: z
    .array(
      z.object({ key: z.string().max(317), operator: z.string(), values: z.array(z.string()).default([]) }),
    )
    .default([]),
});

/** '' is nothing, as Go leaves a field that is not set. */
export function orNull(text: string | undefined | null): string | null {
  return text === undefined || text === null || text === '' ? null : text;
}

/** Of a number that may be anything. */
export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
