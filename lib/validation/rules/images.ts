import type { Container } from '../../manifests/pod';
import { Image } from '../../values/image';
import { type Finding, finding } from '../findings';
import { list, type PodView } from '../model';
import { eachPod, enginesOf, envOf, isServingStack, type Rule } from './rule';

/** V59: every container has an image, pinned, and nothing is left to fill in. */
export const images: Rule = eachPod((pod) =>
  [...pod.initContainers, ...pod.containers].flatMap((container) => [
    ...missing(pod, container),
    ...(isServingStack(pod) ? [...floating(pod, container), ...placeholders(pod, container)] : []),
  ]),
);

function hasImage({ image }: Container): boolean {
  return typeof image === 'string' && image.trim() !== '';
}

function missing({ workload }: PodView, container: Container): readonly Finding[] {
  return hasImage(container) ? [] : [finding('LLMD707', workload.object.path, { container: container.name })];
}

function floating({ workload }: PodView, container: Container): readonly Finding[] {
  // The image of a router has a code of its own, LLMD544.
  if (
    !hasImage(container) ||
    container.image === workload.router?.image.reference ||
    Image.tryParse(container.image)?.isFloating !== true
  ) {
    return [];
  }
  return [finding('LLMD704', workload.object.path, { image: container.image, container: container.name })];
}

const PLACEHOLDER = /\b(REPLACE_[A-Z0-9_]+|REPLACE_?ME|CHANGE_?ME)\b/;

function placeholders({ workload }: PodView, container: Container): readonly Finding[] {
  const places: readonly (readonly [string, unknown])[] = [
    ['its image', container.image],
    ...[...list(container.command), ...list(container.args)].map((word) => ['its command line', word] as const),
    ...envOf(container).map(({ name, value }) => [name, value] as const),
  ];
  return places.flatMap(([where, text]) => {
    const given = PLACEHOLDER.exec(String(text ?? ''))?.[0];
    return given === undefined ? [] : [finding('LLMD710', workload.object.path, { container: container.name, given, where })];
  });
}

/** Words in names of images, and the vendor whose devices they are built for. */
const BUILT_FOR: readonly (readonly [RegExp, string])[] = [
  [/^(cuda|cu1\d\d)$/, 'nvidia'],
  [/^rocm\d*$/, 'amd'],
  [/^(xpu|gaudi|hpu|habana)$/, 'intel'],
  [/^tpu$/, 'google'],
  [/^cpu$/, 'cpu'],
];

/** V62: the image of an engine is built for the devices of its pods. */
export const engineImages: Rule = (model) =>
  enginesOf(model).flatMap(({ role, container, workload }) => {
    const { vendor, name } = role.accelerator;
    const words = String(container.image ?? '')
      .replace(/@.*/, '')
      .split(/[-_./:]/);
    const vendors = new Set(BUILT_FOR.flatMap(([pattern, of]) => (words.some((word) => pattern.test(word)) ? [of] : [])));
    if (vendor === 'none' || vendors.size === 0 || vendors.has(vendor)) {
      return [];
    }
    return [finding('LLMD708', workload.object.path, { image: container.image, given: [...vendors].join(' and '), accelerator: name })];
  });
