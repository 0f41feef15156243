// `hopscope doctor` on the default lab, against `hopscope discover` on the same: what a diagnosis takes beyond discovery.
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { startLab } from './fixtures/lab.ts';
import { hopscope } from './fixtures/program.ts';

/** Issue 6: doctor on the default lab, beyond discovery. */
const BUDGET_MS = 2_000;

tellLoad('at the start');
{
  await using lab = await startLab('doctor', { nodes: 3, pods: 2 });
  const run = async (command: 'discover' | 'doctor'): Promise<number> => {
    const { ms, stdout } = await hopscope([command, '--cluster', lab.client.cluster, '--json']);
    const answer = JSON.parse(stdout) as { readonly findings?: readonly unknown[] };
    if (answer.findings !== undefined && answer.findings.length > 0)
      throw new Error(`the healthy lab has findings: ${JSON.stringify(answer.findings)}`);
    return ms;
  };
  const values = await rounds(ROUNDS, { doctor: () => run('doctor'), discover: () => run('discover') });
  const reference = { name: '`hopscope discover`', values: values.discover };
  report({
    name: '`hopscope doctor` on the default lab, whole process',
    measured: values.doctor,
    unit: 'ms',
    reference,
    budget: null,
  });
  report({
    name: '`hopscope doctor` on the default lab, beyond discovery',
    measured: values.doctor.map((ms, round) => ms - (values.discover[round] ?? Number.NaN)),
    unit: 'ms',
    reference,
    budget: { of: 'value', atMost: BUDGET_MS },
  });
}
tellLoad('at the end');
