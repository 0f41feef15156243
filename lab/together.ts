/**
 * Runs tasks side by side; when one fails the others are told to stop, and it returns only when all have: nothing
 * that a failed start began may still be starting processes while its remains are removed.
 * @throws what the first failed task threw.
 */
export async function together<T extends readonly unknown[]>(
  stop: AbortController,
  tasks: { [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const failures: unknown[] = [];
  const watched = tasks.map((task: Promise<unknown>) =>
    task.catch((cause: unknown) => {
      failures.push(cause);
      stop.abort(cause);
    }),
  );
  const results = await Promise.all(watched);
  if (failures.length > 0) throw failures[0];
  return results as unknown as T;
}
