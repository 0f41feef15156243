// Objects of the Kubernetes API as `kubectl get … -o json` or `-o yaml` and calicoctl print them: one, a List, or several documents.
import { parseAllDocuments } from 'yaml';
import { fail, ok, type Result } from '../result.ts';
import type { KubeFacts, KubeKind } from '../probe/kube-facts.ts';
import { ALL_KUBE_KINDS, KUBE_KINDS } from '../probe/kube-kinds.ts';

export interface ReadObject<K extends KubeKind = KubeKind> {
  readonly kind: K;
  readonly fact: KubeFacts[K];
}

export interface ReadObjects {
  readonly known: readonly ReadObject[];
  /** Of kinds that nothing here asks for. */
  readonly foreign: number;
  /** Of a kind that is known, and not what one of it should be: their names. */
  readonly odd: readonly string[];
}

/** As many as a cluster of 5,000 nodes has of its most frequent kind, twice. */
const MOST_OBJECTS = 200_000;
/** Characters of a whole paste. YAML takes fifty times as long as JSON: two seconds a million. */
const LONGEST_YAML = 4_000_000;

/**
 * Null when the text is JSON or YAML of something else; a failure says why it cannot be read.
 * @param yamlBefore characters of YAML that the same paste had before this.
 */
export function kubernetesObjects(
  text: string,
  format: 'json' | 'yaml',
  yamlBefore = 0,
): Result<ReadObjects, string> | null {
  if (!/apiVersion\W/.test(text)) return null;
  if (format === 'yaml' && yamlBefore + text.length > LONGEST_YAML)
    return fail('more YAML than is read at once: paste it as JSON (kubectl get … -o json), or kind by kind');
  const values = format === 'json' ? fromJson(text) : fromYaml(text);
  if (!values.ok) return values;
  const items = values.value.flatMap((value) => itemsOf(value)).slice(0, MOST_OBJECTS);
  if (items.length === 0 && !values.value.some((value) => textAt(value, 'apiVersion') !== null)) return null;
  const known: ReadObject[] = [];
  const odd: string[] = [];
  let foreign = 0;
  for (const item of items) {
    const kind = kindOf(item);
    const fact = kind === null ? null : KUBE_KINDS[kind].factOf(item.object);
    if (kind === null) foreign += 1;
    else if (fact === null)
      odd.push(`${item.kind} ${textAt(fieldOf(item.object, 'metadata'), 'name') ?? ''}`);
    else known.push({ kind, fact });
  }
  return ok({ known, foreign, odd });
}

function fromJson(text: string): Result<unknown[], string> {
  try {
    return ok([JSON.parse(text)]);
  } catch (error) {
    return fail(`no whole JSON (${error instanceof Error ? error.message.slice(0, 120) : ''})`);
  }
}

function fromYaml(text: string): Result<unknown[], string> {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false });
    const values: unknown[] = [];
    for (const document of documents) {
      const [error] = document.errors;
      if (error !== undefined)
        return fail(`no whole YAML (${error.message.split('\n')[0]?.slice(0, 120) ?? ''})`);
      // Aliases that grow to more than this are an attack.
      values.push(document.toJS({ maxAliasCount: 100 }));
    }
    return ok(values);
  } catch {
    // Nested deeper than the stack, or grown by aliases.
    return fail('no YAML that can be read');
  }
}

interface Item {
  readonly object: unknown;
  /** As it says itself, or its list: `NetworkPolicy`. */
  readonly kind: string;
  readonly apiVersion: string;
}

function itemsOf(value: unknown): Item[] {
  const kind = textAt(value, 'kind') ?? '';
  const apiVersion = textAt(value, 'apiVersion') ?? '';
  const items = fieldOf(value, 'items');
  if (!Array.isArray(items)) return apiVersion === '' ? [] : [{ object: value, kind, apiVersion }];
  // Items of a PodList need not say what they are.
  return items.map((object: unknown) => ({
    object,
    kind: textAt(object, 'kind') ?? kind.replace(/List$/, ''),
    apiVersion: textAt(object, 'apiVersion') ?? apiVersion,
  }));
}

/** By group and plural, as the API serves them: `NetworkPolicy` is one of Kubernetes' own, and another of Calico's. */
const kinds = new Map<string, KubeKind>(
  ALL_KUBE_KINDS.flatMap((kind) =>
    KUBE_KINDS[kind].resources.map(({ groupVersion, plural }): [string, KubeKind] => [
      `${groupOf(groupVersion)}/${plural}`,
      kind,
    ]),
  ),
);

function kindOf({ kind, apiVersion }: Item): KubeKind | null {
  const plural = kind.toLowerCase().replace(/y$/, 'ie').concat('s');
  return kinds.get(`${groupOf(apiVersion)}/${plural}`) ?? null;
}

/** Core has none. Another version of the same group has the same objects. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

function fieldOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : null;
}

function textAt(value: unknown, name: string): string | null {
  const field = fieldOf(value, name);
  return typeof field === 'string' ? field.slice(0, 253) : null;
}
