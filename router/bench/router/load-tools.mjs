import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../load', import.meta.url));

/**
 * Builds the load generator and the fake model servers (Go) once for each state of their sources, in CDK8S_LLM_D_CACHE, by default
 * `~/.cache/cdk8s-llm-d`. Resolves with their paths.
 */
export function loadTools() {
  const hash = createHash('sha256');
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(go|mod|sum)$/.test(name));
  for (const name of files.sort()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  const cache = process.env.CDK8S_LLM_D_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdk8s-llm-d');
  const finished = join(cache, `epp-load-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(finished)) build(finished);
  return { extprocload: join(finished, 'extprocload'), fakemetrics: join(finished, 'fakemetrics') };
}

/** Builds beside the place and renames, so that a broken build leaves nothing behind. */
function build(finished) {
  process.stderr.write('building the load generator\n');
  mkdirSync(join(finished, '..'), { recursive: true });
  const draft = mkdtempSync(`${finished}.`);
  try {
    execFileSync('go', ['build', '-trimpath', '-o', `${draft}/`, './...'], { cwd: SOURCES, stdio: ['ignore', 'inherit', 'inherit'] });
    renameSync(draft, finished);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(`the load generator can not be built, it needs Go 1.26: ${error.message}`, { cause: error });
  }
}
