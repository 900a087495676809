/** Streams that are remembered; a peer's frames for a stream that was reset arrive within a round trip. */
const REMEMBERED = 1024;

/** How a stream ended, for frames that still come for it. */
export const ending = {
  /** Too long ago, or never open. */
  UNKNOWN: 0,
  /** The peer knew: both sides ended it, or it reset it. */
  KNOWN: 1,
  /** This side reset it, and frames may have been on their way. */
  RESET_HERE: 2,
} as const;

/** Remembers the streams of a connection that ended last. */
export class ClosedStreams {
  private readonly ids = new Int32Array(REMEMBERED);
  private readonly resetHere = new Uint8Array(REMEMBERED);
  private next = 0;

  add(id: number, resetHere: boolean): void {
    this.ids[this.next] = id;
    this.resetHere[this.next] = resetHere ? 1 : 0;
    this.next = (this.next + 1) % REMEMBERED;
  }

  /** How `id` ended. */
  find(id: number): number {
    const at = this.ids.indexOf(id);
    if (at < 0) {
      return ending.UNKNOWN;
    }
    return this.resetHere[at] === 1 ? ending.RESET_HERE : ending.KNOWN;
  }
}
