// From a node as the cluster file names it to the chain of hosts that are connected one through the other.
import { join } from 'node:path';
import { fail, ok, type Result } from '../../app/result.ts';
import type { AuthSettings } from './authentication.ts';
import { includeFolderOf, readConfigFile, type Directive } from './config-files.ts';
import { expandPath, expandTokens, type LocalIdentity } from './config-tokens.ts';
import { configFailure, endpointLabel } from './failures.ts';
import type { HostKeySettings } from './host-key.ts';
import { MAX_JUMPS, parseJumpList, type JumpHost } from './jump-list.ts';
import { configFor, type HostConfig } from './ssh-config.ts';
import type { ConnectFailure, NodeTarget } from './transport.ts';

/** One host to connect to, everything settled. */
export interface Hop {
  readonly label: string;
  readonly host: string;
  readonly port: number;
  readonly auth: AuthSettings;
  readonly hostKey: HostKeySettings;
}

export interface Route {
  /** In the order they are connected. */
  readonly jumps: readonly Hop[];
  readonly node: Hop;
  readonly notices: readonly string[];
}

export interface ConfigSource {
  readonly local: LocalIdentity;
  /** This file alone, as `ssh -F`; null: ~/.ssh/config, then /etc/ssh/ssh_config. */
  readonly configFile: string | null;
}

interface HopTarget extends NodeTarget {
  /** Its known_hosts file goes before the configured ones instead of replacing them. */
  readonly besideConfigured?: boolean;
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const SYSTEM_CONFIG = '/etc/ssh/ssh_config';

export async function resolveTarget(
  target: NodeTarget,
  source: ConfigSource,
  signal: AbortSignal,
): Promise<Result<Route, ConnectFailure>> {
  const { home } = source.local;
  const files =
    source.configFile === null ? [join(home, '.ssh', 'config'), SYSTEM_CONFIG] : [source.configFile];
  const directives: Directive[] = [];
  for (const file of files) {
    const read = await readConfigFile(file, { home, includeFolder: includeFolderOf(file, home) }, signal);
    if (!read.ok) return fail(configFailure(`The SSH config cannot be used: ${read.failure}.`));
    directives.push(...read.value);
  }
  return new Resolution(directives, source.local, target).resolve();
}

class Resolution {
  readonly #directives: readonly Directive[];
  readonly #local: LocalIdentity;
  readonly #target: NodeTarget;
  readonly #notices = new Set<string>();

  constructor(directives: readonly Directive[], local: LocalIdentity, target: NodeTarget) {
    this.#directives = directives;
    this.#local = local;
    this.#target = target;
  }

