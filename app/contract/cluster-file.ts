// The cluster file (DESIGN §8): which machines, how to log in, and where Kubernetes can be asked.
// YAML on disk; this is its shape after parsing. `~/.ssh/config` fills what a node leaves out.
import { z } from 'zod';
import { ENDPOINT } from '../probe/etcd-access.ts';

const label = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'use letters, digits, dots, dashes and underscores');

const pathOnNode = z
  .string()
  .max(1000)
  .regex(/^\/[^\u0000-\u001f\u007f]*$/, 'use an absolute path on the node');

export const clusterFileSchema = z.strictObject({
  schema: z.literal(1).default(1),
  name: z.string().min(1).max(120),
  /** known_hosts to use instead of ~/.ssh/known_hosts; relative to the cluster file. */
  knownHosts: z.string().min(1).optional(),
  nodes: z
    .array(
      z.strictObject({
        name: label,
        host: z.string().min(1).max(255),
        port: z.int().min(1).max(65_535).optional(),
        user: z.string().min(1).max(64).optional(),
        /** Relative to the cluster file, `~` allowed. */
        identityFile: z.string().min(1).optional(),
        proxyJump: z.string().min(1).optional(),
        hostKeyAlias: z.string().min(1).max(255).optional(),
        /** True: root through `sudo -n` of the installed wrapper. */
        sudo: z.boolean().optional(),
      }),
    )
    .min(1, 'name at least one node')
    .max(1000),
  inventory: z
    .strictObject({
      kubectl: z
        .strictObject({
          node: label /** How kubectl is called there, such as `k3s kubectl`. */,
          command: z
            .string()
            .min(1)
            .max(400)
            .regex(/^[\w./=:@,+-]+( [\w./=:@,+-]+)*$/, 'use a program and plain options, without quotes')
            .optional(),
        })
        .optional(),
      /** Asked from this machine instead, with this file; relative to the cluster file, `~` allowed. */
      kubeconfig: z.string().min(1).max(4096).optional(),
      /** Of the kubeconfig; its current one unless it is named. */
      context: z.string().min(1).max(1000).optional(),
      /** The kubeconfig may run the program that it names, on this machine, with our rights. */
      allowExec: z.boolean().optional(),
    })
    .refine(
      (one) => one.kubectl === undefined || one.kubeconfig === undefined,
      'name kubectl or kubeconfig, not both',
    )
    .optional(),
  /** UDP ports that VXLAN has here, beside 4789, 8472 and those that nodes tell of their devices. */
  vxlanPorts: z.array(z.int().min(1).max(65_535)).max(16).optional(),
  /** Where etcd is, if it is not where kubeadm lays it. Paths are on the node. */
  etcd: z
    .strictObject({
      node: label.optional(),
      endpoint: z.string().regex(ENDPOINT, 'use a URL such as https://127.0.0.1:2379').optional(),
      cacert: pathOnNode.optional(),
      cert: pathOnNode.optional(),
      key: pathOnNode.optional(),
    })
    .optional(),
});
export type ClusterFile = z.infer<typeof clusterFileSchema>;
