// The sentences of everything that can go wrong between us and a login. What a server said is evidence, and made plain.
import { plainText } from '../../app/plain-text.ts';
import type { ConnectFailure } from './transport.ts';

/** `name (address:port)`, or `address:port` when there is no other name. IPv6 in brackets. */
export function endpointLabel(name: string | undefined, host: string, port: number): string {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return name === undefined || name === host ? address : `${name} (${address})`;
}

export function cancelled(label: string): ConnectFailure {
  return { kind: 'cancelled', sentence: `Connecting to ${label} was cancelled.`, retry: false };
}

export function configFailure(sentence: string): ConnectFailure {
  return { kind: 'config', sentence, retry: false };
}

/** A TCP connection that did not come about; `error` is Node's. */
export function unreachable(label: string, error: Error): ConnectFailure {
  const causes = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [error];
  const code =
    causes.map((cause) => (cause as NodeJS.ErrnoException).code).find((one) => one !== undefined) ?? '';
  const detail = plainText(causes.map(({ message }) => message).join('; '));
  return { kind: 'unreachable', sentence: unreachableSentence(label, code), detail, retry: true };
}

function unreachableSentence(label: string, code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `${label} refused the connection: is sshd running there and the port right?`;
    case 'ETIMEDOUT':
      return `${label} did not answer: is the machine up, the address right, and no firewall between?`;
    case 'ENOTFOUND':
      return `The name of ${label} is not known: check its spelling, or give the address in the cluster file.`;
    case 'EAI_AGAIN':
      return `The name of ${label} could not be looked up: no name server answers, so check this machine's network.`;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return `There is no way from here to ${label}: check this machine's network, a VPN, or use a jump host (proxyJump).`;
    case 'EACCES':
    case 'EPERM':
      return `This machine's own firewall forbids connecting to ${label}.`;
    default:
      return `${label} cannot be reached (${code === '' ? 'unknown error' : code}).`;
  }
}

export function silentAtStart(label: string, seconds: number): ConnectFailure {
  return {
    kind: 'silent',
    sentence: `${label} accepted the connection but said nothing for ${seconds} s: is it sshd that listens there, and is it stuck?`,
    retry: true,
  };
}

export function silent(label: string, seconds: number): ConnectFailure {
  return {
    kind: 'silent',
    sentence: `${label} has not answered for ${seconds} s, so the connection was closed: is the machine or the network between frozen?`,
    retry: true,
  };
}

export function slowLogin(label: string, seconds: number): ConnectFailure {
  return {
    kind: 'silent',
    sentence: `${label} did not finish the login within ${seconds} s: its sshd may be overloaded, or wait for something (a name server, PAM); its log says which.`,
    retry: true,
  };
}

export function notSsh(label: string, firstBytes: Buffer): ConnectFailure {
  return {
    kind: 'not-ssh',
    sentence: `What listens on ${label} does not speak SSH: check the port.`,
    detail: printable(firstBytes),
    retry: false,
  };
}

function printable(firstBytes: Buffer): string {
  return firstBytes
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 120);
}

/** An sshd that says why it takes no login just now. */
export function turnedAway(label: string, firstBytes: Buffer): ConnectFailure {
  return {
    kind: 'lost',
    sentence: `The sshd of ${label} turned the connection away: too many logins were under way at once (MaxStartups), or it bars this address for a while (PerSourcePenalties).`,
    detail: printable(firstBytes),
    retry: true,
  };
}

export function closedBeforeHello(label: string): ConnectFailure {
  return {
    kind: 'lost',
    sentence: `${label} closed the connection before it said anything: its sshd may be overloaded (MaxStartups) or bar this address; its log says which.`,
    retry: true,
  };
}

export function noCommonAlgorithm(label: string, error: Error): ConnectFailure {
  const [what, mend] = missingAlgorithm(error.message);
  return {
    kind: 'no-common-algorithm',
    sentence: `${label} offers no ${what} that is accepted here (SHA-1 and CBC are not): update its sshd, or allow ${mend} in its sshd_config.`,
    detail: plainText(error.message),
    retry: false,
  };
}

/** What is missing, and the sshd_config line that mends it. */
function missingAlgorithm(message: string): readonly [string, string] {
  if (message.includes('key exchange')) return ['key exchange', '"KexAlgorithms curve25519-sha256"'];
  if (message.includes('host key'))
    return ['host key algorithm', '"HostKeyAlgorithms ssh-ed25519,rsa-sha2-512"'];
  if (message.includes('MAC')) return ['MAC', '"MACs hmac-sha2-256-etm@openssh.com"'];
  return ['cipher', '"Ciphers aes128-gcm@openssh.com,aes256-ctr"'];
}

/** The connection ended after it had stood, or during login. */
export function lost(label: string, detail: string | undefined, when: 'login' | 'session'): ConnectFailure {
  const sentence =
    when === 'login'
      ? `${label} closed the connection during login: its sshd may be restarting, or LoginGraceTime ran out; its log says which.`
      : `The connection to ${label} was cut.`;
  return {
    kind: 'lost',
    sentence,
    retry: true,
    ...(detail === undefined ? {} : { detail: plainText(detail) }),
  };
}

/** The jump host under a connection went away. */
export function lostWith(label: string, carrier: ConnectFailure): ConnectFailure {
  return { ...carrier, sentence: `${label} was lost with its jump host: ${carrier.sentence}` };
}

/** What a jump host could not do for us. `reason` is RFC 4254 §5.1's code. */
export function forwardRefused(jump: string, target: string, error: Error, reason: unknown): ConnectFailure {
  const detail = plainText(error.message);
  if (reason === 1) {
    return {
      kind: 'unreachable',
      sentence: `The jump host ${jump} does not allow forwarding to ${target}: allow it with AllowTcpForwarding (and PermitOpen) in its sshd_config.`,
      detail,
      retry: false,
    };
  }
  return {
    kind: 'unreachable',
    sentence: `The jump host ${jump} could not connect to ${target}: is sshd running there, and the address right as seen from ${jump}?`,
    detail,
    retry: true,
  };
}
