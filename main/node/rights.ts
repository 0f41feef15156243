// What a login may do on a node (DESIGN §5 "Rights"), and how a discovery is run with it.
import { discoveryScript, partWords, type DiscoveryRequest } from '../../app/probe/discovery-script.ts';
import { plainText } from '../../app/plain-text.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import type { SshConnection } from './capture-events.ts';
import type { GuardOptions } from './guard.ts';
import { printedEvidence, type NodeFailure } from './node-failure.ts';
import { parseSshConnection } from './ssh-connection.ts';
import { runDiscoverVerb, runScript, type ProbeOptions, type ProbeOutput } from './run-probe.ts';
import { WRAPPER_PATH } from './wrapper.ts';

/** 0 plain user, 1 capture (a setcap copy of tcpdump), 2 root through the wrapper's fixed verbs, 3 root. */
export type RightsTier = 0 | 1 | 2 | 3;

/** Where set-up puts the copy of tcpdump that has cap_net_raw, executable for a group only. */
export const CAPTURE_PATH = '/usr/local/lib/hopscope/tcpdump';

export interface Rights {
  readonly tier: RightsTier;
  readonly uid: number;
  /** Why it is less than asked for and what to do, or what the tier leaves unknown; a sentence each. */
  readonly limits: readonly string[];
  /** Our own SSH connection as the node sees it; null where its shell does not say. */
  readonly sshConnection: SshConnection | null;
}

export interface DetectOptions extends GuardOptions {
  /** The cluster file says so. Without it sudo is not touched: a refusal is logged and mailed to root. */
  readonly sudo: boolean;
  /** wrapperVersion() of this program; null when any will do. */
  readonly wrapperVersion: string | null;
}

const DETECT_DEADLINE_MS = 10_000;

function detectScript(sudo: boolean): string {
  const plain = `echo "uid=$(id -u)"\necho "ssh=$SSH_CONNECTION"\nif [ -x ${CAPTURE_PATH} ]; then echo capture=yes; fi\n`;
  if (!sudo) return plain;
  return String.raw`${plain}
if [ "$(id -u)" = 0 ]; then exit 0; fi
if [ -x ${WRAPPER_PATH} ]; then echo "wrapper=$(sed -n '2s/^# hopscope-node //p' ${WRAPPER_PATH})"; fi
if command -v sudo >/dev/null; then
  for verb in discover follow capture; do
    said=$(echo hello | sudo -n ${WRAPPER_PATH} $verb 2>&1)
    # A line of its own among what sudo may warn of (a host name that it cannot resolve).
    if printf '%s\n' "$said" | grep -qx hello; then echo $verb=yes
    else printf 'refused=%s\n' "$(printf '%s' "$said" | tail -n 1)"; break; fi
  done
else echo refused=absent; fi
`;
}

function answers(stdout: Uint8Array): ReadonlyMap<string, string> {
  const lines = new TextDecoder().decode(stdout).split('\n');
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

/** Why sudo does not give root, and the mend; null when it does. */
function sudoTrouble(said: ReadonlyMap<string, string>, version: string | null): string | null {
  const wrapper = said.get('wrapper');
  const refused = said.get('refused');
  if (refused === 'absent') return 'sudo is not installed on this node: install it, or log in as root.';
  if (wrapper === undefined) {
    return `The root wrapper ${WRAPPER_PATH} is missing on this node, so root's facts are not read: install it there.`;
  }
  if (version !== null && wrapper !== version) {
    return `The root wrapper on this node is of another version (${plainText(wrapper.slice(0, 12))}, not ${version}): install it again.`;
  }
  if (['discover', 'follow', 'capture'].some((verb) => said.get(verb) !== 'yes')) {
    const reason =
      refused === undefined || refused === '' ? 'it is not allowed' : plainText(refused.slice(0, 200));
    return `sudo does not let this login run ${WRAPPER_PATH} without a password (${reason}): add its line to /etc/sudoers.d.`;
  }
  return null;
}

/** Asks the node, without ever prompting: `id -u`, the capture copy, and the wrapper through `sudo -n` if `sudo` says so. */
export async function detectRights(
  transport: NodeTransport,
  options: DetectOptions,
): Promise<Result<Rights, NodeFailure>> {
  const ran = await runScript(transport, {
    ...options,
    what: `id -u, the capture tool${options.sudo ? ', sudo -n -l' : ''}: what this login may do`,
    script: detectScript(options.sudo),
    deadlineMs: DETECT_DEADLINE_MS,
    maxBytes: 64 * 1024,
  });
  if (!ran.ok) return fail(ran.failure);
  const said = answers(ran.value.stdout);
  const uidText = said.get('uid') ?? '';
  if (!/^\d{1,10}$/.test(uidText)) {
    return fail({
      kind: 'no-shell',
      sentence: 'The node did not say who this login is (id -u): it needs the standard commands in its PATH.',
      detail: printedEvidence(new TextDecoder().decode(ran.value.stderr)),
    });
  }
  const uid = Number(uidText);
  const sshConnection = parseSshConnection(said.get('ssh') ?? '');
  if (uid === 0) return ok({ tier: 3, uid, limits: [], sshConnection });
  const trouble = options.sudo ? sudoTrouble(said, options.wrapperVersion) : null;
  if (options.sudo && trouble === null) return ok({ tier: 2, uid, limits: [], sshConnection });
  const plain =
    'This login is not root: the inside of Pods and the firewall are not read. Log in as root, or install the wrapper and set sudo: true.';
  return ok({ tier: said.get('capture') === 'yes' ? 1 : 0, uid, limits: [trouble ?? plain], sshConnection });
}

/** Runs the discovery with all the rights there are: tier 2 runs the wrapper's own copy of the script. */
export function runDiscovery(
  transport: NodeTransport,
  rights: Rights,
  options: ProbeOptions & { readonly request: DiscoveryRequest },
): Promise<Result<ProbeOutput, NodeFailure>> {
  if (rights.tier === 2) return runDiscoverVerb(transport, options);
  const what = `discovery: ${partWords(options.request).replaceAll(' ', ', ')}`;
  return runScript(transport, { ...options, what, script: discoveryScript(options.request) });
}
