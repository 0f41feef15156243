// Private key files: read, told apart, decrypted with the operator's passphrase.
import { readFile, stat } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { fail, ok, type Result } from '../../app/result.ts';
import { SHA1_REFUSED, signsWithSha1 } from './agent.ts';
import type { Prompts } from './transport.ts';

/** Bytes; a 16384-bit RSA key is 13 kB. */
const MAX_KEY_FILE = 256 * 1024;
const PASSPHRASE_TRIES = 3;

export type IdentityFile =
  | { readonly kind: 'key'; readonly path: string; readonly key: ParsedKey }
  /** `publicKey` (base64 blob) is null in formats that hide it. */
  | {
      readonly kind: 'encrypted';
      readonly path: string;
      readonly content: Buffer;
      readonly publicKey: string | null;
    }
  /** A public key alone: names one of the agent's. */
  | { readonly kind: 'public'; readonly path: string; readonly publicKey: string }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string };

export async function readIdentityFile(path: string): Promise<IdentityFile> {
  let content: Buffer;
  try {
    if ((await stat(path)).size > MAX_KEY_FILE)
      return { kind: 'unreadable', path, why: 'it is far too large for a key' };
    content = await readFile(path);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'missing', path };
    return { kind: 'unreadable', path, why: code === 'EACCES' ? 'you may not read it' : code };
  }
  const parsed = parse(content);
  if (parsed instanceof Error) {
    if (!parsed.message.includes('no passphrase given'))
      return { kind: 'unreadable', path, why: 'it holds no key that can be read' };
    return { kind: 'encrypted', path, content, publicKey: await publicKeyOf(path, content) };
  }
  if (!parsed.isPrivateKey()) return { kind: 'public', path, publicKey: blobOf(parsed) };
  return { kind: 'key', path, key: withoutSha1(parsed) };
}

/** Asks up to three times. The failure is a clause for a sentence. */
export async function decryptIdentity(
  file: Extract<IdentityFile, { kind: 'encrypted' }>,
  prompts: Prompts,
  signal: AbortSignal,
): Promise<Result<ParsedKey, string>> {
  for (let tries = 0; tries < PASSPHRASE_TRIES; tries++) {
    if (signal.aborted) return fail(`${file.path} is encrypted and nobody waits for its passphrase any more`);
    const passphrase = await prompts.passphrase({ identityFile: file.path, wrongBefore: tries > 0, signal });
    if (passphrase === null) return fail(`${file.path} is encrypted and no passphrase was given`);
    if (passphrase === '') continue;
    const key = parse(file.content, passphrase);
    if (!(key instanceof Error)) return ok(withoutSha1(key));
  }
  return fail(`the passphrase given for ${file.path} was wrong ${PASSPHRASE_TRIES} times`);
}

export const blobOf = (key: ParsedKey): string => key.getPublicSSH().toString('base64');

function parse(content: Buffer, passphrase?: string): ParsedKey | Error {
  try {
    return ssh2.utils.parseKey(content, passphrase);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** PROTOCOL.key of OpenSSH: the public key stands unencrypted before the private one; else beside it in `.pub`. */
async function publicKeyOf(path: string, content: Buffer): Promise<string | null> {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+)-----END/.exec(content.toString('latin1'))?.[1];
  const inside = body === undefined ? null : fifthString(Buffer.from(body, 'base64'));
  if (inside !== null) return inside.toString('base64');
  const beside = await readIdentityFile(`${path}.pub`);
  return beside.kind === 'public' ? beside.publicKey : null;
}

/** magic(15), string cipher, string kdf, string kdf options, uint32 number of keys, string public key. */
function fifthString(blob: Buffer): Buffer | null {
  let at = 15;
  for (let index = 0; index < 4; index++) {
    if (at + 4 > blob.length) return null;
    const length = blob.readUInt32BE(at);
    if (index === 3) {
      at += 4;
      if (at + 4 > blob.length) return null;
      const size = blob.readUInt32BE(at);
      return at + 4 + size <= blob.length ? blob.subarray(at + 4, at + 4 + size) : null;
    }
    at += 4 + length;
  }
  return null;
}

/** ssh2 signs with SHA-1 for a server that names no rsa-sha2 algorithm; an Error returned makes it try the next key. */
function withoutSha1(key: ParsedKey): ParsedKey {
  const sign = key.sign.bind(key);
  key.sign = (content, algorithm) =>
    signsWithSha1(key, algorithm) ? (new Error(SHA1_REFUSED) as unknown as Buffer) : sign(content, algorithm);
  return key;
}
