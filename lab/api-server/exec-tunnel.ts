// `kubectl exec`: the API server finds the Pod's node and hands the connection on to its kubelet, bytes unseen.
import { ServerResponse, type IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { badRequest, notImplemented, type ApiFailure } from './api-status.ts';
import { parseLocation } from './handler.ts';
import { listAt, textAt } from './json.ts';
import { getObject } from './read-requests.ts';
import type { ObjectStore } from './store.ts';
import { sendFailure } from './respond.ts';
import { parseTarget } from './target.ts';

export interface TunnelServices {
  readonly store: ObjectStore;
  /** Of the lab's kubelet (container-exec.ts); without it there is no exec. */
  readonly kubelet: string | null;
}

/** For `server.on('upgrade', …)`. */
export function tunnelExec(
  services: TunnelServices,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on('error', () => socket.destroy());
  const found = kubeletPath(services, request);
  if (typeof found !== 'string') {
    if (!(socket instanceof Socket)) throw new Error('a connection without a socket');
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.end());
    sendFailure(response, found);
    return;
  }
  const kubelet = connect(services.kubelet ?? '');
  const headers = request.rawHeaders.reduce(
    (text, word, at) => text + word + (at % 2 === 0 ? ': ' : '\r\n'),
    '',
  );
  kubelet.write(`GET ${found} HTTP/1.1\r\n${headers}\r\n`);
  kubelet.write(head);
  socket.pipe(kubelet).pipe(socket);
  kubelet.on('error', () => socket.destroy());
  kubelet.on('close', () => socket.destroy());
  socket.on('close', () => kubelet.destroy());
}

function kubeletPath({ store, kubelet }: TunnelServices, request: IncomingMessage): string | ApiFailure {
  const location = parseLocation(request.url ?? '/');
  const target = location === null ? null : parseTarget(location.segments);
  if (
    location === null ||
    target?.subresource !== 'exec' ||
    target.name === null ||
    target.resource.plural !== 'pods'
  )
    return badRequest('nothing but exec into a Pod is upgraded');
  const { name } = target;
  if (kubelet === null) return notImplemented(`exec of ${name}`);
  const found = getObject(store, target, name);
  if (!found.ok) return found.failure;
  const containers = listAt(found.value, 'spec', 'containers').map((each) => textAt(each, 'name'));
  const container = location.query.get('container');
  // As the API server says it (pkg/registry/core/pod/strategy.go).
  if (container === null && containers.length > 1)
    return badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]`,
    );
  if (container !== null && !containers.includes(container))
    return badRequest(`container ${container} is not valid for pod ${name}`);
  // SPDY, as kubectl before 1.31 speaks it.
  if (request.headers.upgrade?.toLowerCase() !== 'websocket')
    return notImplemented(`exec of ${name} without WebSocket`);
  const node = textAt(found.value, 'spec', 'nodeName');
  return `/exec/${encodeURIComponent(node)}/${encodeURIComponent(name)}?${location.query.toString()}`;
}
