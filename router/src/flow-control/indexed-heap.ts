/** What an item must carry to be in a heap. An item is in one heap at a time. */
export interface HeapItem {
  /** Place in the heap; -1 when it is in none. */
  position: number;
}

/** A binary heap that can also take out, or move, any item: all in O(log n). */
export class IndexedHeap<T extends HeapItem> {
  private readonly items: T[] = [];

  /** `before` must order any two different items one way only. */
  constructor(private readonly before: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  /** The first item. */
  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    this.items.push(item);
    this.rise(item, this.items.length - 1);
  }

  /** Takes out the first item. */
  pop(): T | undefined {
    const first = this.items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes out an item that is in this heap. */
  remove(item: T): void {
    const at = item.position;
    const last = this.items.pop() as T;
    item.position = -1;
    if (last === item) return;
    last.position = at;
    this.items[at] = last;
    this.moved(last);
  }

  /** Puts an item of this heap where it belongs after what orders it has changed. */
  moved(item: T): void {
    if (!this.rise(item, item.position)) this.sink(item, item.position);
  }

  /** Returns whether the item moved. */
  private rise(item: T, from: number): boolean {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.items[parentAt] as T;
      if (!this.before(item, parent)) break;
      this.place(parent, at);
      at = parentAt;
    }
    this.place(item, at);
    return at !== from;
  }

  private sink(item: T, from: number): void {
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= this.items.length) break;
      const right = this.items[childAt + 1];
      if (right !== undefined && this.before(right, this.items[childAt] as T)) childAt++;
      const child = this.items[childAt] as T;
      if (!this.before(child, item)) break;
      this.place(child, at);
      at = childAt;
    }
    this.place(item, at);
  }

  private place(item: T, at: number): void {
    this.items[at] = item;
    item.position = at;
  }
}
