import { mkdirSync, rmSync, statSync } from 'node:fs';

/** Whoever holds the lock works for milliseconds: one of this age was left by a process that was killed. */
const STALE_MS = 10_000;
const PAUSE_MS = 10;

/**
 * Runs `act` while no other process does so for the same file. The lock is a folder beside the file, which only one can make.
 * @throws the system's error when no folder can be made there
 */
export function whileLocked<T>(file: string, act: () => T): T {
  const lock = `${file}.busy`;
  while (!take(lock)) {
    if (ageOf(lock) > STALE_MS) rmSync(lock, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  try {
    return act();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** 0 for one that is gone meanwhile. */
function ageOf(lock: string): number {
  const stat = statSync(lock, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs;
}
