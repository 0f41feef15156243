// The line on which somebody typed a command: `root@k8s-worker-1:~# ip a`, `# route -n`, `/ # ip a` within a container.
// What it says of the output that follows: which node or Pod, and whether that is all that the command would print.

export type Place =
  /** A node's or a Pod's name: which of the two, the rest of the paste decides. */
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'pod'; readonly namespace: string | null; readonly name: string }
  /** Another network namespace or container of a node: not the node's own facts. */
  | { readonly kind: 'inside'; readonly name: string }
  /** Nobody said: what came together in one paste belongs together. */
  | { readonly kind: 'unsaid'; readonly source: string };

export interface TypedCommand {
  /** As typed, without the prompt. Empty for a bare prompt. */
  readonly command: string;
  /** The host that the prompt names. */
  readonly host: string | null;
  /** `HH:MM:SS` or with a date before it, where the prompt shows the time. */
  readonly time: string | null;
}

const TIME = String.raw`(?:\[?((?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d)\]?\s+)?`;
// user@host:dir$   [user@host dir]#   host:dir#   bash-5.0#   / #
const PROMPTS: readonly RegExp[] = [
  new RegExp(
    `^${TIME}(?:\\([\\w.-]{1,40}\\) )?[\\w.-]{1,32}@([\\w.-]{1,253})[:\\s][^#$%>]{0,200}[#$%>]\\s*(.*)$`,
  ),
  new RegExp(`^${TIME}\\[[\\w.-]{1,32}@([\\w.-]{1,253})[^\\]]{0,200}\\]\\s?[#$%>]\\s*(.*)$`),
  new RegExp(`^${TIME}([a-zA-Z][\\w.-]{1,252}):[~/][^#$%>\\s]{0,200}\\s?[#$%>]\\s*(.*)$`),
  new RegExp(`^${TIME}()(?:(?:ba)?sh-[\\d.]+|[~/][\\w./-]{0,200}) ?[#$]\\s+(.*)$`),
];
const BARE = /^(?:[#$>%]|host#)\s+(\S.*)$/;
const TOOLS =
  /^(?:sudo (?:-\S+ )*)?(?:\/(?:usr\/)?s?bin\/)?(?:ip6?|route|ifconfig|arp|bridge|netstat|kubectl|k|calicoctl|birdcl6?|birdc6?|iptables(?:-legacy|-nft)?(?:-save)?|ip6tables(?:-save)?|nft|sysctl|cat|grep|tcpdump|ssh|nsenter|docker|crictl|ctr|date|hostname|lsns|ethtool|conntrack|ipset|ipvsadm|wg|nstat|ss|for|watch|sh)\b/;

/** Null when the line is none. */
export function typedCommand(line: string): TypedCommand | null {
  if (line.length > 1000 || !/[#$%>]/.test(line)) return null;
  for (const prompt of PROMPTS) {
    const match = prompt.exec(line);
    if (match === null) continue;
    const [, time, host, command = ''] = match;
    return {
      command: command.trim(),
      host: host === undefined || host === '' ? null : host,
      time: time ?? null,
    };
  }
  const bare = BARE.exec(line)?.[1];
  return bare !== undefined && TOOLS.test(bare) && /^\S+\s*$|[^.。:]$/.test(bare)
    ? { command: bare.trim(), host: null, time: null }
    : null;
}

/** Where a command's output comes from, if the command itself says so. */
export function placeOfCommand(command: string): Place | null {
  const exec = /\bkubectl\b(.{0,300}?)\s(?:exec|debug)\s+(.{1,300})$/.exec(command);
  if (exec !== null) {
    const words = `${exec[1] ?? ''} ${exec[2] ?? ''}`;
    const namespace = /(?:^|\s)(?:-n|--namespace)[ =]?([a-z0-9-]{1,63})/.exec(words)?.[1] ?? null;
    const name = (exec[2] ?? '')
      .replace(/(?:^|\s)(?:-n|-c|--namespace|--container|--image)[ =]\S+/g, ' ')
      .split(/\s+/)
      .find((word) => word !== '' && !word.startsWith('-'));
    if (name === undefined) return null;
    return name.startsWith('node/')
      ? { kind: 'named', name: name.slice('node/'.length) }
      : { kind: 'pod', namespace, name: name.replace(/^pods?\//, '') };
  }
  const ssh = /^ssh\s+(?:-\S+\s+)*(?:[\w.-]+@)?([\w.-]{1,253})(?:\s|$)/.exec(command)?.[1];
  if (ssh !== undefined) return { kind: 'named', name: ssh };
  const inside =
    /\bnsenter\b.{0,100}?(?:-t|--target)[ =]?(\S{1,20})/.exec(command)?.[1] ??
    /\bip netns exec (\S{1,80})/.exec(command)?.[1] ??
    /\bip -n(?:etns)? (\S{1,80}) /.exec(command)?.[1] ??
    /\b(?:docker|crictl) exec(?: -\S+)* (\S{1,80})/.exec(command)?.[1];
  return inside === undefined ? null : { kind: 'inside', name: inside };
}

/** Whether it leads somewhere and stays there (a shell), so that what follows comes from there, too. */
export function opensShell(command: string): boolean {
  return /^ssh\s+(?:-\S+\s+)*\S+\s*$|\b(?:ba|a|z)?sh\s*$/.test(command) && placeOfCommand(command) !== null;
}

/** False when a filter or a selector leaves things out. */
export function isWhole(command: string): boolean {
  // Of addresses, a family is a selector, too: devices without any of it are left out.
  if (/\bip\b.*\s-(?:[46]|f(?:amily)?\s+inet6?)\s+(?:-\S+\s+)*a/.test(command)) return false;
  if (/\bbridge\s+(?:-\S+\s+)*l/.test(command)) return false;
  return !/\||\b(?:grep|head|tail|awk|show dev|dev|get|to|proto|type|root|match|exact|brief|up|master|vf)\b/.test(
    command,
  );
}

export function familyOf(command: string): 4 | 6 | null {
  return /\s-(?:6|f(?:amily)? ?inet6|inet6)\b/.test(command) ? 6 : /\s-4\b/.test(command) ? 4 : null;
}

/** A command that prints one setting's value and nothing else. */
export const FILE_READ =
  /^(?:sudo )?(?:cat (?=\/proc\/sys\/net\/)|sysctl -n (?=net[./]))([\w./-]{1,200})\s*$/;
