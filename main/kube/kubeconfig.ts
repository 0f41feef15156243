// A kubeconfig, of one file or of several as in $KUBECONFIG: where the API server is, whom it must prove to be, and how we log in.
// Format: k8s.io/client-go/tools/clientcmd/api/v1 types; precedence of fields as in client-go's rest config.
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { fail, ok, type Result } from '../../app/result.ts';
import type { Refusal } from '../engine/refusal.ts';
import type { ExecPlugin } from './exec-credential.ts';

export interface KubeLogin {
  readonly server: URL;
  readonly context: string;
  /** PEM. Null: the machine's own authorities. */
  readonly ca: Buffer | null;
  readonly insecure: boolean;
  /** The name in the server's certificate, where it is not the host's. */
  readonly serverName: string | null;
  /** PEM. */
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  readonly token: string | null;
  /** Read at each request: it is renewed while we run. */
  readonly tokenFile: string | null;
  readonly basic: { readonly username: string; readonly password: string } | null;
  readonly exec: ExecPlugin | null;
  /** As whom to act, in the headers by which the API server is asked for it; empty: as who we are. */
  readonly impersonation: Readonly<Record<string, string | readonly string[]>>;
  /** Of http://: all is asked through it. */
  readonly proxy: URL | null;
}

const text = z.string().max(1_000_000);
/** Each an entry with a name and, under the list's own word, what it is. */
const named = z.array(z.object({ name: z.string() }).loose()).nullish();

const cluster = z.object({
  server: z.url({ protocol: /^https?$/ }),
  'certificate-authority': text.optional(),
  'certificate-authority-data': text.optional(),
  'insecure-skip-tls-verify': z.boolean().default(false),
  'tls-server-name': text.optional(),
  'proxy-url': text.optional(),
});
const user = z.object({
  'client-certificate': text.optional(),
  'client-certificate-data': text.optional(),
  'client-key': text.optional(),
  'client-key-data': text.optional(),
  token: text.optional(),
  tokenFile: text.optional(),
  as: text.optional(),
  'as-uid': text.optional(),
  'as-groups': z.array(text).nullish(),
  'as-user-extra': z.record(z.string(), z.array(text)).nullish(),
  username: text.optional(),
  password: text.optional(),
  exec: z
    .object({
      apiVersion: text,
      command: text.min(1),
      args: z.array(text).nullish(),
      env: z.array(z.object({ name: text, value: text })).nullish(),
      interactiveMode: text.optional(),
      provideClusterInfo: z.boolean().default(false),
    })
    .optional(),
  'auth-provider': z
    .object({ name: text.optional(), config: z.record(z.string(), z.unknown()).optional() })
    .optional(),
});
const context = z.object({ cluster: text, user: text.optional() });
const kubeconfig = z.object({
  'current-context': text.optional(),
  contexts: named,
  clusters: named,
  users: named,
});

/**
 * @param path of one file, or of several as in $KUBECONFIG: what the first says counts
 * @param allowExec programs that the file names may be run on this machine
 */
