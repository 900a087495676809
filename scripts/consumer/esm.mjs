// The same packages from an ES module: their names must be found without running them.
import { ModelServing } from 'cdk8s-llm-d';
import { manifests } from 'cdk8s-llm-d/testing';

if (typeof ModelServing !== 'function' || typeof manifests !== 'function') {
  throw new Error('an ES module cannot import the names of cdk8s-llm-d');
}
