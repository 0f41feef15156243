// What `head FILE FILE…` prints (POSIX head, "==> name <=="): several files of /proc in one process.

/** Contents by name. A file that could not be read is not there. */
export function splitFileHeads(output: string): Map<string, string> {
  const files = new Map<string, string>();
  // Device names cannot hold a slash (dev_valid_name), so that no line of a file looks like one of ours.
  const parts = output.split(/^==> (\d+\/[^\n]*) <==\n/m);
  for (let at = 1; at + 1 < parts.length; at += 2) files.set(parts[at] ?? '', parts[at + 1] ?? '');
  return files;
}
