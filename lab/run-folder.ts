import { join } from 'node:path';
import { isInstanceName } from './plan.ts';

/** One folder an instance, so that `down` can remove an instance as a whole. */
export const RUN_ROOT = '/run/hopscope-lab';

/** Where an instance keeps what outlives a command: its plan, its processes' numbers, its nodes' disks, its clients' files. */
export interface RunFolder {
  readonly name: string;
  readonly path: string;
  readonly state: string;
  readonly faults: string;
  readonly log: string;
  /** Whose process it goes with (maker.ts); missing: nobody's. */
  readonly maker: string;
  /** `PID STARTTIME` of the process that holds the fabric's namespace. */
  readonly fabricPid: string;
  readonly listenerPid: string;
  readonly listenerSocket: string;
  /** Where the API server has commands executed in Pods. */
  readonly kubeletSocket: string;
  readonly apiServerPid: string;
  readonly apiServerSocket: string;
  readonly apiServerState: string;
  /** The client's keys as they were made; `client` has copies, which are its owner's to spoil. */
  readonly clientKeys: string;
  /** What a client needs: keys, known_hosts, cluster files. Belongs to the owner. */
  readonly client: string;
  node(name: string): NodeFolder;
}

interface NodeFolder {
  readonly path: string;
  /** `PID STARTTIME` of the node's PID 1, as the host numbers it. */
  readonly pid: string;
  readonly bootId: string;
  /** The tree that a boot copies over the node's root: what a reboot keeps. */
  readonly files: string;
}

/** @throws when the name is not an instance's: `down` removes this folder, so it must not lie elsewhere. */
export function runFolder(name: string): RunFolder {
  if (!isInstanceName(name)) throw new Error(`"${name}" is not the name of a lab`);
  const path = join(RUN_ROOT, name);
  return {
    name,
    path,
    state: join(path, 'state.json'),
    faults: join(path, 'faults.json'),
    log: join(path, 'log'),
    maker: join(path, 'maker'),
    fabricPid: join(path, 'fabric.pid'),
    listenerPid: join(path, 'listener.pid'),
    listenerSocket: join(path, 'listener.sock'),
    kubeletSocket: join(path, 'kubelet.sock'),
    apiServerPid: join(path, 'api-server.pid'),
    apiServerSocket: join(path, 'api-server.sock'),
    apiServerState: join(path, 'api-server.json'),
    clientKeys: join(path, 'client-keys'),
    client: join(path, 'client'),
    node: (node) => {
      const folder = join(path, 'nodes', node);
      return {
        path: folder,
        pid: join(folder, 'pid'),
        bootId: join(folder, 'boot_id'),
        files: join(folder, 'files'),
      };
    },
  };
}
