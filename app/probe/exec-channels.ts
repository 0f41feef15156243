// `kubectl exec` on the wire: a WebSocket whose messages begin with the number of their channel
// (k8s.io/apimachinery/pkg/util/remotecommand/constants.go; v5 is v4 with a message that closes a channel).
import { z } from 'zod';
import { jsonOf } from '../json-text.ts';

export const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

export const EXEC_CHANNELS = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

/** Path and query of the API server; stdin stays closed. */
export function execPath({ namespace, pod, container, command }: ExecRequest): string {
  const words = command.map((word) => `command=${encodeURIComponent(word)}`);
  const asked = [`container=${encodeURIComponent(container)}`, ...words, 'stdout=true', 'stderr=true'];
  const [space, name] = [encodeURIComponent(namespace), encodeURIComponent(pod)];
  return `/api/v1/namespaces/${space}/pods/${name}/exec?${asked.join('&')}`;
}

const statusSchema = z.object({
  status: z.enum(['Success', 'Failure']),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z
    .object({ causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })) })
    .optional(),
});

/** What the last message tells: how the command ended, or why it could not be run. Null where it is no Status. */
export type ExecEnd = { readonly exitStatus: number } | { readonly why: string };

export function execEnd(text: string): ExecEnd | null {
  const parsed = statusSchema.safeParse(jsonOf(text));
  if (!parsed.success) return null;
  const { status, reason, message = 'no reason given', details } = parsed.data;
  if (status === 'Success') return { exitStatus: 0 };
  const code = details?.causes.find((cause) => cause.reason === 'ExitCode')?.message;
  if (reason === 'NonZeroExitCode' && code !== undefined && /^\d{1,3}$/.test(code))
    return { exitStatus: Number(code) };
  return { why: message.slice(0, 400) };
}

/** As kubelet says it (k8s.io/kubelet, remotecommand/exec.go). */
export function execStatus(exitStatus: number): string {
  if (exitStatus === 0) return JSON.stringify({ metadata: {}, status: 'Success' });
  return JSON.stringify({
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitStatus}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitStatus) }] },
  });
}
