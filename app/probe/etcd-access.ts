// How etcd is reached on a node: by the arguments it runs with, where kubeadm lays its certificates, or as the cluster
// file says. Source: kubernetes/cmd/kubeadm/app (phases/etcd/local.go, phases/certs/certlist.go), etcd 3.4/3.5 flags.
import { fail, ok, type Result } from '../result.ts';
import { shellWord } from './shell-word.ts';
import { STANDING } from './trusted-process.ts';

/** What the cluster file says; paths are on the node. */
export interface EtcdGiven {
  readonly endpoint?: string | undefined;
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface EtcdAccess {
  readonly endpoint: string;
  /** Where `endpoint` was found, for people. */
  readonly foundIn: string;
  readonly certificates: { readonly cacert: string; readonly cert: string; readonly key: string } | null;
  /** The etcd whose container's etcdctl is run; null for the node's own. */
  readonly inContainerOf: number | null;
}

const pki = '/etc/kubernetes/pki';
const MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';
const API_MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const kubeadmFiles = [
  `${pki}/etcd/ca.crt`,
  ...[`${pki}/etcd/healthcheck-client`, `${pki}/apiserver-etcd-client`].flatMap((name) => [
    `${name}.crt`,
    `${name}.key`,
  ]),
];

/** POSIX sh that reads and changes nothing: where etcd is, and which files of it this login may read. */
export function etcdFindScript(given: EtcdGiven): string {
  const files = [...kubeadmFiles, given.cacert, given.cert, given.key].flatMap((file) => file ?? []);
  return String.raw`cd /proc || exit
${STANDING}
ours=$(standing self 2>/dev/null)
if command -v etcdctl >/dev/null; then echo etcdctl=here; fi
flags=
for c in $(grep -slx etcd [0-9]*/comm); do
  p=$(dirname $c)
  where=other
  if [ "$(readlink $p/ns/mnt 2>/dev/null)" = "$(readlink self/ns/mnt)" ]; then where=here
  elif [ "$(standing $p 2>/dev/null)" = "$ours" ]; then where=trusted; fi
  echo "process=$p $where"
  # Any Pod may call a process etcd: its word counts where it is root in our own network, as kubeadm's is.
  if [ "$(readlink $p/ns/net 2>/dev/null)" != "$(readlink self/ns/net)" ]; then continue; fi
  if ! grep -q '^Uid:[[:space:]]0[[:space:]]' $p/status; then continue; fi
  flags="$flags
$(tr '\0' '\n' <$p/cmdline 2>/dev/null | head -c 65536 | sed -n 's/^\(--[a-z-]*=.*\)$/process.flag=\1/p')"
done
for m in etcd=${MANIFEST} api=${API_MANIFEST}; do
  if [ -r "${'${m#*=}'}" ]; then
    flags="$flags
$(head -c 65536 "${'${m#*=}'}" | sed -n "s/^ *- \(--[a-z-]*=.*\)\$/${'${m%%=*}'}.flag=\1/p")"
  elif [ -e "${'${m#*=}'}" ]; then echo "unreadable=${'${m#*=}'}"; fi
done
printf '%s\n' "$flags"
{ printf '%s\n' ${files.map(shellWord).join(' ')}; printf '%s\n' "$flags" | sed -n 's|^[a-z.]*=--[a-z-]*=\(/.*\)$|\1|p'; } |
  sort -u | head -n 100 | while IFS= read -r f; do
  if [ -r "$f" ]; then echo "readable=$f"; elif [ -e "$f" ]; then echo "unreadable=$f"; fi
done
`;
}

/** What `etcdFindScript` printed. */
export interface EtcdTraces {
  readonly hasEtcdctl: boolean;
  readonly processes: readonly { readonly pid: number; readonly where: string }[];
  /** By who has it (`process`, `etcd`, `api`), then by name. */
  readonly flags: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly readable: ReadonlySet<string>;
  readonly unreadable: ReadonlySet<string>;
}

export function parseEtcdTraces(text: string): EtcdTraces {
  const readable = new Set<string>();
  const unreadable = new Set<string>();
  const processes: { pid: number; where: string }[] = [];
  const flags = new Map<string, Map<string, string>>();
  let hasEtcdctl = false;
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^([a-z.]+)=(.*)$/.exec(line) ?? [];
    const [, owner, flag, set] = /^(\w+)\.flag=--([a-z-]+)=(.*)$/.exec(line) ?? [];
    if (owner !== undefined && flag !== undefined && set !== undefined) {
      const of = flags.get(owner) ?? new Map<string, string>();
      flags.set(owner, of.set(flag, set));
    } else if (name === 'readable') readable.add(value);
    else if (name === 'unreadable') unreadable.add(value);
    else if (name === 'etcdctl') hasEtcdctl = true;
    else if (name === 'process') {
      const [, pid, where] = /^(\d{1,10}) (here|trusted|other)$/.exec(value) ?? [];
      if (pid !== undefined && where !== undefined) processes.push({ pid: Number(pid), where });
    }
  }
  return {
    hasEtcdctl,
    processes,
    flags: Object.fromEntries([...flags].map(([owner, of]) => [owner, Object.fromEntries(of)])),
    readable,
    unreadable,
  };
}

export interface NoEtcd {
  /** `elsewhere`: nothing of etcd is on this node; another one may have it. */
  readonly kind: 'elsewhere' | 'not-permitted' | 'no-etcdctl';
  readonly sentence: string;
}

