// A lab of its own for the engine's tests: real sshd, BIRD and Pods, started as the program that it is.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LAB } from '../../testing/programs.ts';

export interface Lab extends AsyncDisposable {
  readonly clusterFile: string;
  readonly rightsClusterFile: string;
  /** Runs a lab verb on this instance. */
  run(...words: string[]): Promise<string>;
  /** Runs a program on a node as root, past SSH and at once: milliseconds, so that what follows can be timed. */
  exec(node: string, ...words: string[]): Promise<string>;
  /** Kubernetes' API does not answer while `task` runs: what is asked hangs. */
  whileKubernetesHangs(task: () => Promise<void>): Promise<void>;
}

interface Status {
  readonly instances: readonly {
    readonly client: { readonly cluster: string; readonly clusterRights: string };
    readonly nodes: readonly { readonly name: string; readonly pid: number }[];
  }[];
}

/** Brings up the default lab under a name of this run's own. Seconds, not minutes: fails after 60 s. */
export async function startLab(purpose: string, ...options: string[]): Promise<Lab> {
  const name = `${purpose}-${process.pid}`;
  await lab('up', '--name', name, '--for', String(process.pid), ...options);
  const look = async () => {
    const status = JSON.parse(await lab('status', '--json', '--name', name)) as Status;
    const [instance] = status.instances;
    if (instance === undefined) throw new Error(`lab ${name} is not there`);
    return instance;
  };
  const { client, nodes } = await look();
  return {
    clusterFile: client.cluster,
    rightsClusterFile: client.clusterRights,
    run: (...words) => lab(...words, '--name', name),
    exec: (label, ...words) => {
      const pid = nodes.find((node) => node.name === label)?.pid;
      if (pid === undefined) throw new Error(`lab ${name} has no node ${label}`);
      const enter = ['-t', String(pid), '--pid', '--mount', '--uts', '--ipc', '--net', '--wd', '--'];
      return run('nsenter', ...enter, ...words);
    },
    whileKubernetesHangs: async (task) => {
      // PID and start time of the nsenter that waits for it, beside the client's folder (lab/cluster-inventory.ts).
      const file = await readFile(join(dirname(client.cluster), '..', 'api-server.pid'), 'utf8');
      const waits = Number.parseInt(file, 10);
      const pid = Number(await readFile(`/proc/${waits}/task/${waits}/children`, 'utf8'));
      process.kill(pid, 'SIGSTOP');
      try {
        await task();
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    },
    async [Symbol.asyncDispose]() {
      await lab('down', '--name', name);
    },
  };
}

function lab(...words: string[]): Promise<string> {
  return run(process.execPath, ...LAB, ...words);
}

function run(program: string, ...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${words.join(' ')}: ${stderr || error.message}`, { cause: error }));
    });
  });
}
