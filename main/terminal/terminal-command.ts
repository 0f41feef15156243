// The command lines behind a terminal: a login shell on a node, or a shell inside a Pod entered from its node.
// Everything that reaches the remote shell here is a number or a checked name.
import { KUBECTL } from '../../app/probe/kubernetes.ts';

/** Where a Pod lives on its node: a process in it and the inode its /proc/PID/ns/net must still show. */
export interface PodPlace {
  readonly pid: number;
  readonly netnsInode: number;
}

/** What one types by hand to get the same; shown in the window. */
export function podShellByHand(place: PodPlace): string {
  return `nsenter -t ${count(place.pid)} -m -u -i -n -p -- /bin/sh`;
}

/** What a terminal says last. Its guard ends after a silence of ours (main/node/guard-script.ts), or somebody ended it. */
export const closedWords =
  'Terminal closed: its guard on this node has ended, as it does when Hopscope is not heard for 10 s.';

/**
 * A pty keeps its shell alive for as long as sshd holds it, also an sshd that is frozen for good. So each
 * terminal has a companion that ends the whole session (all processes of it, not only the shell) once the
 * node's guard, which lives by our heartbeat, is gone. `$1` is the guard's pid.
 */
const companion = [
  // POSIX has no name for a subshell's own pid; it must spare itself until the others are gone.
  '(trap "" HUP INT TERM QUIT TSTP TTOU TTIN; s=$$; read -r me x </proc/self/stat; ',
  'm() { for f in /proc/[0-9]*/stat; do read -r l <$f || continue; ',
  'p=${l%% *}; set -- ${l##*) }; case $4.$p in $s.$me) ;; $s.*) echo $p;; esac; done; }; ',
  'while kill -0 $1 && kill -0 $s; do sleep 1; done; ',
  // The operator typed exit: what they left running with nohup is theirs.
  'kill -0 $1 && exit; ',
  // Apart: where nobody takes what the terminal prints, this would wait for ever.
  `(exec >/dev/tty; echo; echo ${closedWords})& `,
  'kill -HUP $(m); sleep 1; kill -KILL $(m)) </dev/null >/dev/null 2>&1 & ',
].join('');

/** The node's own login shell. `guardPid` is the process whose end ends this terminal. */
export function nodeShellCommand(guardPid: number): string {
  return inShell(guardPid, 'exec "${SHELL:-/bin/sh}" -l');
}

/**
 * A shell in all of the Pod's namespaces; a Pod without a shell gets the node's tools inside its network
 * namespace. Refuses when the process is gone or its pid now belongs to something else.
 */
export function podShellCommand(place: PodPlace, guardPid: number): string {
  const pid = count(place.pid);
  return inShell(
    guardPid,
    [
      `if [ "$(readlink /proc/${pid}/ns/net)" = "net:[${count(place.netnsInode)}]" ]; then :; else `,
      'echo "This Pod is gone: its process has ended. Select the Pod again for the present one."; exit 1; fi; ',
      // A history file would be ours, left in the Pod or, where its home is the node's, there.
      'export HISTFILE=; ',
      // An absolute link (Alpine's /bin/busybox) leads nowhere as seen from here: that there is one must do.
      `s=/proc/${pid}/root/bin/sh; if [ -x $s ] || [ -L $s ]; then exec nsenter -t ${pid} -m -u -i -n -p -- /bin/sh; fi; `,
      'echo "This Pod has no shell: these are the tools of the node in the network namespace of the Pod."; ',
      `exec nsenter -t ${pid} -n -- /bin/sh`,
    ].join(''),
  );
}

/** `kubectl exec` from the node that has kubectl, where the Pod cannot be entered from its own node. */
export function kubectlExecCommand(
  kubectl: string,
  namespace: string,
  name: string,
  guardPid: number,
): string {
  const called = KUBECTL.replace(/^kubectl/, () => program(kubectl));
  // env, because the cluster file may say KUBECONFIG=… before it.
  return inShell(guardPid, `exec env ${called} exec -i -t -n ${label(namespace)} ${label(name)} -- /bin/sh`);
}

/**
 * The login shell (csh, fish, anything) sees one single-quoted word. It means the same to all of them because it has no
 * quote, newline, `!` (csh's history, also inside quotes) or backslash (fish's escape), and is short (csh: 1024 bytes).
 */
function inShell(guardPid: number, script: string): string {
  return `exec /bin/sh -c '${companion}${script}' hopscope-terminal ${count(guardPid)}`;
}

function count(value: number): string {
  if (!Number.isSafeInteger(value) || value <= 0) throw new RangeError(`not a positive integer: ${value}`);
  return String(value);
}

/** RFC 1123 names only: what the API server allows, and nothing a shell or kubectl reads as more. */
function label(value: string): string {
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(value)) throw new RangeError('not a Kubernetes name');
  return value;
}

/** As the cluster file may say it (app/contract/cluster-file.ts): a program and plain options, without quotes. */
function program(value: string): string {
  if (!/^[\w./=:@,+-]+( [\w./=:@,+-]+)*$/.test(value)) throw new RangeError('not a plain command');
  return value;
}
