import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError } from '../image-error';
import type { Builder, BuildJob } from './builders';
import type { CommandLine } from './command-line';
import { findBuilder } from './find-builder';
import type { NamedImage } from './image-set';
import { type CommandIo, temporaryFolder } from './io';
import { checkRecord, isDigest, lockFile, recordDigest } from './lock-file';
import { parseReference } from './reference';
import { askRegistry } from './registry';
import { describeStep, runStep, type Step } from './run-step';
import { withStagedContext } from './stage-context';

/** What stands for the staged folder and for the file with the digest where nothing is run. */
const DRY = { context: 'CONTEXT', digestFile: 'DIGEST_FILE' } as const;

/** Builds images; with `--load` for the platform of this machine only, so that containers can be started from them. */
export async function buildImages(images: readonly NamedImage[], line: CommandLine, io: CommandIo): Promise<void> {
  const builder = findBuilder(line.builder, line.dryRun, io);
  for (const image of images) {
    const steps = (job: BuildJob): readonly Step[] => (line.load ? builder.load(job, nativePlatform(job.platforms)) : builder.build(job));
    if (line.dryRun) {
      print(steps(jobOf(image, DRY.context, line)), io);
      continue;
    }
    await withStagedContext(image.content.files, io, (context) => runAll(steps(jobOf(image, context, line)), io));
    io.stdout(`${image.reference}\n`);
  }
}

/** Builds and pushes images, and records the digest of each as soon as it is there. */
export async function pushImages(images: readonly NamedImage[], line: CommandLine, io: CommandIo): Promise<void> {
  for (const { reference } of images) {
    if (reference.includes('/')) continue;
    throw new ImageError(
      `${reference} names no registry to push to; give --registry, or imageRegistry to the chart and run the synth again`,
    );
  }
  const file = lockFile(io.cwd, io.env);
  // A record that can not be read or written is better known before a build than after the push.
  checkRecord(file);
  const builder = findBuilder(line.builder, line.dryRun, io);
  for (const image of images) {
    if (line.dryRun) {
      print(builder.push(jobOf(image, DRY.context, line), DRY.digestFile), io);
      continue;
    }
    const digest = (line.ifAbsent ? await presentDigest(image, line, io) : undefined) ?? (await push(image, builder, line, io));
    recordDigest(file, image.reference, digest);
    io.stdout(`${image.reference}@${digest}\n`);
  }
}

async function presentDigest({ reference }: NamedImage, { insecure }: CommandLine, io: CommandIo): Promise<string | undefined> {
  const answer = await askRegistry(parseReference(reference), insecure, io);
  if (answer.state === 'present') io.stderr(`${reference} is in its registry already\n`);
  if (answer.state === 'unknown') io.stderr(`whether the registry has ${reference} can not be told (${answer.reason}): it is built\n`);
  return answer.state === 'present' ? answer.digest : undefined;
}

async function push(image: NamedImage, builder: Builder, line: CommandLine, io: CommandIo): Promise<string> {
  const folder = temporaryFolder(io, 'llm-d-epp-digest-');
  try {
    const digestFile = join(folder, 'digest');
    await withStagedContext(image.content.files, io, async (context) => {
      const job = jobOf(image, context, line);
      try {
        await runAll(builder.push(job, digestFile), io);
      } finally {
        await runAll(builder.discard(job), io);
      }
    });
    const digest = digestOf(builder, digestFile);
    if (isDigest(digest)) return digest;
    // Buildah 1.28 says nothing when a registry refuses a list, and ends well.
    const answer = await askRegistry(parseReference(image.reference), line.insecure, io);
    const said = {
      present: 'has such a tag',
      absent: 'has no such tag',
      unknown: `gives no answer (${'reason' in answer ? answer.reason : ''})`,
    };
    throw new ImageError(
      `${builder.name} has not said the digest of ${image.reference}, so it is most likely not pushed, and nothing is recorded; ` +
        `the registry ${said[answer.state]}: check its name, the login of ${builder.name}, and --insecure for one without TLS`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function digestOf(builder: Builder, file: string): unknown {
  try {
    return builder.digest(readFileSync(file, 'utf8'));
  } catch (error) {
    // A tool that was refused leaves no file, or one that was not written to its end.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function jobOf({ reference, asset, content }: NamedImage, context: string, { insecure }: CommandLine): BuildJob {
  return { reference, context, platforms: asset.platforms, buildArgs: asset.buildArgs, target: content.target, insecure };
}

async function runAll(steps: readonly Step[], io: CommandIo): Promise<void> {
  for (const step of steps) await runStep(step, io);
}

function print(steps: readonly Step[], io: CommandIo): void {
  for (const step of steps) io.stdout(`${describeStep(step)}${step.mayFail === true ? ' || true' : ''}\n`);
}

/** Containers run on Linux, under whatever system this is. */
function nativePlatform(platforms: readonly string[]): string {
  const platform = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
  if (platforms.includes(platform)) return platform;
  throw new ImageError(`this machine is ${platform}, and the image is for ${platforms.join(', ')}; leave --load out`);
}
