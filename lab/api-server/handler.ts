// One request: which path it names, and who answers it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, internalError, methodNotAllowed, noSuchPath } from './api-status.ts';
import {
  aggregatedDiscovery,
  coreVersions,
  groupList,
  groupObject,
  resourceList,
  SERVER_VERSION,
} from './discovery.ts';
import type { JsonObject } from './json.ts';
import { aggregatedVersion, names } from './negotiate.ts';
import { OPENAPI_V2_PROTOBUF, openApiV2, openApiV2Protobuf } from './openapi.ts';
import { handleResource, type Services } from './resource-handler.ts';
import { send, sendFailure, sendJson } from './respond.ts';
import { parseTarget } from './target.ts';

/** Answers every request, a bug included: the server outlives it. */
export async function handleRequest(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const location = parseLocation(request.url ?? '/');
    if (location === null) {
      sendFailure(response, badRequest('the request path cannot be read'));
      return;
    }
    if (isAboutServer(location.segments)) answerAboutServer(location.segments, request, response);
    else {
      const target = parseTarget(location.segments);
      if (target === null) sendFailure(response, noSuchPath());
      else await handleResource(services, target, location.query, request, response);
    }
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy();
    else sendFailure(response, internalError(error instanceof Error ? error.message : String(error)));
  }
}

/** Null when the path cannot be read. */
export function parseLocation(url: string): { segments: string[]; query: URLSearchParams } | null {
  try {
    const parsed = new URL(url, 'http://lab');
    const segments = parsed.pathname.split('/').filter((segment) => segment !== '');
    return { segments: segments.map((segment) => decodeURIComponent(segment)), query: parsed.searchParams };
  } catch {
    return null;
  }
}

/** Everything but resources: discovery, documents, version, health. */
function isAboutServer(segments: readonly string[]): boolean {
  const [root = ''] = segments;
  if (root === 'api') return segments.length <= 2;
  if (root === 'apis') return segments.length <= 3;
  return true;
}

function answerAboutServer(segments: string[], request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendFailure(response, methodNotAllowed(`/${segments.join('/')}`));
    return;
  }
  const accept = request.headers.accept;
  const [root = '', ...rest] = segments;
  const aggregated = aggregatedVersion(accept);
  if (aggregated !== null && rest.length === 0 && (root === 'api' || root === 'apis')) {
    const type = `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
    sendJson(response, 200, aggregatedDiscovery(root === 'api' ? 'core' : 'groups', aggregated), type);
    return;
  }
  if (['healthz', 'readyz', 'livez'].includes(root)) {
    send(response, 200, Buffer.from('ok'), 'text/plain; charset=utf-8');
    return;
  }
  if (root === 'openapi' && rest[0] === 'v2' && names(accept, OPENAPI_V2_PROTOBUF)) {
    send(response, 200, openApiV2Protobuf(), 'application/octet-stream');
    return;
  }
  const document = documentAt(root, rest);
  if (document === null) sendFailure(response, noSuchPath());
  else sendJson(response, 200, document);
}

function documentAt(root: string, rest: readonly string[]): JsonObject | null {
  const [first = '', second = ''] = rest;
  switch (root) {
    case '':
      return { paths: ['/api', '/apis', '/healthz', '/openapi/v2', '/version'] };
    case 'api':
      return first === '' ? coreVersions() : resourceList(first);
    case 'apis':
      if (first === '') return groupList();
      return second === '' ? groupObject(first) : resourceList(`${first}/${second}`);
    case 'version':
      return rest.length === 0 ? SERVER_VERSION : null;
    case 'openapi':
      return first === 'v2' ? openApiV2() : null;
    default:
      return null;
  }
}
