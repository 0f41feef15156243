// The manifest of a case file. A zip from elsewhere is hostile: its directory, its sizes and its text are bounded.
import yauzl from 'yauzl';
import { caseFileNames, manifestSchema, type CaseManifest } from '../../app/casefile/manifest.ts';
import { plainText } from '../../app/plain-text.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { FileRefused } from './replace-file.ts';

/** More files than any schema knows. */
const maxEntries = 1000;
/** 10,000 vantage points take 2 MiB. */
const maxManifestBytes = 16 * 1024 * 1024;

/** What the case file at `file` says of itself, checked against schema 0. */
export async function readCaseManifest(file: string): Promise<Result<CaseManifest, FileRefused>> {
  let text: string | null;
  try {
    text = await manifestText(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'may not be read by this user'
          : `is no case file, or a damaged one: ${excerpt(message)}`;
    return fail({ sentence: `${file} ${reason}; choose another file.` });
  }
  if (text === null)
    return fail({
      sentence: `${file} is a zip without ${caseFileNames.manifest}, so no case file; choose another file.`,
    });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return fail({
      sentence: `${file} is a damaged case file: its manifest is no JSON; choose another file.`,
    });
  }
  const manifest = manifestSchema.safeParse(content);
  if (manifest.success) return ok(manifest.data);
  const schema = (content as { schema?: unknown } | null)?.schema;
  const [issue] = manifest.error.issues;
  const reason =
    typeof schema === 'number' && schema !== 0
      ? `is of schema ${schema}, which this Hopscope does not know; use a newer one`
      : `is no case file of schema 0: ${excerpt(`${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)}`;
  return fail({ sentence: `${file} ${reason}.` });
}

/** Complaints about a file quote it. */
function excerpt(complaint: string): string {
  return plainText(complaint.slice(0, 200));
}

/** Null when there is no manifest. Throws for what is no zip and for one that goes beyond the bounds. */
async function manifestText(file: string): Promise<string | null> {
  const zip = await yauzl.openPromise(file, { autoClose: false, lazyEntries: true });
  try {
    let entries = 0;
    for await (const entry of zip.eachEntry()) {
      if (++entries > maxEntries) throw new Error(`it holds more than ${maxEntries} files`);
      if (entry.fileName !== caseFileNames.manifest) continue;
      if (entry.uncompressedSize > maxManifestBytes) throw new Error('its manifest is larger than 16 MiB');
      // yauzl ends the stream with an error when it gives more than the directory says.
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    }
    return null;
  } finally {
    zip.close();
  }
}
