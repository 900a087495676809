import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { Image } from './image';
import { ImageMirror } from './image-mirror';
import { type ImagePlace, imagePlaces } from './image-places';
import { ImageRegistry } from './image-registry';

/**
 * Registry that images of this project are pushed to: that of the scope, else its mirror, since a cluster that pulls everything from there
 * must find ours there too. Undefined without either.
 */
export function ownRegistry(scope: IConstruct): string | undefined {
  return ImageRegistry.of(scope) ?? ImageMirror.find(scope)?.registry;
}

/** Images of an object which its mirror cannot have, because they are no references. Throws LLMD581 for one whose name would be none. */
export function imagesBesideMirror(object: ApiObject, json: unknown): readonly ImagePlace[] {
  const mirror = ImageMirror.find(object);
  if (mirror === undefined) {
    return [];
  }
  const own = ImageRegistry.of(object);
  return imagePlaces(json).filter(({ reference }) => {
    mirror.targetOf(reference, own);
    return Image.tryParse(reference) === undefined;
  });
}
