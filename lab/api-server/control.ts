// How the lab itself reaches the API server: the same HTTP API over its unix socket, which the file system carries
// across network namespaces.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok, type Result } from '../../app/result.ts';
import { isJsonObject, textAt, valueAt, listAt, type Json, type KubeObject } from './json.ts';
import { findKind, pathOf, type Resource } from './kinds.ts';

export interface ControlFailure {
  /** `unreachable`: nobody answered. `refused`: the server answered with a Status. */
  readonly kind: 'unreachable' | 'refused';
  readonly sentence: string;
  /** HTTP status code of a refusal. */
  readonly code?: number;
}

export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Call {
  readonly signal: AbortSignal;
}

const READY_POLL_MS = 50;

export class ControlClient {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Waits until the server answers; `unreachable` when the signal aborts first. */
  async ready(call: Call): Promise<Result<void, ControlFailure>> {
    for (;;) {
      const answer = await this.#send('GET', '/readyz', undefined, call);
      if (answer.ok) return ok(undefined);
      if (call.signal.aborted) return answer;
      await sleep(READY_POLL_MS);
    }
  }

  /** Creates the object with its own uid and creationTimestamp, or replaces the one of that name. */
  async apply(object: KubeObject, call: Call): Promise<Result<KubeObject, ControlFailure>> {
    const resource = resourceOf(object);
    const namespace = object.metadata.namespace ?? '';
    const made = await this.#send('POST', `${pathOf(resource, namespace)}?keepIdentity=true`, object, call);
    if (made.ok || made.failure.code !== 409) return asObject(made);
    return asObject(await this.#send('PUT', pathOf(resource, namespace, object.metadata.name), object, call));
  }

  /** False when there was nothing of that name. */
  async remove(object: ObjectName, call: Call): Promise<Result<boolean, ControlFailure>> {
    const path = pathOf(resourceOf(object), object.namespace ?? '', object.name);
    const answer = await this.#send('DELETE', path, undefined, call);
    if (answer.ok) return ok(true);
    return answer.failure.code === 404 ? ok(false) : answer;
  }

  /** All objects of a kind, in all namespaces. */
  async list(apiVersion: string, kind: string, call: Call): Promise<Result<KubeObject[], ControlFailure>> {
    const answer = await this.#send('GET', pathOf(resourceOf({ apiVersion, kind }), ''), undefined, call);
    return answer.ok ? ok(listAt(answer.value, 'items') as KubeObject[]) : answer;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(
    method: string,
    path: string,
    body: Json | undefined,
    call: Call,
  ): Promise<Result<Json, ControlFailure>> {
    const unreachable = (why: string): Result<Json, ControlFailure> => {
      const sentence = `The lab's API server does not answer on ${this.#socketPath} (${why}): bring the lab down and up again.`;
      return fail({ kind: 'unreachable', sentence });
    };
    return new Promise((resolve) => {
      const outgoing = request(
        {
          socketPath: this.#socketPath,
          agent: this.#agent,
          method,
          path,
          headers: { accept: 'application/json', 'content-type': 'application/json' },
          signal: call.signal,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.once('error', (error) => {
            resolve(unreachable(error.message));
          });
          incoming.once('end', () => {
            resolve(
              parseAnswer(
                incoming.statusCode ?? 0,
                Buffer.concat(chunks).toString('utf8'),
                `${method} ${path}`,
              ),
            );
          });
        },
      );
      outgoing.once('error', (error) => {
        resolve(unreachable(error.message));
      });
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function parseAnswer(code: number, text: string, what: string): Result<Json, ControlFailure> {
  const body = text.startsWith('{') ? (JSON.parse(text) as Json) : text;
  if (code >= 200 && code < 300) return ok(body);
  const message = textAt(body, 'message') || text;
  const sentence = `The lab's API server refused ${what} with ${String(code)}: ${message}.`;
  return fail({ kind: 'refused', sentence, code });
}

function asObject(answer: Result<Json, ControlFailure>): Result<KubeObject, ControlFailure> {
  if (!answer.ok) return answer;
  if (!isJsonObject(answer.value) || valueAt(answer.value, 'metadata') === undefined) {
    throw new Error('the API server answered a write with something that is not an object');
  }
  return ok(answer.value as KubeObject);
}

/** A kind that is not served is a mistake in the caller's code. */
function resourceOf(object: { readonly apiVersion: string; readonly kind: string }): Resource {
  const resource = findKind(object.apiVersion, object.kind);
  if (resource === undefined) {
    throw new Error(`the lab's API server has no ${object.apiVersion} ${object.kind}`);
  }
  return resource;
}
