// A network namespace of our own with given routes and rules, and what its kernel answers to each query.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RandomRouting } from './random-routing.ts';

export interface KernelAnswers {
  /** Of `ip -j route show table all` and `ip -j rule show`. */
  readonly routes: string;
  readonly rules: string;
  /** By query: the JSON of its route, or what the kernel said instead. */
  readonly answers: readonly (
    { readonly route: string; readonly error: null } | { readonly route: null; readonly error: string }
  )[];
}

/** Null when this machine lets us make no namespace; everything in it goes with its last process. */
export function askKernel(routing: RandomRouting, family: 4 | 6): KernelAnswers {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-fib-'));
  const file = (name: string): string => join(folder, name);
  try {
    writeFileSync(file('nexthops'), family === 4 ? NEXTHOPS : '');
    writeFileSync(file('routes'), `${routing.routes.join('\n')}\n`);
    writeFileSync(file('rules'), `${routing.rules.join('\n')}\n`);
    writeFileSync(file('queries'), `${routing.queries.map(({ line }) => line).join('\n')}\n`);
    const made = spawnSync('unshare', ['-n', 'sh', '-c', script(routing, family), 'sh', folder], {
      encoding: 'utf8',
      timeout: 240_000,
    });
    if (made.status !== 0) throw new Error(`no namespace with routes: ${made.stderr.slice(0, 500)}`);
    const text = (name: string): string => readFileSync(file(name), 'utf8');
    return {
      routes: text('routes.json'),
      rules: text('rules.json'),
      answers: pairAnswers(text('answers'), text('errors'), routing.queries.length),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function script({ devices }: RandomRouting, family: 4 | 6): string {
  const lines = [
    'set -e; cd "$1"; ip link set lo up',
    'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding',
    'echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad',
  ];
  for (let at = 0; at < devices; at += 1)
    lines.push(
      `ip link add d${at} type veth peer name p${at}; ip link set d${at} up; ip link set p${at} up`,
      `ip addr add 172.16.${at}.1/24 dev d${at}; ip addr add fd00:${at}::1/64 dev d${at} nodad`,
      `echo ${Math.min(at, 2)} >/proc/sys/net/ipv4/conf/d${at}/rp_filter`,
    );
  lines.push(
    'echo 1 >/proc/sys/net/ipv4/conf/d1/src_valid_mark',
    // d3 does not forward, d2 is of a group.
    'echo 0 >/proc/sys/net/ipv4/conf/d3/forwarding; ip link set d2 group 7',
    'ip -batch nexthops',
    // A route that is there already is no matter: what there is, is read back.
    `ip -${family} -force -batch routes 2>/dev/null || :`,
    `ip -${family} -force -batch rules 2>/dev/null || :`,
    // d4 loses its carrier, and its routes do not count then; the kernel marks them a moment later.
    `ip link set p4 down; echo 1 >/proc/sys/net/ipv${family}/conf/d4/ignore_routes_with_linkdown`,
    `n=0; until ip -${family} route show dev d4 | grep -q linkdown || [ $n = 100 ]; do sleep 0.05; n=$((n + 1)); done`,
    `ip -j -${family} route show table all >routes.json`,
    `ip -j -${family} rule show >rules.json`,
    `ip -j -${family} -force -batch queries >answers 2>errors || :`,
  );
  return lines.join('\n');
}

const NEXTHOPS = [
  'nexthop add id 1 via 172.16.0.9 dev d0',
  'nexthop add id 2 via 172.16.1.9 dev d1',
  'nexthop add id 3 blackhole',
  'nexthop add id 4 via 172.16.4.9 dev d4',
  'nexthop add id 5 group 1,3/2,1',
  'nexthop add id 6 group 4',
  'nexthop add id 7 dev d2',
  'nexthop add id 8 group 2/4',
  '',
].join('\n');

/** Routes come a line each, in order; `Command failed FILE:LINE` follows what the kernel said of that line. */
function pairAnswers(stdout: string, stderr: string, queries: number): KernelAnswers['answers'] {
  const errors = new Map<number, string>();
  let said = '';
  for (const line of stderr.split('\n')) {
    const failed = /^Command failed .*:(\d+)$/.exec(line);
    if (failed === null) said = line;
    else errors.set(Number(failed[1]), said.replace('RTNETLINK answers: ', ''));
  }
  const routes = stdout.split('\n').filter((line) => line.startsWith('[{'));
  if (routes.length + errors.size !== queries)
    throw new Error(
      `${queries} queries, but ${routes.length} routes and ${errors.size} errors: ${stderr.slice(0, 300)}`,
    );
  let next = 0;
  return Array.from({ length: queries }, (_, at) => {
    const error = errors.get(at + 1);
    if (error !== undefined) return { route: null, error };
    next += 1;
    return { route: routes[next - 1] ?? '', error: null };
  });
}
