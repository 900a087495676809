import type { RouterImageAsset } from '../asset';
import { type ImagePackage, imagePackages, uniquePackages } from '../packages';
import type { CommandLine } from './command-line';
import type { NamedImage } from './image-set';
import type { CommandIo } from './io';
import { lockFile, readDigests } from './lock-file';
import { parseReference } from './reference';
import { askRegistry, type RegistryAnswer } from './registry';

/** What is known of an image. */
interface Inspection extends RouterImageAsset {
  readonly reference: string;
  /** Of the context; times, modes and the base are not part of it. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly packages: readonly ImagePackage[];
  /** What the last push has recorded. */
  readonly digest: string | undefined;
  readonly inRegistry: RegistryAnswer;
}

/** Prints what is known of images: as JSON (`{ "images": [...] }`), or for people. */
export async function inspectImages(images: readonly NamedImage[], line: CommandLine, io: CommandIo): Promise<void> {
  const digests = readDigests(lockFile(io.cwd, io.env));
  const inspections: Inspection[] = [];
  for (const { reference, asset, content } of images) {
    inspections.push({
      reference,
      ...asset,
      files: content.files.map(({ path, bytes }) => ({ path, bytes: bytes.length })),
      packages: uniquePackages([...imagePackages(), ...asset.plugins.flatMap(({ packages }) => packages)]),
      digest: digests[reference],
      inRegistry: await askRegistry(parseReference(reference), line.insecure, io),
    });
  }
  io.stdout(line.json ? `${JSON.stringify({ images: inspections }, null, 2)}\n` : inspections.map(describe).join('\n'));
}

function describe(image: Inspection): string {
  const width = Math.max(...image.files.map(({ bytes }) => String(bytes).length));
  const given = Object.entries(image.buildArgs).map(([name, value]) => `${name}=${value}`);
  const rows: readonly (readonly [string, string])[] = [
    ['hash', image.hash],
    ['platforms', image.platforms.join(', ')],
    ['build arguments', given.join(', ') || 'none'],
    ...(image.target === undefined ? [] : ([['target', image.target]] as const)),
    ['plugins', image.plugins.map(({ source, path }) => `${source} (${path})`).join(', ') || 'none'],
    ['digest', image.digest ?? 'none is recorded'],
    ['registry', describeAnswer(image)],
    ['packages', `${image.packages.length}, listed by --json`],
    ['files', `${image.files.length}, ${image.files.reduce((sum, { bytes }) => sum + bytes, 0)} bytes`],
  ];
  const lines = rows.map(([name, value]) => `  ${`${name}:`.padEnd(17)}${value}`);
  const files = image.files.map(({ path, bytes }) => `    ${String(bytes).padStart(width)}  ${path}`);
  return `${[image.reference, ...lines, ...files].join('\n')}\n`;
}

function describeAnswer({ inRegistry, digest }: Inspection): string {
  if (inRegistry.state === 'absent') return 'has no such tag';
  if (inRegistry.state === 'unknown') return `can not be told: ${inRegistry.reason}`;
  if (digest === undefined || digest === inRegistry.digest) return `has ${inRegistry.digest}`;
  return `has ${inRegistry.digest}, which is not the recorded one`;
}
