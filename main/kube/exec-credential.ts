// Logging in by a program, as cloud providers' kubeconfigs do: client.authentication.k8s.io/v1, ExecCredential.
// It runs on this machine with our rights, so the cluster file must allow it (kubeconfig.ts).
import { execFile } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { jsonOf } from '../../app/json-text.ts';
import { fail, ok, type Result } from '../../app/result.ts';

export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Relative commands with a slash lie here. */
  readonly folder: string;
  /** What it is told of the cluster, where the file wants that (provideClusterInfo); null otherwise. */
  readonly cluster: Readonly<Record<string, string | boolean>> | null;
}

export interface ExecCredential {
  readonly token: string | null;
  /** PEM. */
  readonly cert: string | null;
  readonly key: string | null;
  /** ms since the epoch; null: as long as we run. */
  readonly expiresAt: number | null;
}

const deadlineMs = 30_000;
const mostBytes = 1024 * 1024;

const credential = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});

/** The failure says why, without a full stop. */
export function runExecPlugin(
  plugin: ExecPlugin,
  signal: AbortSignal,
): Promise<Result<ExecCredential, string>> {
  const { command, args, env, apiVersion, folder, cluster } = plugin;
  const program = command.includes('/') && !isAbsolute(command) ? join(folder, command) : command;
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(cluster === null ? {} : { cluster }) },
  };
  const options = {
    env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    timeout: deadlineMs,
    maxBuffer: mostBytes,
    signal,
  };
  return new Promise((resolve) => {
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error !== null) {
        const said = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
        resolve(fail(`${command}, which logs in, failed: ${said === '' ? error.message : said}`));
        return;
      }
      const read = credential.safeParse(jsonOf(stdout));
      if (!read.success) {
        resolve(fail(`${command}, which logs in, printed no ExecCredential`));
        return;
      }
      const { token, clientCertificateData, clientKeyData, expirationTimestamp } = read.data.status;
      const expires = Date.parse(expirationTimestamp ?? '');
      resolve(
        ok({
          token: token ?? null,
          cert: clientCertificateData ?? null,
          key: clientKeyData ?? null,
          expiresAt: Number.isNaN(expires) ? null : expires,
        }),
      );
    });
  });
}
