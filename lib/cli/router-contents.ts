import { basename } from 'node:path';
import { IMAGE_MANIFEST } from '../router/image-manifest';
import { type ImagePackage, messageOf, type RouterAsset, type RouterPackage, routerPackage } from '../router/router-package';
import { isRecord } from '../util/check';
import { LlmdError } from '../validation/error';
import type { FileObject } from './manifest-files';

/**
 * The npm packages in the router's image with a tag: those of the router, when the package that it was built from is at hand, and those
 * that its plugins were bundled with, which the synth has left in `llm-d-images.json`. Undefined when neither is told; `note` is given
 * why something is left out.
 */
export function routerContents(
  tag: string | undefined,
  objects: readonly FileObject[],
  cwd: string,
  note: (text: string) => void,
): readonly ImagePackage[] | undefined {
  const leftOut = (problem: string) => {
    note(`the packages in the image of the router are left out: ${problem}`);
    return undefined;
  };
  let found: RouterPackage;
  let plain: RouterAsset;
  try {
    found = routerPackage(cwd, false);
    plain = found.routerImageAsset({}, cwd);
  } catch (error) {
    return leftOut(error instanceof LlmdError ? error.detail : messageOf(error));
  }
  const { version } = plain;
  if (tag !== version && tag?.startsWith(`${version}-`) !== true) {
    return leftOut(`its tag is ${tag ?? 'none'}, and llm-d-epp here is ${version}`);
  }
  if (typeof found.imagePackages !== 'function') {
    return leftOut(`llm-d-epp ${version} does not list them`);
  }
  if (tag === version || tag === plain.tag) {
    return found.imagePackages();
  }
  const plugged = pluginPackages(tag, objects);
  if (plugged === undefined) {
    note(
      `the image of the router has the tag ${tag}, and without plugins and options it would be ${plain.tag}: what plugins bring along is not listed, because no ${IMAGE_MANIFEST} in the list says it; name the folder of the synth`,
    );
  }
  return [...found.imagePackages(), ...(plugged ?? [])];
}

/** What the synth has recorded of an image. */
function pluginPackages(tag: string, objects: readonly FileObject[]): readonly ImagePackage[] | undefined {
  const images = objects.filter(({ file }) => basename(file) === IMAGE_MANIFEST).flatMap(({ json }) => json.images);
  const lists = images.filter(isRecord).map((image) => (image.tag === tag ? image.packages : undefined));
  return lists.find((list): list is readonly ImagePackage[] => Array.isArray(list) && list.every(isPackage));
}

function isPackage(value: unknown): value is ImagePackage {
  return isRecord(value) && [value.name, value.version, value.license].every((part) => typeof part === 'string');
}
