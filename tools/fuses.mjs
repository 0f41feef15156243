// Electron's fuses: bytes in the binary after a sentinel, version, length, then one character a fuse ('0' off, '1' on).
// Format: https://www.electronjs.org/docs/latest/tutorial/fuses and @electron/fuses (fuse wire version 1).
import fs from 'node:fs';

const SENTINEL = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX', 'latin1');
const WIRE_VERSION = 1;

/** Place of each fuse on the wire. */
export const fuse = Object.freeze({
  runAsNode: 0,
  cookieEncryption: 1,
  nodeOptions: 2,
  nodeCliInspect: 3,
  asarIntegrity: 4,
  onlyLoadAppFromAsar: 5,
  browserV8Snapshot: 6,
  fileProtocolPrivileges: 7,
});

/** Switches fuses of the Electron binary `file`: `settings` is a list of `[place, on]`. Throws when it has no wire. */
export function setFuses(file, settings) {
  const binary = fs.readFileSync(file);
  const sentinel = binary.indexOf(SENTINEL);
  if (sentinel === -1) throw new Error(`${file} has no fuses: it is not an Electron binary.`);
  const wire = sentinel + SENTINEL.length;
  if (binary[wire] !== WIRE_VERSION) throw new Error(`${file} has fuses of version ${binary[wire]}.`);
  const length = binary[wire + 1];
  const descriptor = fs.openSync(file, 'r+');
  try {
    for (const [place, on] of settings) {
      if (place >= length) throw new Error(`${file} has only ${length} fuses, not number ${place}.`);
      fs.writeSync(descriptor, on ? '1' : '0', wire + 2 + place, 'latin1');
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The fuses of the Electron binary `file` as one string of '0', '1' and 'r' (removed). */
export function readFuses(file) {
  const binary = fs.readFileSync(file);
  const sentinel = binary.indexOf(SENTINEL);
  if (sentinel === -1) throw new Error(`${file} has no fuses: it is not an Electron binary.`);
  const wire = sentinel + SENTINEL.length;
  return binary.toString('latin1', wire + 2, wire + 2 + binary[wire + 1]);
}
