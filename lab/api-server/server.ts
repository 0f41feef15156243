// The lab's API server: listeners, limits, state. Plain HTTP without authentication: it listens where it is told, inside
// the master's network namespace and on a unix socket that only its owner may open.
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { fail, ok, type Result } from '../../app/result.ts';
import { tunnelExec } from './exec-tunnel.ts';
import { handleRequest } from './handler.ts';
import { Journal, type StateFailure } from './journal.ts';
import { seed } from './seed.ts';
import { ObjectStore } from './store.ts';
import { WatchHub, type WatchLimits } from './watch.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
}

export interface ApiServerOptions {
  readonly listen: readonly ListenAddress[];
  /** Path of the unix socket that serves the same API. */
  readonly control?: string;
  /** Unix socket of the lab's kubelet; without it nothing can be executed in a Pod. */
  readonly kubelet?: string;
  /** Without it the state is lost at the end. */
  readonly stateFile?: string;
  /** Changes kept for watches that continue from a resourceVersion. */
  readonly historyLimit?: number;
  readonly watchLimits?: Partial<WatchLimits>;
}

export interface ListenFailure {
  readonly kind: 'listen';
  readonly sentence: string;
}

const WATCH_LIMITS: WatchLimits = { watchers: 200, backlog: 10_000, bookmarkMs: 60_000 };
const HISTORY_LIMIT = 1000;
/** Every watcher holds a connection; what is left serves requests. */
const MAX_CONNECTIONS = 512;

export class ApiServer {
  /** host:port of each TCP listener, with the port that the kernel chose. */
  readonly addresses: string[] = [];
  readonly #servers: Server[] = [];
  #control: string | undefined;

  readonly store: ObjectStore;
  readonly watches: WatchHub;
  private readonly journal: Journal | null;
  private readonly kubelet: string | null;

  private constructor(
    store: ObjectStore,
    watches: WatchHub,
    journal: Journal | null,
    kubelet: string | null,
  ) {
    this.store = store;
    this.watches = watches;
    this.journal = journal;
    this.kubelet = kubelet;
  }

  static async start(options: ApiServerOptions): Promise<Result<ApiServer, StateFailure | ListenFailure>> {
    const historyLimit = options.historyLimit ?? HISTORY_LIMIT;
    const opened = options.stateFile === undefined ? null : Journal.open(options.stateFile, historyLimit);
    if (opened !== null && !opened.ok) return opened;
    const journal = opened?.value.journal ?? null;
    const state = opened?.value.state ?? { revision: 1, objects: [], history: [] };
    const store = new ObjectStore(state, historyLimit, (change) => journal?.append(change));
    store.subscribe(() => journal?.compact(() => store.state()));
    seed(store, new Date());
    const server = new ApiServer(
      store,
      new WatchHub(store, { ...WATCH_LIMITS, ...options.watchLimits }),
      journal,
      options.kubelet ?? null,
    );
    const refused = await server.#listenAll(options);
    if (refused === null) return ok(server);
    await server[Symbol.asyncDispose]();
    return fail(refused);
  }

  async #listenAll(options: ApiServerOptions): Promise<ListenFailure | null> {
    for (const { host, port } of options.listen) {
      const listening = await this.#listen({ host, port });
      const shown = `${host.includes(':') ? `[${host}]` : host}:`;
      if (!listening.ok) {
        const sentence = `The lab's API server cannot listen on ${shown}${String(port)} (${listening.failure}): choose another --listen address, or end what uses it.`;
        return { kind: 'listen', sentence };
      }
      this.addresses.push(`${shown}${String(listening.value)}`);
    }
    const { control } = options;
    if (control === undefined) return null;
    const listening = await this.#listenControl(control);
    if (listening === null) {
      this.#control = control;
      return null;
    }
    const sentence = `The lab's API server cannot make its control socket ${control} (${listening}): choose another --control path, or end what uses it.`;
    return { kind: 'listen', sentence };
  }

  /** null, or why not. */
  async #listenControl(path: string): Promise<string | null> {
    if (Buffer.byteLength(path) > 107) return 'a unix socket path has at most 107 bytes';
    if (await answers(path)) return 'another server answers there';
    rmSync(path, { force: true });
    // The mode must hold from the moment the socket exists; this process makes no other file meanwhile.
    const mask = process.umask(0o177);
    try {
      const listening = await this.#listen({ path });
      return listening.ok ? null : listening.failure;
    } finally {
      process.umask(mask);
    }
  }

  #listen(where: { host: string; port: number } | { path: string }): Promise<Result<number, string>> {
    const services = { store: this.store, watches: this.watches, now: () => new Date() };
    const server = createServer(
      {
        keepAliveTimeout: 75_000,
        headersTimeout: 10_000,
        requestTimeout: 30_000,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 30_000,
      },
      (request, response) => {
        void handleRequest(services, request, response);
      },
    );
    const { store, kubelet } = this;
    server.on('upgrade', (request, socket, head) => tunnelExec({ store, kubelet }, request, socket, head));
    server.maxConnections = MAX_CONNECTIONS;
    this.#servers.push(server);
    return new Promise((resolve) => {
      server.on('error', (error) => {
        resolve(fail(error.message));
      });
      server.listen(where, () => {
        resolve(ok('path' in where ? 0 : (server.address() as AddressInfo).port));
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watches[Symbol.dispose]();
    await Promise.all(
      this.#servers.splice(0).map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => {
              resolve();
            });
            server.closeAllConnections();
          }),
      ),
    );
    if (this.#control !== undefined) rmSync(this.#control, { force: true });
    this.journal?.snapshot(this.store.state());
    this.journal?.close();
  }
}

/** Whether somebody listens on a unix socket; a file left over by a killed server refuses. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (answer: boolean) => (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(finish(true), 1000);
    socket.once('connect', finish(true));
    socket.once('error', finish(false));
  });
}
