// A default app for an Electron build that comes without one, so that `electron FOLDER ARGUMENTS` runs FOLDER there too,
// as it does with the official binary. Electron looks for resources/default_app.asar last of all.
import fs from 'node:fs';
import path from 'node:path';

const mainSource = `import { app } from 'electron';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (process.argv.includes('--version') || folder === undefined) {
  console.log('v' + process.versions.electron);
  process.exit(0);
}
process.defaultApp = true;
const appPath = path.resolve(folder);
const manifest = JSON.parse(fs.readFileSync(path.join(appPath, 'package.json'), 'utf8'));
if (manifest.productName ?? manifest.name) app.setName(manifest.productName ?? manifest.name);
if (manifest.version) app.setVersion(manifest.version);
app.setAppPath(appPath);
await import(pathToFileURL(path.join(appPath, manifest.main ?? 'index.js')).href);
`;

const files = {
  'package.json': JSON.stringify({
    name: 'electron',
    productName: 'Electron',
    main: 'main.js',
    type: 'module',
  }),
  'main.js': mainSource,
};

/** Writes `resources/default_app.asar` into an Electron dist that has none. */
export function writeDefaultApp(resources) {
  const target = path.join(resources, 'default_app.asar');
  if (!fs.existsSync(target)) fs.writeFileSync(target, asar(files));
}

/**
 * An asar archive of `{ name: text }`: two pickles (size of the header; the header as JSON), then the files one after the other.
 * Format: https://github.com/electron/asar#format
 */
function asar(contents) {
  const header = { files: {} };
  const bodies = [];
  let offset = 0;
  for (const [name, text] of Object.entries(contents)) {
    const body = Buffer.from(text, 'utf8');
    header.files[name] = { size: body.length, offset: String(offset) };
    bodies.push(body);
    offset += body.length;
  }
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const padded = (json.length + 3) & ~3;
  const prefix = Buffer.alloc(16);
  prefix.writeUInt32LE(4, 0); // payload of the first pickle: one number
  prefix.writeUInt32LE(padded + 8, 4); // size of the second pickle
  prefix.writeUInt32LE(padded + 4, 8); // its payload
  prefix.writeUInt32LE(json.length, 12); // the JSON's length, before padding
  return Buffer.concat([prefix, json, Buffer.alloc(padded - json.length), ...bodies]);
}
