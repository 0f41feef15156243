import { describe, expect, it } from 'vitest';
import { EvidenceStore } from './evidence-store.ts';

const text = (s: string): Uint8Array => new TextEncoder().encode(s);

describe('the evidence store', () => {
  it('gives back what was kept, the newest reading of an id', () => {
    const store = new EvidenceStore();
    store.keep('a', text('one'));
    store.keep('a', text('two!'));
    expect(store.read('a')).toEqual({ output: 'two!', truncated: false });
    expect(store.bytes).toBe(4);
    expect(store.read('b')).toBeNull();
  });

  it('forgets the oldest beyond its budget, never what it was just given', () => {
    const store = new EvidenceStore(10);
    store.keep('a', text('123456'));
    store.keep('b', text('123456'));
    expect(store.read('a')).toBeNull();
    expect(store.read('b')?.output).toBe('123456');
    store.keep('c', text('x'.repeat(50)));
    expect(store.bytes).toBe(50);
    expect(store.read('c')?.output).toHaveLength(50);
  });

  it('cuts what the window is given and says so', () => {
    const store = new EvidenceStore();
    store.keep('a', new Uint8Array(3 * 1024 * 1024).fill(65));
    const read = store.read('a');
    expect(read?.output).toHaveLength(2 * 1024 * 1024);
    expect(read?.truncated).toBe(true);
  });
});
