// What a request's body is, by its Content-Type: an object, or one of the patches that this server understands.
import { fail, ok, type Result } from '../../app/result.ts';
import { unsupportedMediaType, type ApiFailure } from './api-status.ts';
import { apiVersionOf, CALICO_GROUP, type Resource } from './kinds.ts';

export type BodyFormat = 'object' | 'merge-patch' | 'strategic-merge-patch';

const JSON_TYPE = 'application/json';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';

export function bodyFormat(
  resource: Resource,
  method: string,
  contentType: string | undefined,
): Result<BodyFormat, ApiFailure> {
  const [media = ''] = (contentType ?? JSON_TYPE).split(';', 1);
  const type = media.trim().toLowerCase();
  if (method !== 'PATCH') return type === JSON_TYPE ? ok('object') : fail(unsupported(type, JSON_TYPE));
  if (type === MERGE) return ok('merge-patch');
  // As with real custom resources: there is no Go type whose tags would say how lists merge.
  if (resource.group === CALICO_GROUP) return fail(unsupported(type, MERGE));
  if (type === STRATEGIC) return ok('strategic-merge-patch');
  return fail(
    unsupported(`${type} of ${apiVersionOf(resource)} ${resource.plural}`, `${MERGE}, ${STRATEGIC}`),
  );
}

function unsupported(type: string, accepted: string): ApiFailure {
  return unsupportedMediaType(
    `the lab's API server does not take a body of ${type} - accepted media types include: ${accepted}; with kubectl, write a manifest and apply it`,
  );
}
