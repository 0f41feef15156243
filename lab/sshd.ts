import { readFile } from 'node:fs/promises';
import { type Environment, runCommand } from './command.ts';

/** As OpenSSH ships it. */
export const DEFAULT_MAX_SESSIONS = 10;
export const HOST_KEY = 'etc/ssh/ssh_host_ed25519_key';

// UsePAM no: logins are keys only, and PAM would read the host's rules. PermitUserEnvironment stays off.
export function sshdConfig(maxSessions: number): string {
  return `Port 22
ListenAddress 0.0.0.0
HostKey /${HOST_KEY}
PidFile /run/sshd.pid
AuthorizedKeysFile .ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxSessions ${maxSessions}
MaxStartups 100:30:200
Subsystem sftp internal-sftp
`;
}

/** Makes an ed25519 key pair at `path` and `path.pub`. @returns the public key: type and base64, without comment. */
export async function makeKey(
  path: string,
  comment: string,
  passphrase: string,
  environment: Environment,
  signal?: AbortSignal,
): Promise<string> {
  // -a 1: one round of the key derivation, for the encrypted key protects nothing here.
  await runCommand(
    'ssh-keygen',
    ['-q', '-t', 'ed25519', '-a', '1', '-N', passphrase, '-C', comment, '-f', path],
    environment,
    { signal },
  );
  return readPublicKey(path);
}

/** Of a key pair at `path`: type and base64, without comment. */
export async function readPublicKey(path: string): Promise<string> {
  return (await readFile(`${path}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ').trim();
}
