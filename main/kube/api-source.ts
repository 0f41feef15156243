// The Kubernetes API asked by ourselves, with a kubeconfig: the same paths and the same answers as `kubectl get --raw`.
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { shellWord } from '../../app/probe/shell-word.ts';
import type { KubeSource } from '../engine/kube-source.ts';
import { execInPod } from './api-exec.ts';
import { ApiRequests, type ApiRequestsOptions, silence, wholeBody } from './api-requests.ts';
import type { KubeLogin } from './kubeconfig.ts';

export interface ApiSourceOptions extends ApiRequestsOptions {
  readonly file: string;
  /** Awaited: a slow consumer slows the watch. */
  readonly onLine: (stream: string, line: string) => Promise<void>;
  readonly onEnded: (stream: string, said: string) => void;
}

/** The name of where we ask from, in sentences and evidence. */
const HERE = 'this machine';

export function apiSource(options: ApiSourceOptions): KubeSource {
  const requests = new ApiRequests(options);
  const watches = new Map<string, AbortController>();
  const kubectl = (): string => {
    const context = requests.known === null ? '' : ` --context=${shellWord(requests.known.context)}`;
    return `${kubectlWith(options.file)}${context}`;
  };
  return {
    label: HERE,
    command: (path) => `${kubectl()} get --raw ${shellWord(path)}`,
    exec: {
      run: (request, call) =>
        execInPod(requests, request, { ...call, signal: AbortSignal.any([call.signal, options.signal]) }),
      command: ({ namespace, pod, container, command }) =>
        `${kubectl()} exec -n ${namespace} ${pod} -c ${container} -- ${command.map(shellWord).join(' ')}`,
      login: () => requests.known?.context ?? 'kubeconfig',
    },
    get: async (path, { deadlineMs, signal }) => {
      // By hand: AbortSignal.any holds its sources weakly, and a timeout could be collected.
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), deadlineMs);
      const either = AbortSignal.any([limit.signal, signal, options.signal]);
      try {
        const opened = await requests.open(path, either);
        return opened.ok ? await wholeBody(opened.value) : opened;
      } catch (error) {
        const late = `the API server did not answer within ${Math.round(deadlineMs / 1000)} s`;
        return silence(limit.signal.aborted ? late : reasonOf(error));
      } finally {
        clearTimeout(timer);
      }
    },
    together: null,
    watch: (stream, path) => {
      const stop = new AbortController();
      watches.set(stream, stop);
      void follow(requests, options, stream, path, AbortSignal.any([stop.signal, options.signal])).finally(
        () => {
          if (watches.get(stream) === stop) watches.delete(stream);
        },
      );
      return true;
    },
    unwatch: (stream) => {
      watches.get(stream)?.abort();
      watches.delete(stream);
    },
    away: () => null,
    caution: () => cautionOf(requests.known, options.file),
  };
}

async function follow(
  requests: ApiRequests,
  { onLine, onEnded }: ApiSourceOptions,
  stream: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  let said = 'the API server ended it';
  try {
    const opened = await requests.open(path, signal);
    if (opened.ok) {
      const lines = createInterface({ input: opened.value, crlfDelay: Infinity });
      for await (const line of lines) if (line !== '') await onLine(stream, line);
    } else said = opened.failure.reason;
  } catch (error) {
    said = reasonOf(error);
  }
  if (!signal.aborted) onEnded(stream, said);
}

/** Its flag takes one file only. */
function kubectlWith(file: string): string {
  return file.includes(delimiter)
    ? `KUBECONFIG=${shellWord(file)} kubectl`
    : `kubectl --kubeconfig=${shellWord(file)}`;
}

/** Said as long as it is so: what the operator takes for the cluster's word may be somebody else's. */
function cautionOf(login: KubeLogin | null, file: string): string | null {
  if (login === null) return null;
  const secret = login.token ?? login.tokenFile ?? login.basic ?? login.exec;
  const open = login.server.protocol === 'http:';
  // On this machine itself there is nobody between.
  if (open && (secret === null || /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(login.server.hostname)))
    return null;
  if (open)
    return `${file} has us log in to ${login.server.host} without encryption: who is on the way reads our token. Give it an https:// server.`;
  if (!login.insecure) return null;
  return `The certificate of ${login.server.host} is not verified (insecure-skip-tls-verify in ${file}): whoever is on the way can answer in its place and read our token. Give the kubeconfig its certificate-authority.`;
}

function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  if (code === 'ECONNREFUSED') return `nothing listens there (${message ?? code})`;
  if (code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return `its certificate is not one that the kubeconfig vouches for (${code})`;
  return message ?? String(error);
}
