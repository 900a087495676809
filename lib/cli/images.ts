import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ImagePackage } from '../router/router-package';
import { writeAtomically } from '../util/write-atomically';
import { fail } from '../validation/error';
import { isBelowOne } from '../values/registry-name';
import { cycloneDx } from './bill-cyclonedx';
import { type BillInput, isRouterImage } from './bill-of-materials';
import { spdx } from './bill-spdx';
import type { Command, CommandIo } from './command';
import { USAGE_ERROR } from './dispatch';
import { describeUse, type ListedImage, listImages } from './image-list';
import { type ImagesOptions, imagesOptions, USAGE, UsageError } from './images-options';
import { type FileObject, readManifests } from './manifest-files';
import { copyLine, planMirror } from './mirror-pairs';
import { routerContents } from './router-contents';

const UNSEEN =
  'not in this list, because no manifest names it: what model servers download at run time (weights from Hugging Face, unless they are on a volume or in an image), images in the texts of ConfigMaps, and containers that controllers add (proxies of Gateways, injected sidecars).';

/** `images`: lists the images of synthesized manifests, says how to mirror them, and writes bills of materials. */
export const IMAGES_COMMAND: Command = {
  name: 'images',
  usage: '[folder or files]',
  summary: 'list the images of synthesized manifests, copy them to a mirror, write a bill of materials',
  run: async (argv, io) => {
    let options: ImagesOptions | undefined;
    try {
      options = imagesOptions(argv, io.env);
    } catch (error) {
      if (error instanceof UsageError) {
        io.stderr(`cdk8s-llm-d images: ${error.message}\n\n${USAGE}`);
        return USAGE_ERROR;
      }
      throw error;
    }
    if (options === undefined) {
      io.stdout(USAGE);
      return 0;
    }
    return listed(options, io);
  },
};

function listed(options: ImagesOptions, io: CommandIo): number {
  const { files, objects } = readManifests(options.paths, io.cwd);
  const { images, doubtful } = imagesOf(objects, options);
  const said = new Set<string>();
  const note = (text: string) => {
    if (!said.has(text)) {
      said.add(text);
      io.stderr(`note: ${text}\n`);
    }
  };
  write(textOf(images, objects, options, io, note), options.output, io);
  if (images.length === 0) {
    note(`no image in ${files} file(s)`);
  }
  if (options.mirror === undefined) {
    noteUnknown(
      images.filter(({ image, tagUnknown }) => image === undefined || tagUnknown).map(({ reference }) => reference),
      note,
    );
  }
  const references = new Set(images.map(({ reference }) => reference));
  const isListed = ({ reference }: ListedImage) => references.has(reference);
  const missing = doubtful.filter((one) => !isListed(one));
  noteDoubtful(missing, options.mirror === undefined ? 'not in this list' : 'not copied, and not rewritten by `imageMirror`', note);
  if (options.mirror !== undefined) {
    noteDoubtful(doubtful.filter(isListed), 'not rewritten by `imageMirror`', note);
  }
  note(UNSEEN);
  const loose = options.requireDigest ? images.filter(({ image }) => image?.digest === undefined) : [];
  for (const { reference, uses } of loose) {
    io.stderr(`not pinned by a digest: ${reference}\n${uses.map((use) => `  ${describeUse(use)}\n`).join('')}`);
  }
  return loose.length === 0 ? 0 : 1;
}

/** What is an image, and what may be one; what is named as a copy in the mirror is one. */
function imagesOf(objects: readonly FileObject[], { mirror, registry }: ImagesOptions) {
  const lists = listImages(objects);
  const others = lists.others.filter(({ image }) => image !== undefined);
  const isCopy = ({ reference }: ListedImage) => mirror?.sourceOf(reference) !== undefined;
  const images = [...lists.images, ...others.filter(isCopy)];
  const isOwn = ({ image }: ListedImage) => image !== undefined && mirror !== undefined && isBelowOne(image, [mirror.registry, registry]);
  return { images, doubtful: others.filter((one) => !isCopy(one) && !isOwn(one)) };
}

