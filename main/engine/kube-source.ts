// Where the Kubernetes API is asked: through kubectl on a node, or by ourselves with a kubeconfig.
import type { ExecRequest } from '../../app/probe/exec-channels.ts';
import type { KubeResource } from '../../app/probe/kube-kinds.ts';
import type { Result } from '../../app/result.ts';

export interface KubeSource {
  /** Where it is asked, as sentences name it. */
  readonly label: string;
  /** What an operator would type for the same. */
  readonly command: (path: string) => string;
  /** The whole answer to one request. The failure says why, in the API server's or kubectl's own words where they spoke. */
  readonly get: (path: string, options: GetOptions) => Promise<Result<string, KubeSilence>>;
  /** Many whole lists in one; null where each is as cheap alone. It fails where one of them would (splitTogether, kubernetes.ts). */
  readonly together: {
    readonly command: (resources: readonly KubeResource[]) => string;
    readonly get: (
      resources: readonly KubeResource[],
      options: GetOptions,
    ) => Promise<Result<string, KubeSilence>>;
  } | null;
  /** Follows one; its lines and its end are told under `stream`. False where nothing can be followed. */
  readonly watch: (stream: string, path: string) => boolean;
  readonly unwatch: (stream: string) => void;
  /** How commands are executed in Pods by whom it is; null where that is another's to do (bird-exec-ways.ts). */
  readonly exec: PodExec | null;
  /** Why what is known is old: it cannot be asked now. Null while it can. */
  readonly away: () => string | null;
  /** What is to be minded of the way it is asked; null when nothing is. */
  readonly caution: () => string | null;
}

export interface GetOptions {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface PodExec {
  readonly run: (request: ExecRequest, options: ExecOptions) => Promise<Result<ExecOutput, KubeSilence>>;
  /** What an operator would type for the same. */
  readonly command: (request: ExecRequest) => string;
  /** Who asks: the kubeconfig's context. */
  readonly login: () => string;
}

export interface ExecOptions {
  readonly deadlineMs: number;
  /** Of stdout; more is not read. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface ExecOutput {
  readonly stdout: Uint8Array;
  /** With kubectl's words on how it ended, where that was not well. */
  readonly stderr: string;
  readonly exitStatus: number;
}

export interface KubeSilence {
  readonly state: 'absent' | 'not-permitted' | 'failed';
  /** Without a full stop: it stands within another sentence. */
  readonly reason: string;
}