export async function readKubeconfig(
  path: string,
  wanted: string | null,
  allowExec: boolean,
): Promise<Result<KubeLogin, Refusal>> {
  const refuse = (why: string): Result<never, Refusal> => fail({ sentence: `${path}: ${why}` });
  const read = await readFiles(path);
  if (!read.ok) return read;
  const files = read.value;
  const currentName = files.find(({ content }) => (content['current-context'] ?? '') !== '');
  const contextName = wanted ?? currentName?.content['current-context'] ?? '';
  const chosen = context.safeParse(find(files, 'contexts', contextName)?.entry);
  if (!chosen.success) {
    const names = files.flatMap(({ content }) => (content.contexts ?? []).map(({ name }) => name));
    const which = `name one of ${names.slice(0, MOST_NAMED).join(', ')} under inventory.context.`;
    if (names.length === 0) return refuse('it has no context: it is not whole.');
    return refuse(
      contextName === ''
        ? `it names no current-context; ${which}`
        : `there is no context "${contextName}"; ${which}`,
    );
  }
  const foundPlace = find(files, 'clusters', chosen.data.cluster);
  const place = cluster.safeParse(foundPlace?.entry);
  if (!place.success)
    return refuse(`the cluster "${chosen.data.cluster}" is not understood (${issueOf(place.error)}).`);
  const foundUser = find(files, 'users', chosen.data.user ?? '');
  const who = user.safeParse(foundUser?.entry ?? {});
  if (!who.success)
    return refuse(`the user "${chosen.data.user ?? ''}" is not understood (${issueOf(who.error)}).`);
  const { data } = who;
  const proxyUrl = place.data['proxy-url'] ?? '';
  const proxy = URL.canParse(proxyUrl) ? new URL(proxyUrl) : null;
  const tunnelled = proxy?.protocol === 'http:' && place.data.server.startsWith('https:');
  if (proxyUrl !== '' && !tunnelled)
    return refuse(
      'of proxy-url only http:// in front of an https:// server is understood; use inventory.kubectl on a node instead.',
    );
  // Without it we would see more than the file wants us to.
  if (Object.keys(data['as-user-extra'] ?? {}).length > 0)
    return refuse('as-user-extra is not understood; use inventory.kubectl on a node instead.');
  if (data.exec !== undefined && !allowExec) {
    return refuse(
      `logging in would run the program ${data.exec.command} on this machine with your rights. If you trust this file, set inventory.allowExec: true in the cluster file.`,
    );
  }
  const idToken = data['auth-provider']?.config?.['id-token'];
  if (data['auth-provider'] !== undefined && typeof idToken !== 'string') {
    return refuse(
      `the auth-provider "${data['auth-provider'].name ?? ''}" is one that kubectl itself no longer has; make it an exec plugin, or use inventory.kubectl on a node.`,
    );
  }
  // Each file's paths are relative to its own folder.
  const ofUser = foundUser?.folder ?? '';
  const pem = (
    folder: string,
    inline: string | undefined,
    name: string | undefined,
  ): Promise<Buffer> | Buffer | null => {
    if (inline !== undefined && inline !== '') return Buffer.from(inline, 'base64');
    return name === undefined || name === '' ? null : readFile(from(folder, name));
  };
  try {
    const [ca, cert, key] = await Promise.all([
      pem(
        foundPlace?.folder ?? '',
        place.data['certificate-authority-data'],
        place.data['certificate-authority'],
      ),
      pem(ofUser, data['client-certificate-data'], data['client-certificate']),
      pem(ofUser, data['client-key-data'], data['client-key']),
    ]);
    return ok({
      server: new URL(place.data.server),
      context: contextName,
      ca,
      insecure: place.data['insecure-skip-tls-verify'],
      serverName: place.data['tls-server-name'] ?? null,
      cert,
      key,
      token: data.token ?? (typeof idToken === 'string' ? idToken : null),
      tokenFile: data.tokenFile === undefined || data.tokenFile === '' ? null : from(ofUser, data.tokenFile),
      impersonation: impersonationOf(data),
      proxy,
      basic: data.username === undefined ? null : { username: data.username, password: data.password ?? '' },
      exec:
        data.exec === undefined
          ? null
          : {
              apiVersion: data.exec.apiVersion,
              command: data.exec.command,
              args: data.exec.args ?? [],
              env: Object.fromEntries((data.exec.env ?? []).map(({ name, value }) => [name, value])),
              folder: ofUser,
              cluster: data.exec.provideClusterInfo
                ? {
                    server: place.data.server,
                    'insecure-skip-tls-verify': place.data['insecure-skip-tls-verify'],
                    ...(place.data['tls-server-name'] === undefined
                      ? {}
                      : { 'tls-server-name': place.data['tls-server-name'] }),
                    ...(proxyUrl === '' ? {} : { 'proxy-url': proxyUrl }),
                    ...(ca === null ? {} : { 'certificate-authority-data': ca.toString('base64') }),
                  }
                : null,
            },
    });
  } catch (error) {
    return refuse(
      `a certificate it names cannot be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
}

interface KubeconfigFile {
  readonly folder: string;
  readonly content: z.infer<typeof kubeconfig>;
}

/** Contexts that a sentence names. */
const MOST_NAMED = 10;

/** Of several, those that are not there are passed over, as kubectl does. */
async function readFiles(path: string): Promise<Result<KubeconfigFile[], Refusal>> {
  const paths = path.split(delimiter).filter((one) => one !== '');
  const files: KubeconfigFile[] = [];
  for (const one of paths) {
    const refuse = (why: string): Result<never, Refusal> => fail({ sentence: `${one}: ${why}` });
    let content: unknown;
    try {
      content = parse(await readFile(one, 'utf8'));
    } catch (error) {
      const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (absent && (files.length > 0 || one !== paths.at(-1))) continue;
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      return refuse(`the kubeconfig cannot be read (${why}); name another one under inventory.kubeconfig.`);
    }
    const file = kubeconfig.safeParse(content);
    if (!file.success) return refuse(`this is no kubeconfig (${issueOf(file.error)}).`);
    files.push({ folder: dirname(one), content: file.data });
  }
  return ok(files);
}

const ENTRY = { contexts: 'context', clusters: 'cluster', users: 'user' } as const;

/** The first of that name. */
function find(
  files: readonly KubeconfigFile[],
  list: keyof typeof ENTRY,
  name: string,
): { readonly folder: string; readonly entry: unknown } | null {
  for (const { folder, content } of files) {
    const found = content[list]?.find((one) => one.name === name);
    if (found !== undefined) return { folder, entry: found[ENTRY[list]] };
  }
  return null;
}

function from(folder: string, name: string): string {
  return isAbsolute(name) ? name : join(folder, name);
}

/** The API's own headers ("User impersonation"). */
function impersonationOf(who: z.infer<typeof user>): KubeLogin['impersonation'] {
  const groups = who['as-groups'] ?? [];
  return {
    ...(who.as === undefined ? {} : { 'Impersonate-User': who.as }),
    ...(who['as-uid'] === undefined ? {} : { 'Impersonate-Uid': who['as-uid'] }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': groups }),
  };
}

function issueOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'its content does not fit' : `at ${issue.path.join('.')}: ${issue.message}`;
}
