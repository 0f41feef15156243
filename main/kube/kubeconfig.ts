// A kubeconfig file: where the API server is, whom it must prove to be, and how we log in.
// Format: k8s.io/client-go/tools/clientcmd/api/v1 types; precedence of fields as in client-go's rest config.
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
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
  username: text.optional(),
  password: text.optional(),
  exec: z
    .object({
      apiVersion: text,
      command: text.min(1),
      args: z.array(text).nullish(),
      env: z.array(z.object({ name: text, value: text })).nullish(),
      interactiveMode: text.optional(),
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

/** @param allowExec programs that the file names may be run on this machine */
export async function readKubeconfig(
  path: string,
  wanted: string | null,
  allowExec: boolean,
): Promise<Result<KubeLogin, Refusal>> {
  const refuse = (why: string): Result<never, Refusal> => fail({ sentence: `${path}: ${why}` });
  let content: unknown;
  try {
    content = parse(await readFile(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return refuse(`the kubeconfig cannot be read (${why}); name another one under inventory.kubeconfig.`);
  }
  const file = kubeconfig.safeParse(content);
  if (!file.success) return refuse(`this is no kubeconfig (${issueOf(file.error)}).`);
  const contextName = wanted ?? file.data['current-context'] ?? '';
  const chosen = context.safeParse(find(file.data.contexts, contextName, 'context'));
  if (!chosen.success) {
    const names = (file.data.contexts ?? []).map(({ name }) => name).join(', ');
    return refuse(`there is no context "${contextName}"; name one of ${names} under inventory.context.`);
  }
  const place = cluster.safeParse(find(file.data.clusters, chosen.data.cluster, 'cluster'));
  if (!place.success)
    return refuse(`the cluster "${chosen.data.cluster}" is not understood (${issueOf(place.error)}).`);
  const who = user.safeParse(find(file.data.users, chosen.data.user ?? '', 'user') ?? {});
  if (!who.success)
    return refuse(`the user "${chosen.data.user ?? ''}" is not understood (${issueOf(who.error)}).`);
  const { data } = who;
  if (place.data['proxy-url'] !== undefined)
    return refuse('proxy-url is not supported; use inventory.kubectl on a node instead.');
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
  const folder = dirname(path);
  const pem = (inline: string | undefined, name: string | undefined): Promise<Buffer> | Buffer | null => {
    if (inline !== undefined && inline !== '') return Buffer.from(inline, 'base64');
    return name === undefined || name === '' ? null : readFile(isAbsolute(name) ? name : join(folder, name));
  };
  try {
    const [ca, cert, key] = await Promise.all([
      pem(place.data['certificate-authority-data'], place.data['certificate-authority']),
      pem(data['client-certificate-data'], data['client-certificate']),
      pem(data['client-key-data'], data['client-key']),
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
      tokenFile: data.tokenFile ?? null,
      basic: data.username === undefined ? null : { username: data.username, password: data.password ?? '' },
      exec:
        data.exec === undefined
          ? null
          : {
              apiVersion: data.exec.apiVersion,
              command: data.exec.command,
              args: data.exec.args ?? [],
              env: Object.fromEntries((data.exec.env ?? []).map(({ name, value }) => [name, value])),
              folder,
            },
    });
  } catch (error) {
    return refuse(
      `a certificate it names cannot be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
}

function find(list: z.infer<typeof named>, name: string, field: string): unknown {
  return list?.find((one) => one.name === name)?.[field];
}

function issueOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'its content does not fit' : `at ${issue.path.join('.')}: ${issue.message}`;
}
