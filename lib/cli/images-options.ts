import { parseArgs } from 'node:util';
import { ImageMirror, type MirrorLayout } from '../values/image-mirror';
import { REGISTRY_VARIABLE } from '../values/image-registry';
import type { CommandIo } from './command';
import { COPY_FORMATS, type CopyFormat } from './mirror-pairs';

/** Formats of a bill of materials. */
const BILL_FORMATS = ['cyclonedx', 'spdx'] as const;

/** What the command line of `images` asks for. */
export interface ImagesOptions {
  readonly paths: readonly string[];
  readonly wide: boolean;
  readonly json: boolean;
  readonly requireDigest: boolean;
  /** File to write instead of the standard output. */
  readonly output: string | undefined;
  readonly mirror: ImageMirror | undefined;
  readonly format: CopyFormat;
  /** The chart's own registry, whose images stay where they are. */
  readonly registry: string | undefined;
  readonly sbom: (typeof BILL_FORMATS)[number] | undefined;
  readonly timestamp: string | undefined;
}

/** Help of the command. */
export const USAGE = `Usage: cdk8s-llm-d images [options] [folder or files, by default dist]

Lists every container image that synthesized manifests name, once each and in full.

Options:
  --wide                 say where each image is used
  --json                 the list, or with --mirror the pairs, as JSON
  -o, --output <file>    write to a file
  --require-digest       exit with 1 when an image is not pinned by a digest

  --mirror <registry>    print how to copy the images, as \`imageMirror\` of ServingChart names them
  --format <tool>        ${COPY_FORMATS.join(', ')} (default: skopeo)
  --layout <layout>      nested (default) or flat, as of ImageMirror.of
  --registry <registry>  \`imageRegistry\` of the chart, whose images stay (default: ${REGISTRY_VARIABLE})

  --sbom <format>        write a bill of materials: ${BILL_FORMATS.join(' or ')}
  --timestamp <time>     its time, as in 2026-06-30T12:00:00Z (default: SOURCE_DATE_EPOCH, else none)
`;

/** What is wrong with a command line. */
export class UsageError extends Error {}

/** Reads the command line; undefined when it asks for help. Throws a UsageError for one that makes no sense, LLMD580 for a mirror that is none. */
export function imagesOptions(argv: readonly string[], env: CommandIo['env']): ImagesOptions | undefined {
  const { values, positionals } = parsed(argv);
  if (values.help === true) {
    return undefined;
  }
  only(values.mirror !== undefined, { '--format': values.format, '--layout': values.layout, '--registry': values.registry }, '--mirror');
  only(values.sbom !== undefined, { '--timestamp': values.timestamp }, '--sbom');
  check(
    values.sbom === undefined || (values.mirror === undefined && values.json !== true),
    '--sbom stands alone: leave out --mirror and --json',
  );
  check(values.wide !== true || (values.mirror === undefined && values.sbom === undefined), '--wide is for the list: leave it out');
  const layout = oneOf('--layout', values.layout ?? 'nested', ['nested', 'flat'] as const) satisfies MirrorLayout;
  return {
    paths: positionals.length === 0 ? ['dist'] : positionals,
    wide: values.wide === true,
    json: values.json === true,
    requireDigest: values['require-digest'] === true,
    output: values.output,
    mirror: values.mirror === undefined ? undefined : ImageMirror.of(values.mirror, { layout }),
    format: oneOf('--format', values.format ?? 'skopeo', COPY_FORMATS),
    registry: (values.registry ?? env[REGISTRY_VARIABLE]) || undefined,
    sbom: values.sbom === undefined ? undefined : oneOf('--sbom', values.sbom, BILL_FORMATS),
    timestamp: values.timestamp,
  };
}

function parsed(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { ...flag, short: 'h' },
        wide: flag,
        json: flag,
        'require-digest': flag,
        output: { ...text, short: 'o' },
        mirror: text,
        format: text,
        layout: text,
        registry: text,
        sbom: text,
        timestamp: text,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function check(right: boolean, problem: string): void {
  if (!right) {
    throw new UsageError(problem);
  }
}

function only(allowed: boolean, options: Readonly<Record<string, string | undefined>>, owner: string): void {
  for (const [name, value] of Object.entries(options)) {
    check(allowed || value === undefined, `${name} is for ${owner}`);
  }
}

function oneOf<const T extends string>(name: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  check(found !== undefined, `${name} "${value}" is none of ${words.join(', ')}`);
  return found as T;
}
