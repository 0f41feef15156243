import { fileURLToPath } from 'node:url';

/** Arguments of `node` that run another TypeScript (or built) file of the lab, from any working directory. */
export function ownProgram(url: string): string[] {
  const path = fileURLToPath(url);
  return path.endsWith('.ts') ? ['--import', import.meta.resolve('tsx'), path] : [path];
}
