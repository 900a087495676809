import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Prints its own words, each ended by a NUL, so that any character may be in them. */
const PRINT_WORDS = '#!/bin/bash\nprintf "%s\\0" "$(basename "$0")" "$@"\n';

/** What programs called `vllm` and `python3` are given by a script, when it runs in a pod with this environment. */
export function wordsOf(
  invocation: { readonly command?: readonly string[]; readonly args: readonly string[] },
  env: Record<string, string>,
): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  try {
    for (const program of ['vllm', 'python3', 'find']) {
      const path = join(folder, program);
      // The prologue clears the pod's memory volume; the test's machine keeps its own.
      writeFileSync(path, program === 'find' ? '#!/bin/bash\n' : PRINT_WORDS);
      chmodSync(path, 0o755);
    }
    const [program = '', ...words] = [...(invocation.command ?? []), ...invocation.args];
    const output = execFileSync(program, words, { env: { PATH: `${folder}:/usr/bin:/bin`, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    return output.toString().split('\0').slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
