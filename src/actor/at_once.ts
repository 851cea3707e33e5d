/**
 * Does the same for all of these, so many at a time, and resolves to what came of each, in
 * their order. When one fails no more begin, and those under way are waited for.
 *
 * @throws what the first that failed throws
 */
export async function atOnce<Item, Result>(
  items: readonly Item[],
  count: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const goOn = async (): Promise<void> => {
    while (next < items.length && failure === undefined) {
      const at = next++;
      try {
        results[at] = await work(items[at]!);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, goOn));
  if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
  return results;
}
