import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Without any of them there is no deployment. */
const PROGRAMS = ['pulumi', 'pulumi-language-nodejs', 'pulumi-resource-kubernetes'];

/** The folders that have all programs, or what is missing. */
export type PulumiTools = { readonly found: true; readonly path: readonly string[] } | { readonly found: false; readonly missing: string };

/**
 * Looks for the CLI, its host for Node programs and the Kubernetes provider: in `PULUMI_BIN`, on PATH, where the CLI's installer puts
 * them and, for the provider, where `pulumi plugin install resource kubernetes` does.
 */
export function pulumiTools(environment: NodeJS.ProcessEnv = process.env): PulumiTools {
  const home = environment.PULUMI_HOME || join(homedir(), '.pulumi');
  const folders = [environment.PULUMI_BIN, ...(environment.PATH ?? '').split(delimiter), join(home, 'bin'), ...providerFolders(home)];
  const known = folders.filter((folder): folder is string => Boolean(folder));
  const homes = PROGRAMS.map((program) => ({ program, folder: known.find((folder) => isProgram(join(folder, program))) }));
  const missing = homes.filter(({ folder }) => folder === undefined).map(({ program }) => program);
  if (missing.length > 0) return { found: false, missing: missing.join(', ') };
  return { found: true, path: [...new Set(homes.flatMap(({ folder }) => folder ?? []))] };
}

/** Newest first. */
function providerFolders(home: string): string[] {
  const plugins = join(home, 'plugins');
  if (!statSync(plugins, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(plugins)
    .filter((name) => /^resource-kubernetes-v\d+\.\d+\.\d+$/.test(name))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    .map((name) => join(plugins, name));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
