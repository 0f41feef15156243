// Just enough OpenAPI for `kubectl apply`: it downloads the v2 document to validate with (a v3 one first, where there is
// one) and fails without it. This one has no schemas, so nothing is validated.
// Sources: k8s.io/kubectl pkg/cmd/util/factory_client_access.go (Validator); gnostic openapiv2/OpenAPIv2.proto.
import type { JsonObject } from './json.ts';

const TITLE = 'Kubernetes (lab)';
const DOCUMENT_VERSION = 'v1.32.4';

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
