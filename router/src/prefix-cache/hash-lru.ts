/** The texts that were added last. */
export class HashLru {
  private readonly entries = new Set<string>();

  constructor(private readonly most: number) {}

  /** Adds a text, or makes it the newest; the oldest gives way. */
  add(text: string): void {
    this.entries.delete(text);
    this.entries.add(text);
    if (this.entries.size <= this.most) return;
    const [oldest] = this.entries;
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  /** Whether a text is there; not a use. */
  has(text: string): boolean {
    return this.entries.has(text);
  }
}