export function etcdAccess(
  traces: EtcdTraces,
  given: EtcdGiven,
  nodeLabel: string,
): Result<EtcdAccess, NoEtcd> {
  const { processes, hasEtcdctl } = traces;
  const found = endpointOf(traces, given);
  if (found === null) {
    const manifest = traces.unreadable.has(MANIFEST) ? ` (${MANIFEST} may not be read by this login)` : '';
    const sentence = `No etcd was found on ${nodeLabel}${manifest}: no process of it, no manifest, no kube-apiserver that names one. Say in the cluster file under etcd where it is (node, endpoint, cacert, cert, key).`;
    return fail({ kind: manifest === '' ? 'elsewhere' : 'not-permitted', sentence });
  }
  const certificates = found.endpoint.startsWith('https:') ? certificatesOf(traces, given) : ok(null);
  if (!certificates.ok) {
    const sentence = `etcd on ${nodeLabel} (${found.endpoint}) wants a client certificate, and this login may not read one (${certificates.failure}): log in as root there, or name readable ones under etcd in the cluster file.`;
    return fail({ kind: 'not-permitted', sentence });
  }
  const access = { ...found, certificates: certificates.value, inContainerOf: null };
  if (hasEtcdctl) return ok(access);
  const trusted = processes.find(({ where }) => where === 'trusted');
  if (trusted !== undefined) return ok({ ...access, inContainerOf: trusted.pid });
  const contained = processes.find(({ where }) => where === 'other');
  const byHand = etcdctl(access, ['get', '/', '--prefix', '--keys-only']).replace('ETCDCTL_API=3 ', '');
  const way =
    contained === undefined
      ? 'install it (Debian: etcd-client)'
      : `install it, or run by hand, with the container’s rights: kubectl exec -n kube-system etcd-${nodeLabel} -- ${byHand}`;
  const sentence = `etcdctl is not on ${nodeLabel}${contained === undefined ? '' : `, and its etcd (process ${contained.pid}) runs in a container with fewer rights than this login: its programs are not run as root from here`}; ${way}.`;
  return fail({ kind: 'no-etcdctl', sentence });
}

function endpointOf(
  { flags, processes, hasEtcdctl, unreadable }: EtcdTraces,
  given: EtcdGiven,
): Pick<EtcdAccess, 'endpoint' | 'foundIn'> | null {
  if (given.endpoint !== undefined) return { endpoint: given.endpoint, foundIn: 'the cluster file' };
  const told = [
    ['etcd', 'listen-client-urls', MANIFEST],
    ['etcd', 'advertise-client-urls', MANIFEST],
    ['api', 'etcd-servers', API_MANIFEST],
    ['process', 'listen-client-urls', 'the arguments of the running etcd'],
    ['process', 'advertise-client-urls', 'the arguments of the running etcd'],
  ] as const;
  for (const [owner, flag, foundIn] of told) {
    const urls = (flags[owner]?.[flag] ?? '').split(',').filter((url) => ENDPOINT.test(url));
    const endpoint = urls.find((url) => /\/\/(127\.|localhost|\[::1\])/.test(url)) ?? urls[0];
    if (endpoint !== undefined) return { endpoint: connectable(endpoint), foundIn };
  }
  if (processes.length === 0 || !hasEtcdctl || unreadable.has(MANIFEST)) return null;
  return { endpoint: 'http://127.0.0.1:2379', foundIn: 'etcd’s default, since a process of it runs' };
}

/** A URL without anything that a shell or etcdctl's list of endpoints could take for more. */
export const ENDPOINT = /^https?:\/\/[\w.:[\]-]{1,300}$/;

/** One may listen on every address, but not connect to it. */
function connectable(endpoint: string): string {
  return endpoint.replace(/\/\/0\.0\.0\.0\b/, '//127.0.0.1').replace('//[::]', '//[::1]');
}

/** The failure tells which files were tried. */
function certificatesOf(
  { flags, readable, unreadable }: EtcdTraces,
  given: EtcdGiven,
): Result<NonNullable<EtcdAccess['certificates']>, string> {
  const { process: running = {}, etcd = {}, api = {} } = flags;
  const cas = [
    given.cacert,
    etcd['trusted-ca-file'],
    `${pki}/etcd/ca.crt`,
    api['etcd-cafile'],
    running['trusted-ca-file'],
  ];
  const pairs: [string | undefined, string | undefined][] = [
    [given.cert, given.key],
    // kubeadm makes it for exactly this.
    [`${pki}/etcd/healthcheck-client.crt`, `${pki}/etcd/healthcheck-client.key`],
    [api['etcd-certfile'], api['etcd-keyfile']],
    [`${pki}/apiserver-etcd-client.crt`, `${pki}/apiserver-etcd-client.key`],
    [etcd['cert-file'], etcd['key-file']],
    [running['cert-file'], running['key-file']],
  ];
  const may = (file: string | undefined): file is string => file !== undefined && readable.has(file);
  const cacert = cas.find(may);
  for (const [cert, key] of pairs)
    if (cacert !== undefined && may(cert) && may(key)) return ok({ cacert, cert, key });
  const refused = [...unreadable].filter((file) => /\.(key|crt|pem)$/.test(file));
  return fail(
    refused.length > 0 ? `not readable: ${refused.slice(0, 3).join(', ')}` : `none lies in ${pki}/etcd`,
  );
}

/** etcdctl's command line, as one could type it on that node. */
export function etcdctl(access: EtcdAccess, words: readonly string[]): string {
  const { endpoint, certificates, inContainerOf } = access;
  const program =
    inContainerOf === null ? ['etcdctl'] : ['nsenter', '-t', `${inContainerOf}`, '-m', '--', 'etcdctl'];
  const tls =
    certificates === null
      ? []
      : [`--cacert=${certificates.cacert}`, `--cert=${certificates.cert}`, `--key=${certificates.key}`];
  return ['ETCDCTL_API=3', ...[...program, `--endpoints=${endpoint}`, ...tls, ...words].map(shellWord)].join(
    ' ',
  );
}
