// The real kernel's filters: a namespace with two devices (TUN: what is written comes in by them) into which rulesets are loaded one
// after the other, packets put through each, and its counters read. Needs root and nft's and iptables' own commands.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, type RandomPacket } from './random-packets.ts';
import { BASE_CHAINS, randomSets } from './random-filters.ts';

export type Tool = 'iptables-nft' | 'iptables-legacy' | 'nft';

export interface Trial {
  readonly tool: Tool;
  /** Of iptables, one for each family; of nft one for all. */
  readonly rulesets: readonly string[];
  readonly packets: readonly RandomPacket[];
}

/** What the tools print after the packets, in the order of the rulesets. */
export interface Tried {
  readonly outputs: readonly string[];
  /** What the tools complained of. */
  readonly errors: string;
}

/** A line of standard input is a command: `w 0 HEX` into a device, `o 4 DST MARK HEX` sent here, `x …` to the shell. */
const DRIVER = `
  use strict; use warnings; use Socket qw(:all);
  my @tun;
  for my $name ("d0", "d1") {
    open(my $tun, "+<", "/dev/net/tun") or die "tun: $!";
    my $ask = pack("Z16 S x22", $name, 0x1001);
    ioctl($tun, 0x400454ca, $ask) or die "TUNSETIFF: $!";
    push @tun, $tun;
  }
  system("sh", "setup") == 0 or die "setup";
  socket(my $four, AF_INET, SOCK_RAW, 255) or die "raw: $!";
  socket(my $six, AF_INET6, SOCK_RAW, 255) or die "raw6: $!";
  while (my $line = <STDIN>) {
    chomp $line;
    my ($what, $rest) = split(/ /, $line, 2);
    if ($what eq "x") { system($rest); next; }
    my @words = split(/ /, $rest);
    if ($what eq "w") { syswrite($tun[$words[0]], pack("H*", $words[1])); next; }
    my $socket = $words[0] == 4 ? $four : $six;
    setsockopt($socket, SOL_SOCKET, 36, pack("i", $words[2]));
    my $to = $words[0] == 4 ? pack_sockaddr_in(0, inet_aton($words[1])) : pack_sockaddr_in6(0, inet_pton(AF_INET6, $words[1]));
    # What a filter drops here, the sender is told.
    send($socket, pack("H*", $words[3]), 0, $to);
  }
`;

const SETUP = [
  'set -e; ip link set lo up',
  // Without an address of the link no redirects are sent.
  'for d in d0 d1; do ip link set $d multicast off addrgenmode none; ip link set $d up; done; ip link set d1 group 7',
  'ip addr add 10.1.0.1/24 dev d0; ip addr add 10.2.0.1/24 dev d1',
  'ip addr add fd01::1/64 dev d0 nodad; ip addr add fd02::1/64 dev d1 nodad',
  'cd /proc/sys/net; echo 1 >ipv4/ip_forward; echo 1 >ipv6/conf/all/forwarding',
  'for d in all d0 d1; do echo 0 >ipv4/conf/$d/rp_filter; echo 0 >ipv4/conf/$d/send_redirects; done',
  'echo 0 >netfilter/nf_conntrack_checksum; echo 1 >netfilter/nf_conntrack_tcp_be_liberal',
].join('\n');

/** Milliseconds: a thousand rulesets take four minutes on a busy machine. */
const LONGEST = 600_000;

export function tryFilters(trials: readonly Trial[]): Tried[] {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-filters-'));
  try {
    const lines: string[] = [];
    writeFileSync(join(folder, 'setup'), SETUP);
    writeFileSync(join(folder, 'sets'), `${randomSets(4)}${randomSets(6)}`);
    lines.push('x ipset restore <sets; { ipset list -terse; ipset save; } >sets.out');
    for (const [at, trial] of trials.entries()) {
      for (const [which, ruleset] of trial.rulesets.entries()) {
        writeFileSync(join(folder, `${at}.${which}`), ruleset);
        lines.push(`x ${loader(trial.tool, which)} <${at}.${which} 2>>${at}.err`);
      }
      for (const packet of trial.packets) lines.push(sending(packet));
      for (const which of trial.rulesets.keys())
        lines.push(`x ${printer(trial.tool, which)} >${at}.${which}.out 2>>${at}.err`);
      lines.push(`x ${cleaner(trial.tool)} 2>>${at}.err`);
    }
    execFileSync('unshare', ['-n', 'perl', '-e', DRIVER], {
      cwd: folder,
      input: `${lines.join('\n')}\n`,
      stdio: ['pipe', 'inherit', 'inherit'],
      timeout: LONGEST,
    });
    return trials.map(({ rulesets }, at) => ({
      outputs: rulesets.map((_, which) => readFileSync(join(folder, `${at}.${which}.out`), 'utf8')),
      errors: readFileSync(join(folder, `${at}.err`), 'utf8').replace(/^# Warning: .*\n/gm, ''),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As `ipset` prints the sets of random-filters.ts. */
export function printedSets(): string {
  return execFileSync('unshare', ['-n', 'sh', '-c', 'ipset restore && ipset list -terse && ipset save'], {
    input: `${randomSets(4)}${randomSets(6)}`,
    encoding: 'utf8',
  });
}

function command(tool: Tool, which: number): string {
  const six = which === 1 ? 'ip6tables' : 'iptables';
  return tool === 'iptables-legacy' ? `${six}-legacy` : `${six}-nft`;
}

function loader(tool: Tool, which: number): string {
  return tool === 'nft' ? 'nft -f -' : `${command(tool, which)}-restore`;
}

function printer(tool: Tool, which: number): string {
  return tool === 'nft' ? 'nft -j list ruleset' : `${command(tool, which)}-save -c`;
}

function cleaner(tool: Tool): string {
  if (tool !== 'iptables-legacy') return 'nft flush ruleset';
  // Policies and what they counted are kept where nothing is said of them.
  const empty = Object.entries(BASE_CHAINS).map(([table, chains]) => {
    const accepting = chains.map((chain) => `:${chain} ACCEPT [0:0]\\n`).join('');
    return `*${table}\\n${accepting}COMMIT\\n`;
  });
  return `for t in iptables ip6tables; do printf '${empty.join('')}' | $t-legacy-restore -c; done`;
}

function sending(packet: RandomPacket): string {
  const hex = Buffer.from(bytesOf(packet)).toString('hex');
  return packet.iif === null
    ? `o ${packet.family} ${packet.dst} ${packet.mark} ${hex}`
    : `w ${packet.iif.slice(1)} ${hex}`;
}
