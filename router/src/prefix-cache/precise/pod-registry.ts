/** Gives pods (`ip:port`) small numbers. Numbers of forgotten pods are given out again. */
export class PodRegistry {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly free: number[] = [];
  private next = 0;

  /** All numbers are below it. */
  get bound(): number {
    return this.next;
  }

  /** Number of a pod, made on first use. */
  add(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.free.pop() ?? this.next++;
      this.numbers.set(name, number);
      this.names[number] = name;
    }
    return number;
  }

  /** Number of a pod, if it has one. */
  get(name: string): number | undefined {
    return this.numbers.get(name);
  }

  /** Pod of a number; '' when it has none. */
  name(number: number): string {
    return this.names[number] ?? '';
  }

  /** All pods with their numbers. */
  all(): IterableIterator<[name: string, number: number]> {
    return this.numbers.entries();
  }

  /** Gives a number up; nothing may be left of the pod. */
  remove(name: string): void {
    const number = this.numbers.get(name);
    if (number === undefined) return;
    this.numbers.delete(name);
    this.names[number] = '';
    this.free.push(number);
  }
}
