import fc from 'fast-check';
import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { parseClusterFile, readClusterFile } from './cluster-file.ts';

const good = `
name: prod
knownHosts: kh
nodes:
  - {name: a, host: 10.0.0.1, user: root, identityFile: ~/.ssh/id, sudo: true}
  - {name: b, host: b.example}
inventory: {kubectl: {node: a}}
`;

function sentenceOf(text: string): string {
  const result = parseClusterFile(text, '/etc/c.yml');
  if (result.ok) throw new Error('was accepted');
  return result.failure.sentence;
}

describe('a cluster file', () => {
  it('is read with its paths made absolute', () => {
    const result = parseClusterFile(good, '/etc/c.yml');
    if (!result.ok) throw new Error(result.failure.sentence);
    expect(result.value.knownHosts).toBe('/etc/kh');
    expect(result.value.nodes[0]?.identityFile).toBe(`${homedir()}/.ssh/id`);
    expect(result.value.schema).toBe(1);
    const ports = parseClusterFile(`${good}vxlanPorts: [4799, 65535]`, '/etc/c.yml');
    expect(ports.ok && ports.value.vxlanPorts).toEqual([4799, 65_535]);
  });

  it.each([
    ['nodes: [', /^\/etc\/c\.yml:1:\d+ is not valid YAML/],
    ['name: x\nnodes: []', /at nodes: name at least one node/],
    ['name: x\nnodes: [{name: a, host: h, port: 99999}]', /at nodes\[1\]\.port/],
    ['name: x\nnodes: [{name: a, host: h}]\nvxlanPorts: [4799, 0]', /at vxlanPorts\[2\]/],
    ['name: x\nnodes: [{name: a, host: h}, {name: a, host: i}]', /names the node "a" twice/],
    [
      'name: x\nnodes: [{name: a, host: h}]\ninventory: {kubectl: {node: z}}',
      /no node has that name; use one of a/,
    ],
    ['name: x\nnodes: [{name: a, host: h, pasword: s}]', /pasword/],
    ['just text', /is not a cluster file/],
    ['', /is not a cluster file/],
    ['name: x\nnodes: [{name: "$(id)", host: h}]', /letters, digits/],
  ])('that is wrong says where: %j', (text, expected) => {
    expect(sentenceOf(text)).toMatch(expected);
  });

  it('that does not exist says so', async () => {
    const result = await readClusterFile('/nonexistent/cluster.yml');
    expect(result.ok ? '' : result.failure.sentence).toMatch(/does not exist; check the path/);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((s) => good + s),
          fc.json(),
        ),
        (text) => {
          const result = parseClusterFile(text, '/c.yml');
          if (!result.ok) expect(result.failure.sentence.length).toBeGreaterThan(10);
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
