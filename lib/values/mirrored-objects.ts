import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { Image } from './image';
import { ImageMirror } from './image-mirror';
import { imagePlaces } from './image-places';
import { ImageRegistry } from './image-registry';
import { isBelowOne } from './registry-name';

/**
 * Registry that images of this project are pushed to: that of the scope, else its mirror, since a cluster that pulls everything from there
 * must find ours there too. Undefined without either.
 */
export function ownRegistry(scope: IConstruct): string | undefined {
  return ImageRegistry.of(scope) ?? ImageMirror.find(scope)?.registry;
}

/** An image that is not written as the mirror has it. */
export interface ImageBesideMirror {
  readonly reference: string;
  readonly reason: string;
}

/** What of an object is not written as its mirror has it, though it is or may be an image. Throws LLMD581 for one whose name would be none. */
export function imagesBesideMirror(object: ApiObject, json: unknown): readonly ImageBesideMirror[] {
  const mirror = ImageMirror.find(object);
  if (mirror === undefined) {
    return [];
  }
  const own = ImageRegistry.of(object);
  return imagePlaces(json).flatMap(({ reference, path, certain }) => {
    const image = Image.tryParse(reference);
    if (certain) {
      mirror.targetOf(reference, own);
      return image === undefined ? [{ reference, reason: 'it is no image reference' }] : [];
    }
    const reason = `only the controller of that kind knows whether "${path}" is an image`;
    return image === undefined || isBelowOne(image, [mirror.registry, own]) ? [] : [{ reference, reason }];
  });
}
