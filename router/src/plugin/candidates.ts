import type { Endpoint } from './endpoint';

/**
 * The endpoints that are still in question for a request, in their order.
 *
 * `slots[0..size)` are the table slots; the array is longer and reused from request to request, so do not keep it.
 */
export class Candidates {
  slots: Int32Array = new Int32Array(64);
  size = 0;

  /** Replaces the content. */
  fill(endpoints: readonly Endpoint[]): this {
    this.reserve(endpoints.length);
    for (let i = 0; i < endpoints.length; i++) this.slots[i] = (endpoints[i] as Endpoint).slot;
    this.size = endpoints.length;
    return this;
  }

  /** Replaces the content with that of another list. */
  copy(other: Candidates): this {
    this.reserve(other.size);
    for (let i = 0; i < other.size; i++) this.slots[i] = other.slots[i] as number;
    this.size = other.size;
    return this;
  }

  /** Keeps the endpoints for which `keep` is true, in order. */
  retain(keep: (slot: number) => boolean): this {
    let kept = 0;
    for (let i = 0; i < this.size; i++) {
      const slot = this.slots[i] as number;
      if (keep(slot)) this.slots[kept++] = slot;
    }
    this.size = kept;
    return this;
  }

  /** Keeps one endpoint only. */
  only(slot: number): this {
    this.slots[0] = slot;
    this.size = 1;
    return this;
  }

  includes(slot: number): boolean {
    for (let i = 0; i < this.size; i++) if (this.slots[i] === slot) return true;
    return false;
  }

  private reserve(size: number): void {
    if (this.slots.length < size) this.slots = new Int32Array(Math.max(size, this.slots.length * 2));
  }
}
