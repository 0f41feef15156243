// placeholder
import { ok, type Result } from '../../result.ts';
export interface BytePattern {
  test(bytes: string): boolean;
}
export function compilePattern(source: string): Result<BytePattern, string> {
  return ok({ test: (bytes) => bytes.includes(source) });
}
