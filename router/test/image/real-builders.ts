import { execFileSync, spawnSync } from 'node:child_process';
import { BuildKit } from './buildkit';

/** A tool that is really here, ready to build. */
export interface RealBuilder {
  /** Variables that make it work in the folder of a test, on nothing else. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes it forget what it has built, so that its next build is one from nothing. */
  forget(): void;
  stop(): Promise<void>;
}

/** As `--builder` takes them. */
const NAMES = ['buildah', 'podman', 'docker'] as const;
export type BuilderName = (typeof NAMES)[number];

/** Programs without which a tool can not be tested, by arguments that they answer. */
const PROGRAMS: Readonly<Record<BuilderName, readonly string[]>> = {
  buildah: ['buildah --version'],
  podman: ['podman --version'],
  docker: ['docker buildx version', 'buildkitd --version'],
};

/** The tools that are here; says on standard error which are not. */
export function buildersHere(): readonly BuilderName[] {
  return NAMES.filter((name) => {
    const missing = PROGRAMS[name].filter((call) => !answers(call));
    if (missing.length > 0) process.stderr.write(`\nNOT TESTED with ${name}: there is no answer to "${missing.join('", "')}"\n`);
    return missing.length === 0;
  });
}

function answers(call: string): boolean {
  const [program, ...args] = call.split(' ') as [string, ...string[]];
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** `folder` takes its files; `registry` speaks plain HTTP. */
export async function startBuilder(name: BuilderName, folder: string, registry: string): Promise<RealBuilder> {
  // Podman and buildah build without a cache (`--layers=false`), and without a process that stays.
  if (name !== 'docker') return { env: {}, forget: () => undefined, stop: async () => undefined };
  const buildkit = await BuildKit.start(folder, registry);
  const env = { BUILDX_CONFIG: `${folder}/buildx`, BUILDX_BUILDER: 'llm-d-epp-test' };
  const buildx = (...args: string[]): void => {
    execFileSync('docker', ['buildx', ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  try {
    buildx('create', '--name', env.BUILDX_BUILDER, '--driver', 'remote', buildkit.address);
  } catch (error) {
    await buildkit.stop();
    throw error;
  }
  return { env, forget: () => buildx('prune', '--all', '--force'), stop: () => buildkit.stop() };
}
