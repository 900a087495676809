import { isRecord } from '../util/check';
import { AGENTGATEWAY_IMAGE } from '../versions';
import { Image } from './image';
import { DEFAULT_REGISTRY } from './registry-name';

type Fields = Readonly<Record<string, unknown>>;

/** Where an object names an image. */
export interface ImagePlace {
  /** The reference as it is written; put together where an object has a field for each part. */
  readonly reference: string;
  /** Field by field from the object on, e.g. `spec.template.spec.containers[0].image`. */
  readonly path: string;
  /** Name of the container or volume that it is of. */
  readonly owner: string | undefined;
  /** True when only a controller in the cluster knows the tag. */
  readonly tagUnknown: boolean;
  /** False where only the controller of that kind knows whether it is an image, or something else that is called so. */
  readonly certain: boolean;
}

/** Kinds whose fields are texts that only programs understand, or tell what other objects may hold: nobody pulls what is written there. */
const TEXTS: ReadonlySet<string> = new Set(['ConfigMap', 'Secret', 'CustomResourceDefinition']);

// What is below these keys is named by users (labels, annotations, a trigger's metadata), is written by the cluster (status), or is a
// disk of Ceph, which is called an image too.
const OTHER: ReadonlySet<string> = new Set([
  'metadata',
  'labels',
  'annotations',
  'matchLabels',
  'selector',
  'nodeSelector',
  'status',
  'rbd',
]);

/** Lists of containers in a pod, wherever a kind holds the template of one, and the one container that an EnvoyProxy has. */
const CONTAINERS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers', 'container']);
/** List of volumes in a pod. */
const VOLUMES = 'volumes';

/**
 * An object with every image in it replaced by what `change` makes of it; parts without images stay the same values, and the object that
 * was given is not touched.
 *
 * `change` is asked about every field `image` (also `image.reference`, and `image.repository` with `registry`, `tag` and `digest` beside
 * it) and `imageRepository`, in objects of every kind. Certain are those of containers and volumes, wherever a pod or a template of one
 * stands, and those of proxies, in an EnvoyProxy and an AgentgatewayParameters.
 */
export function mapImages<T>(object: T, change: (place: ImagePlace) => string): T {
  return mapValue(object, { path: '', owner: undefined, within: '', agentgateway: false }, change) as T;
}

/** Every place where an object names an image, in the order of its fields. */
export function imagePlaces(object: unknown): readonly ImagePlace[] {
  const places: ImagePlace[] = [];
  mapImages(object, (place) => {
    places.push(place);
    return place.reference;
  });
  return places;
}

interface At {
  readonly path: string;
  readonly owner: string | undefined;
  /** Field that the value is of, or is in a list of. */
  readonly within: string;
  /** True in an object of agentgateway, whose images have parts that need not be written. */
  readonly agentgateway: boolean;
}

/** The proxy's image in an `AgentgatewayParameters`, the one in a list too. */
const AGENTGATEWAY_PROXY = /(^|\]\.)spec\.image$/;

type Change = (place: ImagePlace) => string;

function mapValue(value: unknown, at: At, change: Change): unknown {
  if (Array.isArray(value)) {
    const mapped = value.map((item, index) => mapValue(item, { ...at, path: `${at.path}[${index}]` }, change));
    return mapped.some((item, index) => item !== value[index]) ? mapped : value;
  }
  if (!isRecord(value) || (typeof value.apiVersion === 'string' && TEXTS.has(String(value.kind)))) {
    return value;
  }
  const here: At = {
    ...at,
    owner: typeof value.name === 'string' ? value.name : at.owner,
    agentgateway: at.agentgateway || value.kind === 'AgentgatewayParameters',
  };
  let changed: Record<string, unknown> | undefined;
  for (const [key, inner] of Object.entries(value)) {
    const path = at.path === '' ? key : `${at.path}.${key}`;
    const mapped = OTHER.has(key) ? inner : mapField(key, inner, { ...here, path }, change);
    if (mapped !== inner) {
      changed ??= { ...value };
      changed[key] = mapped;
    }
  }
  return changed ?? value;
}

function mapField(key: string, value: unknown, at: At, change: Change): unknown {
  if (typeof value === 'string' && value !== '' && (key === 'image' || key === 'imageRepository')) {
    const certain = CONTAINERS.has(at.within);
    return change({ reference: value, path: at.path, owner: at.owner, tagUnknown: key === 'imageRepository', certain });
  }
  if (key === 'image' && isRecord(value)) {
    if (typeof value.reference === 'string' && value.reference !== '') {
      const place = { reference: value.reference, path: `${at.path}.reference`, owner: at.owner };
      const reference = change({ ...place, tagUnknown: false, certain: at.within === VOLUMES });
      return reference === value.reference ? value : { ...value, reference };
    }
    return mapParts(value, at, change);
  }
  return mapValue(value, { ...at, within: key }, change);
}

/** An image whose parts are fields of their own. */
function mapParts(value: Fields, at: At, change: Change): unknown {
  const certain = at.agentgateway && AGENTGATEWAY_PROXY.test(at.path);
  const defaults: { readonly registry?: string; readonly repository?: string } = certain ? AGENTGATEWAY_IMAGE : {};
  const registry = textOf(value.registry) ?? defaults.registry;
  const repository = textOf(value.repository) ?? defaults.repository;
  if (repository === undefined) {
    return mapValue(value, { ...at, within: 'image' }, change);
  }
  const [tag, digest] = [textOf(value.tag), textOf(value.digest)];
  const name = registry === undefined ? repository : `${registry}/${repository}`;
  const reference = `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  const tagUnknown = tag === undefined && digest === undefined;
  const target = change({ reference, path: at.path, owner: at.owner, tagUnknown, certain });
  if (target === reference) {
    return value;
  }
  const image = Image.parse(target);
  const parts = { tag: image.tag, digest: image.digest };
  const moved =
    registry === undefined
      ? { repository: image.registry === undefined ? image.repository : `${image.registry}/${image.repository}` }
      : { registry: image.registry ?? DEFAULT_REGISTRY, repository: image.repository };
  return { ...value, ...moved, ...Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) };
}

function textOf(part: unknown): string | undefined {
  return typeof part === 'string' && part !== '' ? part : undefined;
}
