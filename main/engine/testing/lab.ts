// A lab of its own for the engine's tests: real sshd, BIRD and Pods, started as the program that it is.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../../lab/index.ts', import.meta.url));

export interface Lab extends AsyncDisposable {
  readonly clusterFile: string;
  readonly rightsClusterFile: string;
  /** Runs a lab verb on this instance. */
  run(...words: string[]): Promise<string>;
  /** Runs a program on a node as root, past SSH. */
  exec(node: string, ...words: string[]): Promise<string>;
}

interface Status {
  readonly instances: readonly { readonly name: string; readonly client: { readonly cluster: string; readonly clusterRights: string } }[];
}

/** Brings up the default lab under a name of the test's own. Seconds, not minutes: fails after 60 s. */
export async function startLab(name: string, ...options: string[]): Promise<Lab> {
  await lab('up', '--name', name, ...options);
  const status = JSON.parse(await lab('status', '--json', '--name', name)) as Status;
  const client = status.instances[0]?.client;
  if (client === undefined) throw new Error(`lab ${name} is not there`);
  return {
    clusterFile: client.cluster,
    rightsClusterFile: client.clusterRights,
    run: (...words) => lab(...words, '--name', name),
    exec: (node, ...words) => lab('exec', '--name', name, node, '--', ...words),
    async [Symbol.asyncDispose]() {
      await lab('down', '--name', name);
    },
  };
}

function lab(...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--import', 'tsx', entry, ...words], { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`lab ${words.join(' ')}: ${stderr || error.message}`, { cause: error }));
    });
  });
}
