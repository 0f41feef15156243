// What was pasted or dropped, on its way to main.
import { MOST_PASTED, MOST_PASTED_TEXTS, TOO_MUCH_PASTED } from '../../app/contract/paste-limits.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import { textOfFile } from '../../app/paste/text-of-file.ts';
import { call, sentenceOf } from '../bridge/call.ts';
import { tell, showDock } from './ui.ts';

/** Whether it opened. Otherwise why not has been told, and what was open is as it was. */
export async function openPaste(texts: readonly PastedText[]): Promise<boolean> {
  const characters = texts.reduce((sum, { text }) => sum + text.length, 0);
  if (texts.length === 0) return false;
  if (texts.length > MOST_PASTED_TEXTS || characters > MOST_PASTED) {
    tell('error', TOO_MUCH_PASTED);
    return false;
  }
  try {
    const outcome = await call('session.openPaste', { texts: [...texts] });
    if (!outcome.ok) tell('error', outcome.sentence);
    else showDock('pasted');
    return outcome.ok;
  } catch (error) {
    tell('error', sentenceOf(error));
    return false;
  }
}

export function pastedText(text: string, source: string, place: string): PastedText {
  return { source, text, modifiedAt: Date.now(), place: place.trim() === '' ? null : place.trim() };
}

/** Files and folders of a drop, by their paths within it. Pictures and the like are passed over. */
export async function droppedTexts(transfer: DataTransfer): Promise<PastedText[]> {
  // The list of items is gone after the first wait.
  const files: { readonly path: string; readonly file: File }[] = [];
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.webkitGetAsEntry();
    // What a program put there, and not the system, is a file without a place.
    const file = entry === null ? item.getAsFile() : null;
    if (file !== null) files.push({ path: file.name, file });
    return entry ?? [];
  });
  const walk = async (entry: FileSystemEntry, path: string): Promise<void> => {
    if (files.length > MOST_PASTED_TEXTS) return;
    if (isFile(entry)) files.push({ path, file: await fileOf(entry) });
    else if (isFolder(entry))
      for (const child of await childrenOf(entry)) await walk(child, `${path}/${child.name}`);
  };
  for (const entry of entries) await walk(entry, entry.name);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  if (size > MOST_PASTED || files.length > MOST_PASTED_TEXTS) throw new Error(TOO_MUCH_PASTED);
  const texts: PastedText[] = [];
  for (const { path, file } of files) {
    const text = textOfFile(new Uint8Array(await file.arrayBuffer()));
    if (text === null) continue;
    texts.push({ source: path, text, modifiedAt: file.lastModified, place: null });
  }
  return texts;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}

/** A folder is read a hundred names at a time, until there are no more. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0 || all.length > MOST_PASTED_TEXTS) return all;
    all.push(...some);
  }
}
