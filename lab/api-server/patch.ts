// The two patches that kubectl sends: JSON merge patch (RFC 7386) and Kubernetes' strategic merge patch
// (k8s.io/apimachinery pkg/util/strategicpatch; merge keys from the patchMergeKey tags of k8s.io/api core/v1).
import { isJsonObject, isList, valueAt, type Json, type JsonObject } from './json.ts';

/** RFC 7386: null deletes, objects merge, everything else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, Json | undefined> = isJsonObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null || value === undefined) Reflect.deleteProperty(merged, field);
    else setField(merged, field, mergePatch(merged[field], value));
  }
  return merged;
}

/** Plain assignment of `__proto__` would change the prototype instead of making a field. */
function setField(target: Record<string, Json | undefined>, field: string, value: Json): void {
  Object.defineProperty(target, field, { value, writable: true, enumerable: true, configurable: true });
}

/** A list field's merge key; '' for a list of plain values that merges as a set. Lists not named here are replaced. */
type MergeKeys = Readonly<Record<string, string>>;

const everywhere: MergeKeys = { ownerReferences: 'uid', finalizers: '' };
const byKind: Readonly<Record<string, MergeKeys>> = {
  Pod: {
    ...everywhere,
    containers: 'name',
    initContainers: 'name',
    ephemeralContainers: 'name',
    volumes: 'name',
    env: 'name',
    imagePullSecrets: 'name',
    ports: 'containerPort',
    volumeMounts: 'mountPath',
    hostAliases: 'ip',
    podIPs: 'ip',
    hostIPs: 'ip',
    conditions: 'type',
  },
  Service: { ...everywhere, ports: 'port', conditions: 'type' },
  Node: { ...everywhere, addresses: 'type', conditions: 'type', podCIDRs: '' },
};

export function strategicMergePatch(target: JsonObject, patch: JsonObject, kind: string): JsonObject {
  return mergeObject(target, patch, byKind[kind] ?? everywhere);
}

const ORDER = '$setElementOrder/';
const DELETE_PLAIN = '$deleteFromPrimitiveList/';

function mergeObject(target: JsonObject, patch: JsonObject, keys: MergeKeys): JsonObject {
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === 'replace') return fields;
  if (directive === 'delete') return {};
  const merged: Record<string, Json | undefined> = { ...target };
  if (isList(retained)) {
    for (const field of Object.keys(merged)) {
      if (!retained.includes(field)) Reflect.deleteProperty(merged, field);
    }
  }
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || field.startsWith(ORDER)) continue;
    if (field.startsWith(DELETE_PLAIN)) {
      const list = field.slice(DELETE_PLAIN.length);
      const gone = isList(value) ? value : [];
      const kept = merged[list];
      if (isList(kept)) merged[list] = kept.filter((item) => !gone.includes(item));
    } else if (value === null) Reflect.deleteProperty(merged, field);
    else setField(merged, field, mergeField(merged[field], value, keys[field], keys));
  }
  for (const [field, order] of Object.entries(fields)) {
    const list = field.startsWith(ORDER) ? field.slice(ORDER.length) : '';
    const items = merged[list];
    if (isList(items) && isList(order)) merged[list] = inOrder(items, order, keys[list] ?? '');
  }
  return merged;
}

function mergeField(target: Json | undefined, value: Json, key: string | undefined, keys: MergeKeys): Json {
  if (isJsonObject(value)) return mergeObject(isJsonObject(target) ? target : {}, value, keys);
  if (!isList(value) || key === undefined) return value;
  const items = isList(target) ? target : [];
  if (key === '') return [...items, ...value.filter((item) => !items.includes(item))];
  return mergeItems(items, value, key, keys);
}

function mergeItems(items: readonly Json[], patch: readonly Json[], key: string, keys: MergeKeys): Json[] {
  const replaces = patch.some((item) => valueAt(item, '$patch') === 'replace');
  const merged = replaces ? [] : [...items];
  for (const item of patch) {
    const directive = valueAt(item, '$patch');
    if (directive === 'replace' || !isJsonObject(item)) continue;
    const at = merged.findIndex((candidate) => valueAt(candidate, key) === valueAt(item, key));
    const found = merged[at];
    if (directive === 'delete') {
      if (at >= 0) merged.splice(at, 1);
    } else if (isJsonObject(found)) merged[at] = mergeObject(found, item, keys);
    else merged.push(mergeObject({}, item, keys));
  }
  return merged;
}

/** Listed items first and in the listed order; what the patch does not know of stays behind them, as it was. */
function inOrder(items: readonly Json[], order: readonly Json[], key: string): Json[] {
  const rank = (item: Json): number => {
    const at = order.findIndex((wanted) =>
      key === '' ? wanted === item : valueAt(wanted, key) === valueAt(item, key),
    );
    return at < 0 ? order.length : at;
  };
  return [...items].sort((a, b) => rank(a) - rank(b));
}
