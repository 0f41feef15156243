// TLS to the API server through an HTTP proxy, as proxy-url asks for: CONNECT (RFC 9110 §9.3.6), and then as without one.
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

/** A proxy that does not answer holds up no request: it has its own deadline beside the request's. */
const DEADLINE_MS = 10_000;

export class ProxyAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  /** Node's own contract: the socket by the callback. */
  override createConnection(
    options: https.RequestOptions & { readonly servername?: string },
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { host, port } = options;
    const target = `${host?.includes(':') === true ? `[${host}]` : (host ?? '')}:${port ?? 443}`;
    const { username, password, hostname } = this.#proxy;
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
      'base64',
    );
    const asked = http.request({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: this.#proxy.port === '' ? 80 : Number(this.#proxy.port),
      method: 'CONNECT',
      path: target,
      timeout: DEADLINE_MS,
      headers: { host: target, ...(username === '' ? {} : { 'proxy-authorization': `Basic ${login}` }) },
    });
    const failed = (why: string, cause?: unknown): void =>
      callback?.(new Error(`the proxy ${this.#proxy.host} ${why}`, { cause }), null as never);
    // Node gives every answer to CONNECT here, a refusal too.
    asked.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) {
        callback?.(null, tls.connect({ ...(options as tls.ConnectionOptions), socket }));
        return;
      }
      socket.destroy();
      failed(`refuses ${target} (${answer.statusCode ?? 0} ${answer.statusMessage ?? ''})`);
    });
    asked.once('timeout', () => asked.destroy(new Error('no answer')));
    asked.once('error', (error) => failed(`cannot be reached (${error.message})`, error));
    asked.end();
    return undefined;
  }
}
