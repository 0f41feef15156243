// The client's side of a test with SshdFixture: an identity whose home is the fixture's, and targets.
import { join } from 'node:path';
import type { LocalIdentity } from '../config-tokens.ts';
import type { Result } from '../../../app/result.ts';
import { SshConnector, type SshConnectorOptions } from '../ssh-connector.ts';
import type { NodeTarget, Prompts } from '../transport.ts';
import type { SshdFixture } from './sshd-fixture.ts';

/** Nobody to ask: every answer is no. */
export const nobody: Prompts = {
  unknownHostKey: () => Promise.resolve(null),
  passphrase: () => Promise.resolve(null),
};

/** Nothing of the machine's own ~/.ssh and agent is seen. */
export function localIdentity(sshd: SshdFixture, env: LocalIdentity['env'] = {}): LocalIdentity {
  return { home: sshd.home, user: sshd.user, uid: 0, hostname: 'client', env };
}

/** Sees no config, neither the user's nor /etc/ssh's, unless `options` names one. */
export function connectorFor(sshd: SshdFixture, options: SshConnectorOptions = {}): SshConnector {
  return new SshConnector({
    local: localIdentity(sshd),
    configFile: join(sshd.folder, 'no-such-config'),
    ...options,
  });
}

export function targetOf(sshd: SshdFixture, overrides: Partial<NodeTarget> = {}): NodeTarget {
  return {
    host: sshd.host,
    port: sshd.port,
    user: null,
    identityFile: sshd.loginKey,
    proxyJump: null,
    knownHostsFile: sshd.knownHosts,
    hostKeyAlias: null,
    ...overrides,
  };
}

export async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The value, or a thrown sentence. */
export function must<T>(result: Result<T, { readonly sentence: string }>): T {
  if (!result.ok) throw new Error(result.failure.sentence);
  return result.value;
}

/** The failure, or a thrown complaint that there was none. */
export async function failureOf<F>(outcome: Promise<Result<AsyncDisposable, F>>): Promise<F> {
  const result = await outcome;
  if (!result.ok) return result.failure;
  await result.value[Symbol.asyncDispose]();
  throw new Error('this was expected to fail');
}
