const TEXTS_MAX = 512;
const LENGTH_MAX = 128;

/** What was made of short texts: series have their labels' names, and many values, in common. */
export class Known<T> {
  readonly #made = new Map<string, T>();

  get(text: string, make: (text: string) => T): T {
    if (this.#made.has(text)) return this.#made.get(text)!;
    const made = make(text);
    if (text.length > LENGTH_MAX) return made;
    if (this.#made.size >= TEXTS_MAX) this.#made.clear();
    this.#made.set(text, made);
    return made;
  }
}
