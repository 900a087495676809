/** What an item must carry to be in a list. */
export interface ListItem<T> {
  older: T | undefined;
  newer: T | undefined;
}

/** Items in the order in which they came; adding, taking out and finding the oldest cost the same however many there are. */
export class WaitingList<T extends ListItem<T>> {
  size = 0;
  private first: T | undefined;
  private last: T | undefined;

  get oldest(): T | undefined {
    return this.first;
  }

  push(item: T): void {
    item.older = this.last;
    if (this.last === undefined) this.first = item;
    else this.last.newer = item;
    this.last = item;
    this.size++;
  }

  /** Takes out an item that is in this list. */
  remove(item: T): void {
    const { older, newer } = item;
    if (older === undefined) this.first = newer;
    else older.newer = newer;
    if (newer === undefined) this.last = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
    this.size--;
  }
}
