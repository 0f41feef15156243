// Just enough OpenAPI for `kubectl apply`: it looks for a fieldValidation parameter (v3, kubectl 1.27 and later) or
// downloads the v2 document to validate with (before that), and fails without either. Schemas are absent, so nothing
// is validated. Sources: k8s.io/cli-runtime pkg/resource/query_param_verifier_v3.go; gnostic openapiv2/OpenAPIv2.proto.
import type { JsonObject } from './json.ts';
import { apiVersionOf, pathOf, RESOURCES } from './kinds.ts';

const TITLE = 'Kubernetes (lab)';
const DOCUMENT_VERSION = 'v1.32.4';

/** GET /openapi/v3: where each group version's document is. */
export function openApiRoot(): JsonObject {
  const names = [...new Set(RESOURCES.map((row) => pathOf(row, '').split('/').slice(1, -1).join('/')))];
  return {
    paths: Object.fromEntries(names.map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}` }])),
  };
}

/** GET /openapi/v3/api/v1 and the like; null for a group version that is not served. */
export function openApiDocument(apiVersion: string): JsonObject | null {
  const rows = RESOURCES.filter((row) => apiVersionOf(row) === apiVersion);
  if (rows.length === 0) return null;
  const paths = rows.map((row) => {
    const scope = row.namespaced ? '{namespace}' : '';
    const path = `${decodeURIComponent(pathOf(row, scope))}/{name}`;
    const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
      name,
      in: 'query',
      schema: { type: 'string', uniqueItems: true },
    }));
    const kind = { group: row.group, version: row.version, kind: row.kind };
    return [path, { patch: { parameters, 'x-kubernetes-group-version-kind': kind, responses: {} } }] as const;
  });
  return {
    openapi: '3.0.0',
    info: { title: TITLE, version: DOCUMENT_VERSION },
    paths: Object.fromEntries(paths),
    components: { schemas: {} },
  };
}

export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** GET /openapi/v2 as JSON: a document without paths. */
export function openApiV2(): JsonObject {
  return { swagger: '2.0', info: { title: TITLE, version: DOCUMENT_VERSION }, paths: {} };
}

/** The same as protobuf, the only form that old kubectl takes: Document{swagger=1, info=2{title=1, version=2}, paths=8}. */
export function openApiV2Protobuf(): Buffer {
  const info = Buffer.concat([field(1, Buffer.from(TITLE)), field(2, Buffer.from(DOCUMENT_VERSION))]);
  return Buffer.concat([field(1, Buffer.from('2.0')), field(2, info), field(8, Buffer.alloc(0))]);
}

/** A length-delimited protobuf field; everything here is shorter than 128 bytes, so lengths are one byte. */
function field(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value]);
}
