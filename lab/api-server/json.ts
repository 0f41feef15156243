// What travels on the wire, as types: JSON, and the two fields of an object that the server itself reads.
// Shapes: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

export interface ObjectMeta extends JsonObject {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** RFC 3339 with whole seconds, as Kubernetes writes it. */
  readonly creationTimestamp?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value under a path of field names; undefined when any step is absent or not an object. */
export function valueAt(value: Json | undefined, ...path: string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const field of path) {
    if (!isJsonObject(here) || !Object.hasOwn(here, field)) return undefined;
    here = here[field];
  }
  return here;
}

/** The string under a path, '' when there is none. */
export function textAt(value: Json | undefined, ...path: string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The number under a path, 0 when there is none. */
export function numberAt(value: Json | undefined, ...path: string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : 0;
}

/** The list under a path, empty when there is none. */
export function listAt(value: Json | undefined, ...path: string[]): readonly Json[] {
  const found = valueAt(value, ...path);
  return isList(found) ? found : [];
}

/** The string-to-string map under a path (labels, selectors), empty when there is none. */
export function mapAt(value: Json | undefined, ...path: string[]): ReadonlyMap<string, string> {
  const found = valueAt(value, ...path);
  const map = new Map<string, string>();
  if (!isJsonObject(found)) return map;
  for (const [key, entry] of Object.entries(found)) {
    if (typeof entry === 'string') map.set(key, entry);
  }
  return map;
}

/** The object less some of its fields. */
export function without(object: JsonObject, ...fields: string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));
}

/** Kubernetes' time of whole seconds: 2026-11-24T02:34:09Z. */
export function kubeTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
