// meta.k8s.io Table, the form in which kubectl asks for what it prints.
// Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
import type { JsonObject, KubeObject } from './json.ts';
import type { Resource } from './kinds.ts';
import { columnsOf } from './table-columns.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableForm {
  readonly version: 'v1' | 'v1beta1';
  readonly include: IncludeObject;
}

export function tableOf(
  resource: Resource,
  objects: readonly KubeObject[],
  listMeta: JsonObject,
  form: TableForm,
  now: Date,
): JsonObject {
  const columns = columnsOf(resource);
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata: listMeta,
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: 'string',
      format: column.format ?? '',
      description: '',
      priority: column.wide === true ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...rowObject(object, form),
    })),
  };
}

function rowObject(object: KubeObject, form: TableForm): JsonObject {
  if (form.include === 'None') return {};
  if (form.include === 'Object') return { object };
  return {
    object: {
      kind: 'PartialObjectMetadata',
      apiVersion: `meta.k8s.io/${form.version}`,
      metadata: object.metadata,
    },
  };
}
