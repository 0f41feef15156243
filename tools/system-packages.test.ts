import { describe, expect, it } from 'vitest';
import { groups, installCommand, missingWithoutDpkg } from './system-packages.mjs';

const all = Object.values(groups).flat();

describe('without dpkg', () => {
  it('what the window needs is found by its libraries', () => {
    const libraries = new Set(groups.window.map(({ library }) => library));
    expect(missingWithoutDpkg(all, libraries, () => true)).toEqual([]);
    libraries.delete('libgtk-3.so.0');
    expect(missingWithoutDpkg(all, libraries, () => true).map(({ names }) => names[0])).toEqual([
      'libgtk-3-0',
    ]);
  });
  it('each package of the window has a library to look for', () => {
    expect(missingWithoutDpkg(groups.window, new Set(), () => true)).toHaveLength(groups.window.length);
  });
  it('nothing is called missing where the linker cannot be asked', () => {
    expect(missingWithoutDpkg(groups.window, null, () => true)).toEqual([]);
  });
});

describe('the command that installs', () => {
  const missing = [groups.window[0], groups.lab[3], groups.lab[12], groups.lab[13]];
  it('names packages as Fedora does, each once', async () => {
    expect(await installCommand(missing, (name: string) => name === 'dnf')).toMatch(
      /dnf install gtk3 bird etcd$/,
    );
  });
  it('is no command where the package tool is unknown: it says what to look for', async () => {
    expect(await installCommand(missing, () => false)).toBe(
      "your system's package tool; wanted are libgtk-3.so.0 (Debian: libgtk-3-0), bird (Debian: bird2), " +
        'etcd (Debian: etcd-server), etcdctl (Debian: etcd-client)',
    );
  });
});

it('a missing font keeps nobody from the window', () => {
  expect(groups.window.every(({ names }) => !names[0].startsWith('fonts-'))).toBe(true);
});
