import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { ensure } from '../validation/error';
import type { KubernetesResource } from './native-resource';

/** The resource of an object, or of the one object of a construct; LLMD908 when there is none. */
export function resourceOf(registered: ReadonlyMap<ApiObject, KubernetesResource>, object: IConstruct): KubernetesResource {
  const resource = registered.get(defaultObject(object) as ApiObject);
  ensure(resource !== undefined, 'LLMD908', { given: object?.node === undefined ? String(object) : `"${object.node.path}"` });
  return resource;
}

/** An object itself, a construct's default child, or its workload. */
function defaultObject(construct: IConstruct | undefined): ApiObject | undefined {
  if (construct?.node === undefined || ApiObject.isApiObject(construct)) {
    return construct as ApiObject | undefined;
  }
  const objects = construct.node.children.filter((child) => ApiObject.isApiObject(child));
  return (
    defaultObject(construct.node.defaultChild ?? (construct as { workload?: IConstruct }).workload) ??
    (objects.length === 1 ? objects[0] : undefined)
  );
}
