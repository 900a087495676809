import { spawnSync } from 'node:child_process';
import { ImageError } from '../image-error';
import { BUILDERS, type Builder } from './builders';
import type { CommandIo } from './io';
import { describeStep } from './run-step';

/** Environment variable that names the tool. */
export const BUILDER_VARIABLE = 'LLM_D_IMAGE_BUILDER';

/**
 * The tool to build with: the one that is named (`--builder`, else the variable), else the first that is there. One that is named and
 * shall only print its commands need not be there.
 * @throws ImageError when there is none
 */
export function findBuilder(option: string | undefined, dryRun: boolean, io: CommandIo): Builder {
  const given = option ?? (io.env[BUILDER_VARIABLE] || undefined);
  const names = BUILDERS.map(({ name }) => name);
  if (given !== undefined) {
    const builder = BUILDERS.find(({ name }) => name === (given === 'buildx' ? 'docker' : given));
    if (builder === undefined) throw new ImageError(`"${given}" builds no image here; use ${names.join(', ')}`);
    if (dryRun || isThere(builder, io)) return builder;
    const why = `"${describeStep(builder.probe)}" fails${builder.answer === undefined ? '' : ', or another tool answers'}`;
    throw new ImageError(`${given} is not there (${why}); install it, or use another of ${names.join(', ')}`);
  }
  const found = BUILDERS.find((builder) => isThere(builder, io));
  if (found !== undefined) return found;
  const probes = BUILDERS.map(({ probe }) => `"${describeStep(probe)}"`);
  throw new ImageError(`there is nothing to build an image with: ${probes.join(', ')} all fail; install docker buildx, podman or buildah`);
}

function isThere({ probe, answer = /^/ }: Builder, { cwd, env }: CommandIo): boolean {
  const { status, stdout } = spawnSync(probe.program, probe.args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 && answer.test(String(stdout));
}