  resolve(): Result<Route, ConnectFailure> {
    const chain = this.#chain(this.#target, []);
    if (!chain.ok) return chain;
    const node = chain.value.at(-1);
    if (node === undefined) throw new Error('a route without its target');
    return ok({ jumps: chain.value.slice(0, -1), node, notices: [...this.#notices] });
  }

  /** `behind`: what is reached through this host, to notice a circle. */
  #chain(target: HopTarget, behind: readonly string[]): Result<readonly Hop[], ConnectFailure> {
    const config = configFor(this.#directives, { host: target.host, user: target.user, local: this.#local });
    for (const notice of config.notices) this.#notices.add(notice);
    const hop = this.#hop(target, config);
    const identity = `${hop.auth.user}@${hop.host}:${hop.port}`;
    if (behind.includes(identity)) {
      return fail(
        configFailure(
          `The jump hosts of ${this.#name()} lead in a circle: ${hop.label} is reached through itself; mend ProxyJump.`,
        ),
      );
    }
    if (behind.length >= MAX_JUMPS) {
      return fail(
        configFailure(`${this.#name()} stands behind more than ${MAX_JUMPS} jump hosts: mend ProxyJump.`),
      );
    }
    const values = {
      originalHost: target.host,
      hostName: hop.host,
      port: hop.port,
      remoteUser: hop.auth.user,
    };
    const jumps = parseJumpList(
      target.proxyJump ?? expandTokens(config.proxyJump ?? '', this.#local, values),
    );
    if (!jumps.ok) return fail(configFailure(`ProxyJump of ${hop.label} makes no sense: ${jumps.failure}.`));
    if (target.proxyJump === null && config.proxyJump === null && config.proxyCommand !== null) {
      return fail(
        configFailure(
          `The SSH config reaches ${hop.label} with a ProxyCommand, which is never run: say ProxyJump there, or proxyJump in the cluster file.`,
        ),
      );
    }
    const last = jumps.value.at(-1);
    if (last === undefined) return ok([hop]);
    // The list before the last one is how the last one is reached, whatever the config says of it (as ssh -J does);
    // the first goes by its own configuration.
    const before = jumps.value.slice(0, -1).map(jumpText).join(',');
    const through = this.#chain(jumpTarget(last, before === '' ? null : before, this.#target), [
      ...behind,
      identity,
    ]);
    return through.ok ? ok([...through.value, hop]) : through;
  }

  #name(): string {
    return this.#target.label ?? this.#target.host;
  }

  #hop(target: HopTarget, config: HostConfig): Hop {
    const local = this.#local;
    const host = config.hostName;
    const port = target.port ?? config.port ?? 22;
    const user = target.user ?? config.user ?? local.user;
    const values = { originalHost: target.host, hostName: host, port, remoteUser: user };
    const path = (text: string): string => expandPath(text, local, values);
    const paths = (written: readonly string[] | null, usual: readonly string[]): readonly string[] =>
      (written ?? usual).filter((text) => text.toLowerCase() !== 'none').map(path);
    const named = target.identityFile === null ? config.identityFiles : [target.identityFile];
    const own = target.knownHostsFile === null ? [] : [path(target.knownHostsFile)];
    const alone = own.length > 0 && target.besideConfigured !== true;
    const knownHosts = (written: readonly string[] | null, usual: readonly string[]): readonly string[] =>
      alone ? [] : paths(written, usual);
    return {
      label: endpointLabel(target.label ?? (host === target.host ? undefined : target.host), host, port),
      host,
      port,
      auth: {
        user,
        identityFiles: paths(named, []),
        defaultIdentityFiles: DEFAULT_KEYS.map((name) => join(local.home, '.ssh', name)),
        identitiesOnly: config.identitiesOnly,
        agent: this.#agent(config.identityAgent, path),
      },
      hostKey: {
        host,
        port,
        alias: target.hostKeyAlias ?? config.hostKeyAlias,
        userFiles: [
          ...own,
          ...knownHosts(config.userKnownHostsFiles, ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']),
        ],
        globalFiles: knownHosts(config.globalKnownHostsFiles, [
          '/etc/ssh/ssh_known_hosts',
          '/etc/ssh/ssh_known_hosts2',
        ]),
        unknown: config.strictHostKeyChecking,
        hashNames: config.hashKnownHosts,
      },
    };
  }

  #agent(written: string | null, path: (text: string) => string): string | null {
    const fromEnvironment = (name: string): string | null => this.#local.env[name] ?? null;
    if (written === null || written === 'SSH_AUTH_SOCK') return fromEnvironment('SSH_AUTH_SOCK');
    if (written.toLowerCase() === 'none') return null;
    return /^\$[A-Za-z_]\w*$/.test(written) ? fromEnvironment(written.slice(1)) : path(written);
  }
}

function jumpText({ user, host, port }: JumpHost): string {
  return `${user === null ? '' : `${user}@`}${host.includes(':') ? `[${host}]` : host}${port === null ? '' : `:${port}`}`;
}

/**
 * A node of the same cluster file is itself. Any other may stand in the known_hosts file of the node it serves, and in
 * the configured ones, since it serves others too.
 */
function jumpTarget(jump: JumpHost, proxyJump: string | null, node: NodeTarget): HopTarget {
  const known = node.namesakes?.get(jump.host);
  if (known !== undefined) {
    return {
      ...known,
      user: jump.user ?? known.user,
      port: jump.port ?? known.port,
      proxyJump: proxyJump ?? known.proxyJump,
    };
  }
  return {
    ...jump,
    identityFile: null,
    proxyJump,
    knownHostsFile: node.knownHostsFile,
    besideConfigured: true,
    hostKeyAlias: null,
  };
}
