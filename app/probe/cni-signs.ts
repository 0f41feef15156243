// What names the maker of a node's Pod network beside devices and routes: configuration files by name (some hold
// secrets), Flannel's subnet.env (which holds none), and agents by the names of their processes.
import type { CniSigns } from './facts.ts';
import { AGENTS } from './trusted-process.ts';
import { EntryList, type ReadEntries } from './unread.ts';

/** Expects `programs`; runs in /proc, and starts readlink for each agent found. */
export const cniScript = `
cni_signs() {
  n=0
  for f in /etc/cni/net.d/* /run/flannel/subnet.env /run/cilium /var/run/calico /sys/fs/bpf/calico \\
    /sys/fs/bpf/tc/globals/cali_* /sys/fs/bpf/cilium; do
    n=$((n + 1))
    if [ $n -gt 60 ]; then break; fi
    if [ -e "$f" ]; then printf 'file %s\\n' "$f"; fi
  done
  if [ -f /run/flannel/subnet.env ]; then
    n=0
    while [ $n -lt 20 ] && read -r line; do n=$((n + 1)); printf 'flannel %s\\n' "$line"; done </run/flannel/subnet.env
  fi
  name_programs
  n=0
  for found in $programs; do
    case $found in all|*:bird|*:bird6|*:gobgpd) continue;; esac
    n=$((n + 1))
    if [ $n -gt 20 ]; then break; fi
    p=\${found%%/*}
    printf 'agent %s %s %s\\n' "$p" "$(readlink $p/ns/net 2>/dev/null || echo -)" "\${found#*:}"
  done
  return 0
}
`;

export const cniCommand = `ls /etc/cni/net.d; cat /run/flannel/subnet.env; grep -sxE '${AGENTS}' /proc/[0-9]*/comm`;

/** `rootInode`: agents of another network namespace are a Pod's own business. */
export function parseCniSigns(
  output: string,
  rootInode: number | null,
): ReadEntries<never> & { readonly signs: CniSigns } {
  const unread = new EntryList<never>();
  const files: string[] = [];
  const subnet: [string, string][] = [];
  const agents: { pid: number; comm: string }[] = [];
  for (const [at, line] of output.split('\n').entries()) {
    if (line === '') continue;
    const file = /^file (\/.{1,255})$/.exec(line);
    const setting = /^flannel (?:#.*|([A-Z0-9_]{1,40})=(.{0,200}))?$/.exec(line);
    const agent = /^agent (\d{1,10}) (?:net:\[(\d{1,12})\]|-) ([\w-]{1,15})$/.exec(line);
    if (file) files.push(file[1] ?? '');
    else if (setting) {
      if (setting[1] !== undefined) subnet.push([setting[1], setting[2] ?? '']);
    } else if (agent) {
      const elsewhere = agent[2] !== undefined && rootInode !== null && Number(agent[2]) !== rootInode;
      if (!elsewhere) agents.push({ pid: Number(agent[1]), comm: agent[3] ?? '' });
    } else unread.notUnderstood(`line ${at + 1}`, line);
  }
  const { entries, unreadCount } = unread;
  const flannel = subnet.length === 0 ? null : Object.fromEntries(subnet);
  return { entries, unread: unread.unread, unreadCount, signs: { files, flannel, agents } };
}
