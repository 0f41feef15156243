// Reads a cluster file from disk: YAML to the contract's shape, paths made absolute, mistakes named by line.
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { clusterFileSchema, type ClusterFile } from '../../app/contract/cluster-file.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { Refusal } from './engine.ts';

/** A cluster file is written by hand: past this size it is something else. */
const maxBytes = 1024 * 1024;

/** The cluster file at `path`, checked, with every path in it absolute. */
export async function readClusterFile(path: string): Promise<Result<ClusterFile, Refusal>> {
  let text: string;
  try {
    if ((await stat(path)).size > maxBytes) {
      return fail({ sentence: `${path} is larger than 1 MiB and so not a cluster file; name another one.` });
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'may not be read by this user'
          : `cannot be read (${code ?? 'unknown error'})`;
    return fail({ sentence: `The cluster file ${path} ${reason}; check the path given with --cluster.` });
  }
  return parseClusterFile(text, path);
}

/** As {@link readClusterFile}, from text; `path` names the file in sentences and anchors relative paths. */
export function parseClusterFile(text: string, path: string): Result<ClusterFile, Refusal> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    const reason = broken.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'not YAML';
    return fail({
      sentence: `${path}:${line}:${col} is not valid YAML: ${reason}. Mend that line and open it again.`,
    });
  }
  let content: unknown;
  try {
    // Aliases are bounded so that a small file cannot unfold into a large one.
    content = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return fail({
      sentence: `${path} cannot be used: ${error instanceof Error ? error.message : 'too many aliases'}.`,
    });
  }
  const parsed = clusterFileSchema.safeParse(content);
  if (!parsed.success)
    return fail({ sentence: `${path} is not a cluster file: ${firstIssue(parsed.error)}.` });
  const labels = new Set<string>();
  for (const node of parsed.data.nodes) {
    if (labels.has(node.name))
      return fail({
        sentence: `${path} names the node "${node.name}" twice; give each node a name of its own.`,
      });
    labels.add(node.name);
  }
  const { inventory, etcd } = parsed.data;
  for (const [field, node] of [
    ['inventory.kubectl.node', inventory?.kubectl?.node],
    ['etcd.node', etcd?.node],
  ] as const) {
    if (node === undefined || labels.has(node)) continue;
    return fail({
      sentence: `${path}: ${field} is "${node}", but no node has that name; use one of ${[...labels].join(', ')}.`,
    });
  }
  return ok(withAbsolutePaths(parsed.data, dirname(resolve(path))));
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'its content does not fit';
  const place = issue.path
    .map((step) => (typeof step === 'number' ? `[${step + 1}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
  return place === '' ? issue.message : `at ${place}: ${issue.message}`;
}

function withAbsolutePaths(file: ClusterFile, folder: string): ClusterFile {
  const absolute = (path: string): string => {
    const home = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
    return isAbsolute(home) ? home : join(folder, home);
  };
  return {
    ...file,
    ...(file.knownHosts === undefined ? {} : { knownHosts: absolute(file.knownHosts) }),
    ...(file.inventory?.kubeconfig === undefined
      ? {}
      : {
          inventory: {
            ...file.inventory,
            // Several, as in $KUBECONFIG.
            kubeconfig: file.inventory.kubeconfig.split(delimiter).map(absolute).join(delimiter),
          },
        }),
    nodes: file.nodes.map((node) => ({
      ...node,
      ...(node.identityFile === undefined ? {} : { identityFile: absolute(node.identityFile) }),
    })),
  };
}