type Note = (text: string) => void;

function textOf(images: readonly ListedImage[], objects: readonly FileObject[], options: ImagesOptions, io: CommandIo, note: Note): string {
  if (options.sbom !== undefined) {
    const input = billInput(images, objects, options, io, note);
    return json(options.sbom === 'spdx' ? spdx(input) : cycloneDx(input));
  }
  if (options.mirror !== undefined) {
    return mirrorText(images, options, note);
  }
  if (options.json) {
    return json(images.map(({ reference, image, uses }) => ({ image: reference, digest: image?.digest ?? null, uses })));
  }
  const lines = images.flatMap(({ reference, uses }) => [reference, ...(options.wide ? uses.map((use) => `  ${describeUse(use)}`) : [])]);
  return lines.map((line) => `${line}\n`).join('');
}

function mirrorText(images: readonly ListedImage[], { mirror, registry, format, json: asJson }: ImagesOptions, note: Note): string {
  if (mirror === undefined) {
    return '';
  }
  const { pairs, own, unknown } = planMirror(images, mirror, registry);
  const value = mirror.layout === 'flat' ? `ImageMirror.of('${mirror.registry}', { layout: 'flat' })` : `'${mirror.registry}'`;
  const variable = mirror.layout === 'flat' ? '' : `, or CDK8S_LLM_D_IMAGE_MIRROR=${mirror.registry},`;
  note(`set \`imageMirror: ${value}\` of ServingChart${variable} and synthesize: manifests then name the copies`);
  if (own.length > 0) {
    note(`no copies, so push them yourself: ${own.join(', ')}`);
  }
  noteUnknown(unknown, note);
  return asJson ? json(pairs) : pairs.map((pair) => `${copyLine(pair, format)}\n`).join('');
}

function noteUnknown(references: readonly string[], note: Note): void {
  if (references.length > 0) {
    note(`completed by another tool or by a controller, so look for yourself: ${references.join(', ')}`);
  }
}

function noteDoubtful(images: readonly ListedImage[], left: string, note: Note): void {
  if (images.length > 0) {
    const uses = images.flatMap((one) => one.uses.map((use) => `\n  ${one.reference} of ${describeUse(use)}`));
    note(`${left}, because only the controller of that kind knows whether it is an image, so look for yourself:${uses.join('')}`);
  }
}

function billInput(
  images: readonly ListedImage[],
  objects: readonly FileObject[],
  options: ImagesOptions,
  io: CommandIo,
  note: Note,
): BillInput {
  const packages = new Map<string, readonly ImagePackage[]>();
  for (const { reference, image } of images) {
    const inside = image !== undefined && isRouterImage(image) ? routerContents(image.tag, objects, io.cwd, note) : undefined;
    if (inside !== undefined) {
      packages.set(reference, inside);
    }
  }
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string };
  return { images, packages, version, timestamp: timeOf(options.timestamp, io.env.SOURCE_DATE_EPOCH) };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function timeOf(given: string | undefined, epoch: string | undefined): string | undefined {
  const text = given ?? (epoch === '' ? undefined : epoch);
  if (text === undefined) {
    return undefined;
  }
  const date = new Date(given === undefined ? (/^\d{1,11}$/.test(text) ? Number(text) * 1000 : Number.NaN) : text);
  const time = Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 19)}Z`;
  return TIME.test(time) && (given === undefined || given === time) ? time : fail('LLMD585', { given: text });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function write(text: string, output: string | undefined, io: CommandIo): void {
  if (output === undefined) {
    io.stdout(text);
    return;
  }
  try {
    writeAtomically(resolve(io.cwd, output), text);
  } catch (error) {
    fail('LLMD586', { file: output, problem: (error as Error).message });
  }
}
