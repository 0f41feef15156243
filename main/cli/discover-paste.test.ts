import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { discoverDocumentSchema } from '../../app/contract/discover-document.ts';
import { createEngine } from '../engine/create-engine.ts';
import { pastedDocument } from './discover-paste.ts';
import { openPasted } from './paste-input.ts';
import { pasteText } from './paste-text.ts';

const walkthrough = fileURLToPath(new URL('../../app/paste/fixtures/walkthrough', import.meta.url));
const { signal } = new AbortController();

describe('discover --paste', () => {
  it('prints the walkthrough as a document: the topology, each route to each Pod, what is missing', async () => {
    await using engine = createEngine({ attended: false, follow: false });
    const opened = await openPasted(engine, [walkthrough], { signal });
    if (!opened.ok) throw new Error(opened.failure.sentence);
    const document = pastedDocument(engine);
    const parsed = discoverDocumentSchema.parse(JSON.parse(JSON.stringify(document)));
    expect(parsed.nodes.map(({ name, addresses }) => [name, addresses[0]])).toEqual([
      ['k8s-worker-1', '10.12.22.151'],
      ['k8s-worker-2', '10.12.22.152'],
    ]);
    // Known by name alone: its number is not made up.
    expect(parsed.nodes[1]?.interfaces.map(({ name, ifindex }) => [name, ifindex])).toContainEqual([
      'ens192',
      null,
    ]);
    const text = pasteText(document);
    for (const line of [
      'k8s-worker-1 → default/c2c-network-demo 192.168.1.2: 192.168.1.2/32 dev calid9d486e54a8',
      'k8s-worker-1 → default/c2c-network-demo-w2 192.168.2.3: 192.168.2.0/24 via 10.12.22.152 dev ens192',
      'k8s-worker-2 → default/c2c-network-demo 192.168.1.2: 192.168.1.0/24 via 10.12.22.151 dev ens192',
      'k8s-worker-2 → default/c2c-network-demo-w2 192.168.2.3: 192.168.2.3/32 dev calia4d5046802b',
      'note: The Pods’ MTU is 1440, under the 1500 of ens192: room for a tunnel’s header, and no fault.',
      'Next, what would decide most: on k8s-worker-2 type',
    ])
      expect(text).toContain(line);
  });

  it('says what to do where there is nothing that it knows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-paste-'));
    const sentence = async (): Promise<string> => {
      await using engine = createEngine({ attended: false, follow: false });
      const opened = await openPasted(engine, [folder], { signal });
      return opened.ok ? 'opened' : opened.failure.sentence;
    };
    try {
      expect(await sentence()).toContain('There is no text in');
      writeFileSync(join(folder, 'picture.png'), Buffer.from([137, 80, 78, 71, 0, 1]));
      expect(await sentence()).toContain('There is no text in');
      writeFileSync(join(folder, 'mail.txt'), 'Dear all,\nit does not work.\n');
      expect(await sentence()).toContain('Nothing in this is the output of a command that is known');
      // What PowerShell writes.
      writeFileSync(
        join(folder, 'w1.route-n.txt'),
        Buffer.from('\ufeff0.0.0.0 10.12.0.1 0.0.0.0 UG 0 0 0 ens192\n', 'utf16le'),
      );
      expect(await sentence()).toBe('opened');
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(await sentence()).toContain('cannot be read (ENOENT)');
  });
});
