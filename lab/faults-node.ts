import { fail, ok } from '../app/result.ts';
import { GATEWAY, NIC } from './addressing.ts';
import { changeClock, CLOCK_FAULT, rightClock } from './clock.ts';
import { setFarEnd } from './fabric.ts';
import type { Fault } from './fault-kind.ts';
import { runLines } from './fault-script.ts';
import { inNode, NODE_LIBRARY } from './node-namespace.ts';

/** The addresses and routes that its start gave the NIC: the kernel takes routes, and IPv6's addresses, with the link. */
const NIC_AGAIN = `sed -n '/^\\(address\\|route\\) add .*dev ${NIC}/s/ add / replace /p' /var/lib/lab/node.batch | ip -batch -`;

const CHRONYC = '/usr/local/bin/chronyc';
const CAPTURE_LOSES = '/run/lab/capture-loses';

/** What sh/hide-tool.sh runs on; sh is a link to dash. */
const NEEDED_TO_RESTORE = ['sh', 'dash', 'mkdir', 'mv'];

export const nodeFaults: Readonly<Record<string, Fault>> = {
  'link-down': {
    summary: 'an interface is set down, and the kernel flushes its routes',
    finding: 'link-down',
    argument: 'an interface, ens192 or a caliX',
    fallback: NIC,
    mendedBy: 'link-up',
    inflict: async ({ folder, node, argument }) => {
      const done = await inNode(folder, node.name, ['ip', 'link', 'set', 'dev', argument, 'down'], {
        accept: [1, 255],
      });
      if (done.exitCode === 0) return ok(undefined);
      return fail({ kind: 'bad-argument', sentence: `There is no interface "${argument}" on ${node.name}.` });
    },
    // As the network service or the CNI plugin would: the link, then what went with it.
    mend: async ({ folder, node, argument }) => {
      const pod = node.pods.find(({ hostInterface }) => hostInterface === argument);
      const wire = ['sh', `${NODE_LIBRARY}/pods-wire.sh`];
      if (pod !== undefined) {
        await inNode(folder, node.name, [...wire, pod.name]);
        return ok(undefined);
      }
      await inNode(folder, node.name, ['ip', 'link', 'set', 'dev', argument, 'up']);
      if (argument === NIC) await inNode(folder, node.name, ['sh', '-c', NIC_AGAIN]);
      return ok(undefined);
    },
  },
  'far-end-down': {
    summary: "the far end of the NIC's cable is set down: no carrier here, addresses and routes stay",
    finding: 'link-down',
    mendedBy: 'far-end-up',
    inflict: async ({ folder, node }) => {
      await setFarEnd(folder, node, 'down');
      return ok(undefined);
    },
    mend: async ({ folder, node }) => {
      await setFarEnd(folder, node, 'up');
      return ok(undefined);
    },
  },
  // Who captures is to say so, and never that packets were dropped on their way.
  'capture-loses': {
    summary:
      'every tcpdump that is started on the node from now on loses packets where many come, and counts them as ever',
    inflict: (target) => runLines(target, [`: >${CAPTURE_LOSES}`, `sh ${NODE_LIBRARY}/stand-ins.sh on`]),
    mend: (target) => runLines(target, [`rm -f ${CAPTURE_LOSES}`, `sh ${NODE_LIBRARY}/stand-ins.sh off`]),
  },
  [CLOCK_FAULT]: {
    summary: "the node's clock is ahead, or behind (lab clock has more)",
    argument: 'milliseconds',
    fallback: '500',
    inflict: async ({ folder, node, argument }) => {
      const done = await changeClock(folder, node.name, { offsetMs: Number(argument) });
      return done.ok ? ok(undefined) : done;
    },
    mend: async ({ folder, node }) => {
      await rightClock(folder, node.name);
      return ok(undefined);
    },
  },
  // Right with a clock that is right, or as wrong as it says.
  'chrony-says': {
    summary:
      'chronyc says that the node follows a time server, and by how much its clock may be wrong at most',
    argument: 'milliseconds',
    fallback: '1',
    inflict: (target) => {
      const seconds = Number(target.argument) / 1_000;
      if (!(seconds >= 0 && seconds <= 1_000))
        return Promise.resolve(
          fail({ kind: 'bad-argument', sentence: `"${target.argument}" is not 0 to 1000000 milliseconds.` }),
        );
      // chrony's client.c, process_cmd_tracking: who is followed, since when, offsets, frequencies, root delay and dispersion.
      const said = `0A0C0001,${GATEWAY},3,$(date +%s.%N),0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,${seconds.toFixed(9)},64.0,Normal`;
      return runLines(target, [
        `[ ! -e ${CHRONYC} ] || { echo "there is a chronyc already" >&2; exit 1; }`,
        `printf '%s\\n' '#!/bin/sh' 'echo "${said}"' >${CHRONYC}`,
        `chmod 0755 ${CHRONYC}`,
      ]);
    },
    mend: (target) => runLines(target, [`rm -f ${CHRONYC}`]),
  },
  'hide-tool': {
    summary: 'a program is not installed on the node',
    argument: 'a program, such as tcpdump or ip',
    mendedBy: 'restore-tool',
    inflict: async ({ folder, node, argument }) => {
      if (!/^[\w.+-]+$/.test(argument))
        return fail({ kind: 'bad-argument', sentence: `"${argument}" is not the name of a program.` });
      if (NEEDED_TO_RESTORE.includes(argument))
        return fail({
          kind: 'refused',
          sentence: `${argument} cannot be hidden: without it nothing on ${node.name} could be mended.`,
        });
      const hidden = await inNode(
        folder,
        node.name,
        ['sh', `${NODE_LIBRARY}/hide-tool.sh`, 'hide', argument],
        { accept: [1] },
      );
      if (hidden.exitCode === 0) return ok(undefined);
      return fail({ kind: 'bad-argument', sentence: `There is no program "${argument}" on ${node.name}.` });
    },
    mend: async ({ folder, node, argument }) => {
      await inNode(folder, node.name, ['sh', `${NODE_LIBRARY}/hide-tool.sh`, 'restore', argument], {
        accept: [1],
      });
      return ok(undefined);
    },
  },
};
