// Kubernetes' Status object, the answer to every request that fails.
// Source: k8s.io/apimachinery pkg/api/errors/errors.go (codes, reasons and wording).
import type { JsonObject } from './json.ts';
import { resourceId, type Resource } from './kinds.ts';

export interface ApiFailure {
  /** HTTP status code. */
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: JsonObject;
}

export function statusObject(failure: ApiFailure): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: failure.message,
    reason: failure.reason,
    ...(failure.details === undefined ? {} : { details: failure.details }),
    code: failure.code,
  };
}

function about(resource: Resource, name: string): JsonObject {
  return { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural };
}

export function notFound(resource: Resource, name: string): ApiFailure {
  const message = `${resourceId(resource)} "${name}" not found`;
  return { code: 404, reason: 'NotFound', message, details: about(resource, name) };
}

export function noSuchPath(): ApiFailure {
  return {
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  };
}

export function alreadyExists(resource: Resource, name: string): ApiFailure {
  const message = `${resourceId(resource)} "${name}" already exists`;
  return { code: 409, reason: 'AlreadyExists', message, details: about(resource, name) };
}

export function conflict(resource: Resource, name: string, why: string): ApiFailure {
  const message = `Operation cannot be fulfilled on ${resourceId(resource)} "${name}": ${why}`;
  return { code: 409, reason: 'Conflict', message, details: about(resource, name) };
}

export function invalid(resource: Resource, name: string, field: string, why: string): ApiFailure {
  const message = `${resource.kind}${resource.group === '' ? '' : `.${resource.group}`} "${name}" is invalid: ${field}: ${why}`;
  const details = {
    ...about(resource, name),
    causes: [{ reason: 'FieldValueInvalid', message: why, field }],
  };
  return { code: 422, reason: 'Invalid', message, details };
}

export function badRequest(message: string): ApiFailure {
  return { code: 400, reason: 'BadRequest', message };
}

export function expired(message: string): ApiFailure {
  return { code: 410, reason: 'Expired', message };
}

export function tooLargeRevision(asked: number, current: number): ApiFailure {
  return {
    code: 504,
    reason: 'Timeout',
    message: `Too large resource version: ${String(asked)}, current: ${String(current)}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  };
}

export function methodNotAllowed(what: string): ApiFailure {
  return {
    code: 405,
    reason: 'MethodNotAllowed',
    message: `the lab's API server does not allow this method on ${what}`,
  };
}

export function notImplemented(what: string): ApiFailure {
  const message = `the lab's API server does not implement ${what}: use a shell on the Pod's node and nsenter instead`;
  return { code: 501, reason: 'NotImplemented', message };
}

export function tooManyWatchers(limit: number): ApiFailure {
  return {
    code: 429,
    reason: 'TooManyRequests',
    message: `the lab's API server holds at most ${String(limit)} watches: end one of them and try again`,
    details: { retryAfterSeconds: 1 },
  };
}

export function bodyTooLarge(limit: number): ApiFailure {
  return {
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: limit is ${String(limit)}`,
  };
}

export function unsupportedMediaType(message: string): ApiFailure {
  return { code: 415, reason: 'UnsupportedMediaType', message };
}

export function notAcceptable(): ApiFailure {
  return {
    code: 406,
    reason: 'NotAcceptable',
    message: 'only the following media types are accepted: application/json',
  };
}

export function internalError(message: string): ApiFailure {
  return { code: 500, reason: 'InternalError', message: `Internal error occurred: ${message}` };
}
