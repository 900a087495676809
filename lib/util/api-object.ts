import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';

/** The mark by which cdk8s itself tells its objects, also those of a second copy of cdk8s. */
const API_OBJECT = Symbol.for('cdk8s.ApiObject');

/** True for an object of cdk8s, without cdk8s at run time. */
export function isApiObject(construct: IConstruct): construct is ApiObject {
  return API_OBJECT in construct;
}
