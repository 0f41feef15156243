// Reading a request's body and writing its answer, both bounded.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fail, ok, type Result } from '../../app/result.ts';
import { badRequest, bodyTooLarge, statusObject, type ApiFailure } from './api-status.ts';
import type { Json } from './json.ts';

/** Kubernetes itself takes 3 MiB, etcd 1.5 MiB. */
const BODY_LIMIT = 2 * 1024 * 1024;

export function sendJson(
  response: ServerResponse,
  code: number,
  body: Json,
  type = 'application/json',
): void {
  send(response, code, Buffer.from(`${JSON.stringify(body)}\n`), type);
}

export function sendFailure(response: ServerResponse, failure: ApiFailure): void {
  // The rest of a body that was refused unread would be taken for the next request.
  if (failure.code === 413) response.setHeader('connection', 'close');
  if (failure.code === 429) response.setHeader('retry-after', '1');
  sendJson(response, failure.code, statusObject(failure));
}

export function send(response: ServerResponse, code: number, body: Buffer, type: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(code, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-cache, private',
  });
  response.end(body);
}

/** The JSON body; null when it is empty. */
export async function readBody(request: IncomingMessage): Promise<Result<Json, ApiFailure>> {
  const bytes = await readBytes(request);
  if (bytes === null) return fail(bodyTooLarge(BODY_LIMIT));
  if (bytes.length === 0) return ok(null);
  try {
    return ok(JSON.parse(bytes.toString('utf8')) as Json);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(badRequest(`the object provided is unrecognized (must be JSON): ${why}`));
  }
}

/**
 * null when there are more than BODY_LIMIT. A body somewhat larger is read to its end and forgotten: a connection closed
 * over unread bytes is reset, and the client never sees why. Not `for await`: leaving that early closes the socket.
 */
function readBytes(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else if (size > 8 * BODY_LIMIT) {
        request.pause();
        resolve(null);
      }
    });
    request.once('end', () => {
      resolve(size > BODY_LIMIT ? null : Buffer.concat(chunks));
    });
    request.once('close', () => {
      reject(new Error('the client went away'));
    });
    request.once('error', reject);
  });
}
